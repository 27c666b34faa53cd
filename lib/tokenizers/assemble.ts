import { ConfigError, TokenizerError } from '../util/errors.js';
import { type CodecOptions, TRUNCATION } from './codec.js';
import type { FlatRows } from './encoding.js';
import { PART, specialCount, type Templates } from './parts/templates.js';

type Ids = Int32Array;

/**
 * The lengths that stay of a pair, longest first; the rule of native/text/truncation.cc. Of two texts that are both too
 * long Python counts whole words up to max_length: the odd token may go to the other one there, as words are not known
 * here.
 */
function longestFirst(first: number, second: number, budget: number): [number, number] {
  if (first + second <= budget) return [first, second];
  const swapped = first > second;
  let shorter = Math.min(first, second);
  let longer = shorter > budget ? shorter : Math.max(shorter, budget - shorter);
  if (shorter + longer > budget) {
    shorter = Math.floor(budget / 2);
    longer = shorter + (budget % 2);
  }
  return swapped ? [longer, shorter] : [shorter, longer];
}

function onlyOne(own: number, other: number, budget: number): number {
  if (own + other <= budget) return own;
  if (other < budget) return budget - other;
  throw new TokenizerError(
    `truncation: the sequence that is not cut must leave room for a token, got ${other} tokens for ${budget} places`,
    { tokens: other, places: budget },
  );
}

function keptLengths(first: number, second: number | undefined, budget: number, how: number): [number, number] {
  if (budget === 0) return [0, 0];
  if (second === undefined) {
    if (how === TRUNCATION.onlySecond && first > budget) {
      throw new TokenizerError('truncation: only_second must have a pair, got one text');
    }
    return [Math.min(first, budget), 0];
  }
  if (how === TRUNCATION.longestFirst) return longestFirst(first, second, budget);
  if (how === TRUNCATION.onlyFirst) return [onlyOne(first, second, budget), second];
  return [first, onlyOne(second, first, budget)];
}

function budgetOf(options: CodecOptions, template: Int32Array): number {
  const special = options.addSpecialTokens ? specialCount(template) : 0;
  if (options.maxLength >= special) return options.maxLength - special;
  throw new ConfigError(`tokenizer: maxLength must hold the special tokens, got ${options.maxLength} for ${special}`, {
    maxLength: options.maxLength,
    specialTokens: special,
  });
}

function cut(ids: Ids, length: number, left: boolean): Ids {
  return left ? ids.subarray(Math.max(0, ids.length - length)) : ids.subarray(0, length);
}

/** The windows of native/text/truncation.cc. */
function windowsOf(ids: Ids, length: number, { stride, truncateLeft: left }: CodecOptions): Ids[] {
  const windows = [cut(ids, length, left)];
  if (length >= ids.length) return windows;
  if (stride >= length) {
    throw new ConfigError(`tokenizer: stride must be below the room for the text, got ${stride} for ${length}`, {
      stride,
      room: length,
    });
  }
  for (let done = length; done < ids.length; done += length - stride) {
    const from = done - stride;
    const to = from + length;
    windows.push(left ? ids.subarray(Math.max(0, ids.length - to), ids.length - from) : ids.subarray(from, to));
  }
  return windows;
}

/** A row under way; arrays of numbers, for their length is not known. */
class RowBuilder {
  readonly #lengths: number[] = [];
  readonly #ids: number[] = [];
  readonly #typeIds: number[] = [];
  readonly #specialMask: number[] = [];
  readonly #newTokens: number[] = [];

  add(parts: readonly Ids[], template: Int32Array, addSpecialTokens: boolean, newTokens: number): void {
    const before = this.#ids.length;
    for (let i = 0; i < template.length; i += 3) {
      const isSpecial = template[i] === PART.special;
      if (isSpecial && !addSpecialTokens) continue;
      for (const id of isSpecial ? [template[i + 2]!] : parts[template[i] === PART.first ? 0 : 1]!) {
        this.#ids.push(id);
        this.#typeIds.push(template[i + 1]!);
        this.#specialMask.push(isSpecial ? 1 : 0);
      }
    }
    this.#lengths.push(this.#ids.length - before);
    this.#newTokens.push(newTokens);
  }

  rows({ overflow, specialMask }: CodecOptions): FlatRows {
    const counts = { rowsOfText: Int32Array.of(this.#lengths.length), newTokens: Int32Array.from(this.#newTokens) };
    return {
      lengths: Int32Array.from(this.#lengths),
      ...(overflow ? counts : {}),
      ids: Int32Array.from(this.#ids),
      typeIds: Int32Array.from(this.#typeIds),
      ...(specialMask ? { specialMask: Int32Array.from(this.#specialMask) } : {}),
    };
  }
}

/**
 * Truncates a text's (or a pair's) ids and puts the template around them: what the native encoder does itself. With
 * overflow, several rows.
 * @throws {TokenizerError} The truncation cannot be done.
 * @throws {ConfigError} maxLength does not hold the special tokens, or stride leaves no room.
 * @internal
 */
export function assembleRow(
  first: Ids,
  second: Ids | undefined,
  templates: Templates,
  options: CodecOptions,
): FlatRows {
  const { addSpecialTokens, overflow, stride, truncateLeft, truncation } = options;
  const template = second === undefined ? templates.single : templates.pair;
  const parts = [first, second ?? new Int32Array()] as const;
  let lengths: readonly [number, number] = [parts[0].length, parts[1].length];
  if (truncation !== TRUNCATION.none) {
    lengths = keptLengths(first.length, second?.length, budgetOf(options, template), truncation);
  }
  const builder = new RowBuilder();
  if (!overflow) {
    const kept = parts.map((ids, which) => cut(ids, lengths[which]!, truncateLeft));
    builder.add(kept, template, addSpecialTokens, 0);
    return builder.rows(options);
  }
  const windows = parts.map((ids, which) => windowsOf(ids, lengths[which]!, options));
  const mayCut = [truncation !== TRUNCATION.onlySecond, truncation !== TRUNCATION.onlyFirst];
  const seen = [0, 0];
  const row = (...index: readonly [number, number]): void => {
    const own = index.map((place, which) => windows[which]![place]!);
    const fresh = own.map(({ length }, which) => {
      if (index[which]! < seen[which]! || !mayCut[which]) return 0;
      seen[which] = index[which]! + 1;
      return length - (index[which]! > 0 ? stride : 0);
    });
    builder.add(own, template, addSpecialTokens, fresh[0]! + fresh[1]!);
  };
  // Python's order, as in native/text/tokenizer.cc.
  row(0, 0);
  for (let i = 1; i < windows[0]!.length; i++) for (let k = 0; k < windows[1]!.length; k++) row(i, k);
  for (let k = 1; k < windows[1]!.length; k++) row(0, k);
  return builder.rows(options);
}
