// Unicode's normal forms as tables for native/text, from this Node's own data.
import { codePoints, HANGUL, hex, isSurrogate, MAX_CODE_POINT, wrap } from './text.mjs';

/** Code points that a form takes apart, Hangul syllables aside. */
function decompositions(form, without) {
  const entries = [];
  for (let c = 0xa0; c <= MAX_CODE_POINT; c++) {
    if (isSurrogate(c) || (c >= HANGUL.first && c <= HANGUL.last)) continue;
    const text = String.fromCodePoint(c);
    const parts = text.normalize(form);
    if (parts !== text && parts !== (without && text.normalize(without)))
      entries.push({ from: c, to: codePoints(parts) });
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
