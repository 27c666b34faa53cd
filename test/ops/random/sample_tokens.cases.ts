import { philox4x32, sampleTokens, type SampleOptions, tensor, zeros } from '../../../lib/index.js';
import { type ErrorCase, opCase, type OpCase, quarters, shapeText } from '../cases.js';
import { mapRows, total } from '../reference.js';

const SEED = 5;

/** The row's random number in [0, 1). */
function randomOf(row: number): number {
  const [high, low] = philox4x32([row, 0, 0, 0], [SEED, 0]);
  return high / 2 ** 32 + low / 2 ** 64;
}

/** Probabilities after the filters, not normalised. */
function kept(logits: Float64Array, { temperature = 1, topK = 0, topP = 1, minP = 0 }: SampleOptions): number[] {
  const scaled = Array.from(logits, (x) => x / temperature);
  const order = [...scaled.keys()].sort((a, b) => scaled[b]! - scaled[a]! || a - b);
  const least = topK === 0 ? -Infinity : scaled[order[Math.min(topK, order.length) - 1]!]!;
  const weights = scaled.map((z) => (z < least ? 0 : Math.exp(z - scaled[order[0]!]!)));
  const all = total(weights);
  let before = 0;
  for (const i of order) {
    const weight = weights[i]!;
    if (before > 0 && before >= topP * all) weights[i] = 0;
    before += weight;
  }
  return weights.map((weight) => (weight < minP ? 0 : weight));
}

function sampleCase(shape: readonly number[], options: SampleOptions): OpCase {
  const isGreedy = options.temperature === 0 || options.doSample === false;
  const notes = Object.entries(options).map(([key, value]) => ` ${key} ${value}`);
  return opCase<SampleOptions>({
    name: `sample_tokens ${shapeText(shape)}${notes.join('')}`,
    // Exact in every dtype: the token is the same in all of them.
    inputs: [{ shape, values: quarters }],
    options,
    run: ([logits], options, context) =>
      sampleTokens(logits!, isGreedy ? options : { ...options, generator: context.generator(SEED) }),
    reference([logits], options) {
      const tokens = mapRows(logits!, (row, r) => {
        if (isGreedy) return [row.indexOf(Math.max(...row))];
        const weights = kept(row, options);
        let rest = randomOf(r) * total(weights);
        return [weights.findIndex((weight) => (rest -= weight) < 0)];
      });
      return { shape: shape.slice(0, -1), data: tokens.data };
    },
    gradient: false,
  });
}

export const cases = [
  sampleCase([40, 9], { temperature: 0 }),
  sampleCase([2, 3, 33], { doSample: false }),
  sampleCase([60, 17], {}),
  sampleCase([2, 30, 9], { temperature: 0.5 }),
  sampleCase([60, 33], { topK: 3 }),
  sampleCase([60, 33], { topP: 0.6 }),
  sampleCase([60, 33], { minP: 0.25 }),
  sampleCase([60, 130], { temperature: 0.75, topK: 20, topP: 0.7, minP: 0.1 }),
  sampleCase([3, 1], { topP: 0 }),
  sampleCase([0, 4], {}),
  { ...sampleCase([8, 128000], { topK: 50, topP: 0.95 }), bench: true },
];

const refused = (name: string, options: SampleOptions, message: RegExp): ErrorCase => ({
  name: `sample_tokens with ${name}`,
  run: (device) => sampleTokens(zeros([1, 3], { device }), options),
  error: 'ConfigError',
  message,
});

export const errors: ErrorCase[] = [
  refused('a negative temperature', { temperature: -1 }, /^sample_tokens: temperature must be a number from 0, got -1/),
  refused('a negative topK', { topK: -2 }, /^sample_tokens: topK must be a whole number from 0, got -2/),
  refused('topP over 1', { topP: 1.5 }, /^sample_tokens: topP must lie in \[0, 1\], got 1.5/),
  refused('a negative minP', { minP: -0.5 }, /^sample_tokens: minP must lie in \[0, 1\], got -0.5/),
  {
    name: 'sample_tokens of no tokens',
    run: (device) => sampleTokens(zeros([2, 0], { device })),
    error: 'ShapeError',
    message: /^sample_tokens: logits must have a last axis of 1 to 2\^31 - 1 tokens, got \(2, 0\)/,
  },
  {
    name: 'sample_tokens of integers',
    run: (device) => sampleTokens(tensor([1, 2], { device, dtype: 'i64' })),
    error: 'DTypeError',
    message: /^sample_tokens: the dtype must be floating, got i64/,
  },
];
