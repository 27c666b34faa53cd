#!/usr/bin/env node
// Writes native/text/unicode_tables.h and unicode_forms.h from this Node's own Unicode data; `--check` compares instead of
// writing.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MAX_CODE_POINT = 0x10ffff;
const BLOCK = 256;
const HANGUL = { first: 0xac00, last: 0xd7a3 };
const FLAGS = {
  removed: 1,
  space: 2,
  punctuation: 4,
  cjk: 8,
  mark: 16,
  word: 32,
  lower: 64,
  strip: 128,
  letter: 256,
  number: 512,
  joins: 1024,
  prepends: 2048,
  breaks: 4096,
};
const FOLDER = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../native/text');

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const isOneGrapheme = (text) => graphemes.segment(text).containing(0).segment === text;
const isSurrogate = (c) => c >= 0xd800 && c <= 0xdfff;
const codePoints = (text) => [...text].map((ch) => ch.codePointAt(0));
const within = (c, ranges) => ranges.some(([first, last]) => c >= first && c <= last);

// The ranges of Hugging Face's BertNormalizer (Rust), which begin extension E at 2B920.
const CJK = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b81f],
  [0x2b920, 0x2ceaf],
  [0x2f800, 0x2fa1f],
];

/** Lower case, or null where a code point is its own. */
function lowerOf(c) {
  const lower = codePoints(String.fromCodePoint(c).toLowerCase());
  return lower.length === 1 && lower[0] === c ? null : lower;
}

/** Canonical decomposition without its nonspacing marks, or null where nothing changes. */
function strippedOf(c) {
  if (c >= HANGUL.first && c <= HANGUL.last) return null;
  const text = String.fromCodePoint(c);
  const rest = text.normalize('NFD').replace(/\p{Mn}/gu, '');
  return rest === text || /^\p{Mn}$/u.test(text) ? null : codePoints(rest);
}

/** Whether a character joins the grapheme before it, takes what comes after it into its own, or stands alone (UAX 29). */
function graphemeFlags(text) {
  if (!/[\p{M}\p{Cf}\p{Cc}\p{Zl}\p{Zp}\p{Grapheme_Extend}\p{Emoji_Modifier}\p{Lo}]/u.test(text)) return 0;
  if (isOneGrapheme(`a${text}`)) return FLAGS.joins;
  if (isOneGrapheme(`${text}a`)) return FLAGS.prepends;
  return isOneGrapheme(`${text}\u0301`) ? 0 : FLAGS.breaks;
}

