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

it('topP keeps what a plain sort of many tokens keeps', () => {
  const scores = Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i * i) * 3);
  const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
  const order = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
  let sum = 0;
  const wanted = order.filter((i) => {
    const isKept = sum < 0.9;
    sum += Math.exp(scores[i]!) / total;
    return isKept;
  });
  onlyTopP(0.9)([], scores);
  expect(kept(scores)).toEqual(wanted.sort((a, b) => a - b));
});
