import { expect, it } from 'vitest';
import { onlyMinP, onlyTopK, onlyTopP, onlyTypical } from '../../lib/generate/processors/warpers.js';

/** Scores with these probabilities, times a factor that does not count. */
const scoresOf = (...chances: number[]) => Float32Array.from(chances, (chance) => Math.log(chance) + 1);
const kept = (scores: Float32Array) => Array.from(scores.keys()).filter((i) => scores[i]! > -Infinity);

it.each([
  { name: 'topK', process: onlyTopK(2), chances: [0.1, 0.4, 0.2, 0.2, 0.1], wanted: [1, 2, 3] },
  { name: 'topP below the most probable', process: onlyTopP(0.1), chances: [0.1, 0.6, 0.3], wanted: [1] },
  { name: 'topP with equals', process: onlyTopP(0.55), chances: [0.25, 0.25, 0.25, 0.25], wanted: [0, 1, 2] },
  { name: 'topP of all but the last', process: onlyTopP(0.85), chances: [0.1, 0.5, 0.4], wanted: [1, 2] },
  { name: 'topP 0', process: onlyTopP(0), chances: [0.3, 0.7], wanted: [1] },
  { name: 'minP', process: onlyMinP(0.5), chances: [0.5, 0.26, 0.24], wanted: [0, 1] },
  { name: 'typicalP', process: onlyTypical(0.2), chances: [0.5, 0.3, 0.2], wanted: [1] },
  { name: 'typicalP with equals', process: onlyTypical(0.7), chances: [0.2, 0.2, 0.6], wanted: [0, 1, 2] },
  { name: 'topP after forbidden ones', process: onlyTopP(0.99), chances: [0, 0.5, 0.5, 0], wanted: [1, 2] },
])('$name keeps what it says', ({ process, chances, wanted }) => {
  const scores = scoresOf(...chances);
  process([], scores);
  expect(kept(scores)).toEqual(wanted);
});

it('does not hold the event loop for a large vocabulary', () => {
  const scores = Float32Array.from({ length: 50_000 }, (_, i) => Math.sin(i * i) * 3);
  const begin = performance.now();
  for (const process of [onlyTopP(0.95), onlyTypical(0.9)]) process([], scores);
  // Two sorts with a comparator take several times as long.
  expect(performance.now() - begin).toBeLessThan(200);
  expect(kept(scores).length).toBeLessThan(50_000);
});
