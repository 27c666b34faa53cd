import { ConfigError, TokenizerError } from '../util/errors.js';
import { type CodecOptions, TRUNCATION } from './codec.js';
import type { FlatRows } from './encoding.js';
import { PART, specialCount, type Templates } from './templates.js';

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
  return left ? ids.subarray(ids.length - length) : ids.subarray(0, length);
}

/**
 * Truncates a text's (or a pair's) ids and puts the template around them: what the native encoder does itself.
 * @throws {TokenizerError} The truncation cannot be done.
 * @throws {ConfigError} maxLength does not hold the special tokens.
 * @internal
 */
export function assembleRow(
  first: Ids,
  second: Ids | undefined,
  templates: Templates,
  options: CodecOptions,
): FlatRows {
  const template = second === undefined ? templates.single : templates.pair;
  let parts = [first, second ?? new Int32Array()] as const;
  if (options.truncation !== TRUNCATION.none) {
    const budget = budgetOf(options, template);
    const [a, b] = keptLengths(first.length, second?.length, budget, options.truncation);
    parts = [cut(parts[0], a, options.truncateLeft), cut(parts[1], b, options.truncateLeft)];
  }
  const ids: number[] = [];
  const typeIds: number[] = [];
  const specialMask: number[] = [];
  for (let i = 0; i < template.length; i += 3) {
    const isSpecial = template[i] === PART.special;
    if (isSpecial && !options.addSpecialTokens) continue;
    for (const id of isSpecial ? [template[i + 2]!] : parts[template[i] === PART.first ? 0 : 1]) {
      ids.push(id);
      typeIds.push(template[i + 1]!);
      specialMask.push(isSpecial ? 1 : 0);
    }
  }
  return {
    lengths: Int32Array.of(ids.length),
    ids: Int32Array.from(ids),
    typeIds: Int32Array.from(typeIds),
    ...(options.specialMask ? { specialMask: Int32Array.from(specialMask) } : {}),
  };
}
