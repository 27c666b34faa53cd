import type { LogitsProcessor } from '../options.js';

/** The probabilities (V) of scores, in f64. @internal */
export function probabilities(scores: Float32Array): Float64Array {
  let top = -Infinity;
  for (const score of scores) if (score > top) top = score;
  const values = new Float64Array(scores.length);
  let total = 0;
  for (let i = 0; i < scores.length; i++) total += values[i] = Math.exp(scores[i]! - top);
  for (let i = 0; i < values.length; i++) values[i]! /= total;
  return values;
}

/** Indices that are not forbidden, by a key, the largest first; of equal ones the first comes first. */
function sorted(scores: Float32Array, key: ArrayLike<number>): Uint32Array {
  const order: number[] = [];
  for (let i = 0; i < scores.length; i++) if (scores[i]! > -Infinity) order.push(i);
  return Uint32Array.from(order).sort((a, b) => key[b]! - key[a]! || a - b);
}

function keepFirst(scores: Float32Array, order: Uint32Array, kept: number): void {
  for (const i of order.subarray(kept)) scores[i] = -Infinity;
}

/** Divides scores. @internal */
export function temperatureOf(temperature: number): LogitsProcessor {
  return (_, scores) => {
    for (let i = 0; i < scores.length; i++) scores[i]! /= temperature;
  };
}

/** Only the k most probable tokens, and what equals the last of them. @internal */
export function onlyTopK(k: number): LogitsProcessor {
  return (_, scores) => {
    if (k >= scores.length) return;
    const least = Float32Array.from(scores).sort()[scores.length - k]!;
    for (let i = 0; i < scores.length; i++) if (scores[i]! < least) scores[i] = -Infinity;
  };
}

/** Only the fewest most probable tokens whose probabilities reach p together. @internal */
export function onlyTopP(p: number): LogitsProcessor {
  return (_, scores) => {
    const chances = probabilities(scores);
    const order = sorted(scores, scores);
    let kept = 0;
    for (let sum = 0; kept < order.length && sum < p; kept++) sum += chances[order[kept]!]!;
    keepFirst(scores, order, Math.max(kept, 1));
  };
}

/** Only tokens at least p times as probable as the most probable one. @internal */
export function onlyMinP(p: number): LogitsProcessor {
  return (_, scores) => {
    const chances = probabilities(scores);
    const least = p * chances.reduce((a, b) => Math.max(a, b), 0);
    for (let i = 0; i < scores.length; i++) if (chances[i]! < least) scores[i] = -Infinity;
  };
}

/**
 * Only the fewest tokens whose surprise is nearest to the expected one and whose probabilities reach a mass together.
 * Source: Meister et al., arXiv 2202.00666.
 * @internal
 */
export function onlyTypical(mass: number): LogitsProcessor {
  return (_, scores) => {
    const chances = probabilities(scores);
    const entropy = -chances.reduce((sum, chance) => sum + (chance > 0 ? chance * Math.log(chance) : 0), 0);
    const distance = chances.map((chance) => -Math.abs(-Math.log(chance) - entropy));
    const order = sorted(scores, distance);
    let kept = 0;
    for (let sum = 0; kept < order.length && sum < mass; kept++) sum += chances[order[kept]!]!;
    // What is as far as the last one stays, too.
    while (kept > 0 && kept < order.length && distance[order[kept]!] === distance[order[kept - 1]!]) kept++;
    keepFirst(scores, order, Math.max(kept, 1));
  };
}
