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

/** Only the fewest most probable tokens whose probabilities reach p together; of equal ones the first come first. @internal */
export function onlyTopP(p: number): LogitsProcessor {
  return (_, scores) => {
    const chances = probabilities(scores);
    const sorted = Float64Array.from(chances).sort();
    let last = sorted.length - 1;
    for (let sum = sorted[last]!; sum < p && last > 0;) sum += sorted[--last]!;
    const least = sorted[last]!;
    let equals = 0;
    for (let i = last; i < sorted.length && sorted[i] === least; i++) equals++;
    for (let i = 0; i < scores.length; i++)
      if (chances[i]! < least || (chances[i] === least && --equals < 0)) scores[i] = -Infinity;
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

/** The sum of the probabilities of what is no farther than a distance. */
function massWithin(distance: number, distances: Float64Array, chances: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < chances.length; i++) if (distances[i]! <= distance) sum += chances[i]!;
  return sum;
}

/**
 * Only the fewest tokens whose surprise is nearest to the expected one and whose probabilities reach a mass together, and
 * what is as far as the last of them.
 * Source: Meister et al., arXiv 2202.00666.
 * @internal
 */
export function onlyTypical(mass: number): LogitsProcessor {
  return (_, scores) => {
    const chances = probabilities(scores);
    const entropy = -chances.reduce((sum, chance) => sum + (chance > 0 ? chance * Math.log(chance) : 0), 0);
    const distances = chances.map((chance) => Math.abs(-Math.log(chance) - entropy));
    const sorted = Float64Array.from(distances).sort();
    let [low, high] = [0, sorted.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (massWithin(sorted[middle]!, distances, chances) < mass) low = middle + 1;
      else high = middle;
    }
    for (let i = 0; i < scores.length; i++) if (distances[i]! > sorted[low]!) scores[i] = -Infinity;
  };
}
