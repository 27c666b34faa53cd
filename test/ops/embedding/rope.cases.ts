import { rope, type RopeOptions, tensor, zeros } from '../../../lib/index.js';
import { type ErrorCase, opCase, type OpCase, shapeText } from '../cases.js';
import { make } from '../reference.js';

function ropeCase(shape: readonly [number, number, number], rotary: number, options: RopeOptions = {}): OpCase {
  const [tokens, heads, size] = shape;
  const notes = Object.entries(options).map(([key, value]) => ` ${key} ${value}`);
  return opCase<RopeOptions>({
    name: `rope ${shapeText(shape)} rotary ${rotary}${notes.join('')}`,
    inputs: [
      { shape },
      { shape: [tokens], dtype: heads % 2 === 0 ? 'i64' : 'i32', values: (i) => (i === 2 ? 4000 : 3 * i) },
      { shape: [rotary / 2], dtype: 'f32', values: (k) => Math.fround(100 ** (-k / 5)), requiresGrad: false },
    ],
    options,
    run: ([x, positions, frequencies], options) => rope(x!, positions!, frequencies!, options),
    reference: ([x, positions, frequencies], { interleaved = false, attentionFactor = 1 }) =>
      make(shape, (i) => {
        const at = i % size;
        if (at >= rotary) return x!.data[i]!;
        const isSecond = interleaved ? at % 2 === 1 : at >= rotary / 2;
        const pair = interleaved ? Math.floor(at / 2) : at % (rotary / 2);
        const other = (interleaved ? 1 : rotary / 2) * (isSecond ? -1 : 1);
        const position = positions!.data[Math.floor(i / (heads * size))]!;
        const angle = Math.fround(position * frequencies!.data[pair]!);
        const [a, b] = [x!.data[i]!, x!.data[i + other]!];
        return attentionFactor * (a * Math.cos(angle) + (isSecond ? b : -b) * Math.sin(angle));
      }),
  });
}

export const cases = [
  ropeCase([5, 2, 8], 8),
  ropeCase([3, 3, 10], 6),
  ropeCase([4, 1, 64], 64, { attentionFactor: 1.25 }),
  ropeCase([4, 3, 32], 16, { interleaved: true }),
  ropeCase([3, 2, 7], 6, { interleaved: true, attentionFactor: 0.5 }),
  ropeCase([0, 2, 4], 4),
  ropeCase([2, 1, 3], 0),
  { ...ropeCase([1024, 32, 128], 128), bench: true },
];

const positions = (device: string, count: number) => tensor(new Int32Array(count), { dtype: 'i32', device });

export const errors: ErrorCase[] = [
  {
    name: 'rope of a matrix',
    run: (device) => rope(zeros([2, 4], { device }), positions(device, 2), zeros([2], { device })),
    error: 'ShapeError',
    message: /^rope: x must have 3 dimensions, got \(2, 4\)/,
  },
  {
    name: 'rope by too many positions',
    run: (device) => rope(zeros([2, 1, 4], { device }), positions(device, 3), zeros([2], { device })),
    error: 'ShapeError',
    message: /^rope: the positions must be \(2\), got \(3\)/,
  },
  {
    name: 'rope of more pairs than a head has',
    run: (device) => rope(zeros([2, 1, 4], { device }), positions(device, 2), zeros([3], { device })),
    error: 'ShapeError',
    message: /^rope: the inverse frequencies must be at most half a head's elements, got \(3\) for \(2, 1, 4\)/,
  },
  {
    name: 'rope by floating positions',
    run: (device) => rope(zeros([2, 1, 4], { device }), zeros([2], { device }), zeros([2], { device })),
    error: 'DTypeError',
    message: /^rope: the positions must be i64 or i32, got f32/,
  },
];
