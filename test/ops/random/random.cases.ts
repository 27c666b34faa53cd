import { arange, ConfigError, type DType, philox4x32, rand, randn } from '../../../lib/index.js';
import { type ErrorCase, opCase, type OpCase } from '../cases.js';
import { make } from '../reference.js';

const SEED = 11;
const words = (counter: number) => philox4x32([counter, 0, 0, 0], [SEED, 0]);

function uniform(i: number): number {
  return (words(Math.floor(i / 4))[(i % 4) as 0] >>> 8) * 2 ** -24;
}

/** Box and Muller on the pairs (0, 1) and (2, 3) of a counter's words. */
function normal(i: number): number {
  const four = words(Math.floor(i / 4));
  const pair = (i % 4) - (i % 2);
  const radius = Math.sqrt(-2 * Math.log((four[pair as 0] + 1) / 2 ** 32));
  const angle = (2 * Math.PI * four[(pair + 1) as 1]) / 2 ** 32;
  return radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
}

function drawn(name: string, isNormal: boolean, scale: number, shift: number, shape: readonly number[]): OpCase {
  return opCase({
    name,
    inputs: [],
    options: undefined,
    run: (_, __, context) => {
      const options = { dtype: context.dtype as DType, generator: context.generator(SEED) };
      return isNormal
        ? randn(shape, { ...options, mean: shift, std: scale })
        : rand(shape, { ...options, low: shift, high: shift + scale });
    },
    reference: () => make(shape, (i) => shift + scale * (isNormal ? normal(i) : uniform(i))),
    gradient: false,
  });
}

export const cases = [
  drawn('rand (3, 7)', false, 1, 0, [3, 7]),
  drawn('rand (33) from -2 to 3', false, 5, -2, [33]),
  drawn('randn (5, 13)', true, 1, 0, [5, 13]),
  drawn('randn (2) mean 3 std 0.5', true, 0.5, 3, [2]),
  drawn('randn (0)', true, 1, 0, [0]),
];

export const errors: ErrorCase[] = [
  {
    name: 'rand of integers',
    run: (device) => rand([2], { device, dtype: 'i32' }),
    error: 'DTypeError',
    message: /^rand: the dtype must be floating, got i32/,
  },
  { name: 'arange of a fraction', run: () => arange(1.5), error: ConfigError.name, message: /^arange: n must be/ },
];