function flagsOf(c) {
  const text = String.fromCodePoint(c);
  const isText = c === 9 || c === 10 || c === 13;
  let flags = 0;
  if (c === 0 || c === 0xfffd || (!isText && /\p{Cc}|\p{Cf}|\p{Co}|\p{Cs}/u.test(text))) flags |= FLAGS.removed;
  if (/\p{White_Space}/u.test(text)) flags |= FLAGS.space;
  if (/[\p{P}\u0021-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u007E]/u.test(text)) flags |= FLAGS.punctuation;
  if (within(c, CJK)) flags |= FLAGS.cjk;
  if (isSurrogate(c)) return flags;
  if (/\p{Mn}/u.test(text)) flags |= FLAGS.mark;
  if (/[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u.test(text)) flags |= FLAGS.word;
  if (/\p{L}/u.test(text)) flags |= FLAGS.letter;
  if (/\p{N}/u.test(text)) flags |= FLAGS.number;
  if (lowerOf(c) !== null) flags |= FLAGS.lower;
  flags |= graphemeFlags(text);
  if (strippedOf(c) !== null || (c >= HANGUL.first && c <= HANGUL.last)) flags |= FLAGS.strip;
  return flags;
}

/** Flags in two stages: equal blocks of 256 code points are stored once. */
function twoStages() {
  const seen = new Map();
  const stage1 = [];
  const stage2 = [];
  for (let base = 0; base <= MAX_CODE_POINT; base += BLOCK) {
    const block = Array.from({ length: BLOCK }, (_, i) => flagsOf(base + i));
    const key = block.join();
    if (!seen.has(key)) {
      seen.set(key, seen.size);
      stage2.push(...block);
    }
    stage1.push(seen.get(key));
  }
  return { stage1, stage2 };
}

/** Runs {first, last, step, delta} of one-to-one mappings; U+0130 alone has two code points and is left out. */
function lowerRanges() {
  const runs = [];
  for (let c = 0; c <= MAX_CODE_POINT; c++) {
    const lower = isSurrogate(c) ? null : lowerOf(c);
    if (lower === null || lower.length !== 1) continue;
    const delta = lower[0] - c;
    const run = runs.at(-1);
    const step = run === undefined ? 0 : c - run.last;
    if (run !== undefined && run.delta === delta && step <= 2 && (run.step === step || run.first === run.last)) {
      run.last = c;
      run.step = step;
    } else {
      runs.push({ first: c, last: c, step: 1, delta });
    }
  }
  return runs;
}

function stripEntries() {
  const entries = [];
  for (let c = 0; c <= MAX_CODE_POINT; c++) {
    const rest = isSurrogate(c) ? null : strippedOf(c);
    if (rest !== null) entries.push({ from: c, to: rest });
  }
  return entries;
}

/** Code points that a form takes apart, Hangul syllables aside. */
function decompositions(form, without) {
  const entries = [];
  for (let c = 0xa0; c <= MAX_CODE_POINT; c++) {
    if (isSurrogate(c) || (c >= HANGUL.first && c <= HANGUL.last)) continue;
    const text = String.fromCodePoint(c);
    const parts = text.normalize(form);
    if (parts !== text && parts !== (without && text.normalize(without))) entries.push({ from: c, to: codePoints(parts) });
  }
  return entries;
}

/** Marks that canonical ordering moves, in runs {first, last, rank}: two of one rank keep their order. */
function combiningClasses() {
  const isOrdered = (text) => text.normalize('NFD') === text;
  const marks = [];
  for (let c = 0x300; c <= MAX_CODE_POINT; c++) {
    const text = isSurrogate(c) ? '' : String.fromCodePoint(c);
    if (!/^\p{M}$/u.test(text) || text.normalize('NFD') !== text) continue;
    if (!isOrdered(`${text}\u0338`) || !isOrdered(`\u0345${text}`)) marks.push(text);
  }
  const compare = (a, b) => (isOrdered(a + b) ? (isOrdered(b + a) ? 0 : -1) : 1);
  const ranks = new Map();
  let rank = 0;
  const sorted = [...marks].sort(compare);
  sorted.forEach((mark, i) => {
    if (i === 0 || compare(sorted[i - 1], mark) !== 0) rank += 1;
    ranks.set(mark, rank);
  });
  const runs = [];
  for (const mark of marks) {
    const c = mark.codePointAt(0);
    const run = runs.at(-1);
    if (run?.last === c - 1 && run.rank === ranks.get(mark)) run.last = c;
    else runs.push({ first: c, last: c, rank: ranks.get(mark) });
  }
  return runs;
}

/** Pairs and what they compose to. */
function compositions(canonical) {
  const pairs = [];
  for (const { from, to } of canonical) {
    const head = codePoints(String.fromCodePoint(...to.slice(0, -1)).normalize('NFC'));
    if (to.length < 2 || head.length !== 1) continue;
    const pair = [head[0], to.at(-1)];
    if (String.fromCodePoint(...pair).normalize('NFC') === String.fromCodePoint(from)) pairs.push([...pair, from]);
  }
  return pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

/** The text of unicode_forms.h. */
export function makeForms() {
  const canonical = decompositions('NFD');
  const compatible = decompositions('NFKD', 'NFD');
  const pool = [];
  const place = ({ from, to }) => {
    pool.push(...to);
    return `{${hex(from)}, ${pool.length - to.length}, ${to.length}}`;
  };
  const [canonicalText, compatibleText] = [canonical.map(place), compatible.map(place)];
  return `// Made by scripts/make_unicode_tables.mjs from Unicode ${process.versions.unicode}; do not edit.
// clang-format off
#pragma once

#include <cstdint>

namespace gridstride::text::tables {

// What a code point is taken apart into: kParts[place, place + count).
struct Decomposition {
  uint32_t from;
  uint16_t place, count;
};
struct ClassRun {
  uint32_t first, last, rank;
};
struct Composition {
  uint32_t first, second, composed;
};

inline constexpr Decomposition kCanonical[] = {
${wrap(canonicalText)}
};
// Where the compatible form is another one.
inline constexpr Decomposition kCompatible[] = {
${wrap(compatibleText)}
};
inline constexpr uint32_t kParts[] = {
${wrap(pool.map(hex))}
};
inline constexpr ClassRun kClassRuns[] = {
${wrap(combiningClasses().map((r) => `{${hex(r.first)}, ${hex(r.last)}, ${r.rank}}`))}
};
inline constexpr Composition kCompositions[] = {
${wrap(compositions(canonical).map((pair) => `{${pair.map(hex).join(', ')}}`))}
};

}  // namespace gridstride::text::tables
`;
}

function wrap(items) {
  const lines = [];
  let line = ' ';
  for (const item of items) {
    if (line.length + item.length + 2 > 119) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${item},`;
  }
  return [...lines, line].join('\n');
}

const hex = (c) => `0x${c.toString(16)}`;

/** The text of unicode_tables.h. */
export function makeTables() {
  const { stage1, stage2 } = twoStages();
  const runs = lowerRanges();
  const strips = stripEntries();
  const longest = Math.max(...strips.map((e) => e.to.length));
  const padded = (to) => Array.from({ length: longest }, (_, i) => hex(to[i] ?? 0)).join(', ');
  return `// Made by scripts/make_unicode_tables.mjs from Unicode ${process.versions.unicode}; do not edit.
// clang-format off
#pragma once

#include <cstdint>

namespace gridstride::text::tables {

${Object.entries(FLAGS)
  .map(([name, bit]) => `inline constexpr uint16_t k${name[0].toUpperCase()}${name.slice(1)} = ${bit};`)
  .join('\n')}

struct LowerRun {
  uint32_t first, last, step;
  int32_t delta;
};
struct Strip {
  uint32_t from;
  uint32_t count;
  uint32_t to[${longest}];
};

// Flags of a code point c: kFlags[kBlocks[c >> 8] * 256 + (c & 255)].
inline constexpr ${Math.max(...stage1) > 255 ? 'uint16_t' : 'uint8_t'} kBlocks[] = {
${wrap(stage1.map(String))}
};
inline constexpr uint16_t kFlags[] = {
${wrap(stage2.map(String))}
};
inline constexpr LowerRun kLowerRuns[] = {
${wrap(runs.map((r) => `{${hex(r.first)}, ${hex(r.last)}, ${r.step}, ${r.delta}}`))}
};
inline constexpr Strip kStrips[] = {
${wrap(strips.map((e) => `{${hex(e.from)}, ${e.to.length}, {${padded(e.to)}}}`))}
};

}  // namespace gridstride::text::tables
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, make] of [
    ['unicode_tables.h', makeTables],
    ['unicode_forms.h', makeForms],
  ]) {
    const file = path.join(FOLDER, name);
    if (!process.argv.includes('--check')) {
      writeFileSync(file, make());
    } else if (readFileSync(file, 'utf8') !== make()) {
      console.error(`${name}: must equal what scripts/make_unicode_tables.mjs writes`);
      process.exit(1);
    }
  }
}
