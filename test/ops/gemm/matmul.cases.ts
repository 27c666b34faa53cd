import { matmul, type MatmulOptions, zeros } from '../../../lib/index.js';
import { type ErrorCase, type Numbers, opCase, type OpCase, shapeText } from '../cases.js';
import { broadcast, coordinates, element, make } from '../reference.js';

function exchanged(x: Numbers, is: boolean | undefined): Numbers {
  if (is !== true) return x;
  const rank = x.shape.length;
  const shape = [...x.shape.slice(0, -2), x.shape[rank - 1]!, x.shape[rank - 2]!];
  return make(shape, (i) => {
    const at = coordinates(shape, i);
    return element(x, [...at.slice(0, -2), at[rank - 1]!, at[rank - 2]!]);
  });
}

function reference([a0, b0]: readonly Numbers[], { transposeA, transposeB, alpha = 1 }: MatmulOptions): Numbers {
  const [a, b] = [exchanged(a0!, transposeA), exchanged(b0!, transposeB)];
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!];
  const shape = [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n];
  return make(shape, (i) => {
    const at = coordinates(shape, i);
    const [row, column] = [at.at(-2)!, at.at(-1)!];
    let sum = 0;
    for (let c = 0; c < k; c++)
      sum += element(a, [...at.slice(0, -2), row, c]) * element(b, [...at.slice(0, -2), c, column]);
    return alpha * sum;
  });
}

function matmulCase(a: readonly number[], b: readonly number[], options: MatmulOptions = {}): OpCase {
  const notes = Object.entries(options).map(([key, value]) => ` ${key} ${value}`);
  return opCase<MatmulOptions>({
    name: `matmul ${shapeText(a)} x ${shapeText(b)}${notes.join('')}`,
    inputs: [{ shape: a }, { shape: b }],
    options,
    run: ([x, y], options) => matmul(x!, y!, options),
    reference,
  });
}

export const cases = [
  matmulCase([3, 4], [4, 5]),
  matmulCase([17, 33], [33, 65], { alpha: 0.5 }),
  matmulCase([2, 3, 4, 5], [2, 3, 5, 6]),
  matmulCase([2, 1, 3, 4], [5, 4, 2]),
  matmulCase([2, 1, 3, 2, 4], [1, 2, 3, 4, 3]),
  matmulCase([4, 3], [4, 5], { transposeA: true }),
  matmulCase([2, 3, 7], [2, 5, 7], { transposeB: true, alpha: 2 }),
  matmulCase([6, 3], [5, 6], { transposeA: true, transposeB: true }),
  matmulCase([2, 0, 3], [2, 3, 2]),
  matmulCase([2, 0], [0, 3]),
  { ...matmulCase([96, 128, 64], [96, 128, 64], { transposeB: true }), bench: true },
];

export const errors: ErrorCase[] = [
  {
    name: 'matmul with inner sizes that differ',
    run: (device) => matmul(zeros([2, 3], { device }), zeros([4, 5], { device })),
    error: 'ShapeError',
    message: /^matmul: inner sizes must match, got \(2, 3\) x \(4, 5\)/,
  },
  {
    name: 'matmul of a vector',
    run: (device) => matmul(zeros([3], { device }), zeros([3, 5], { device })),
    error: 'ShapeError',
    message: /^matmul: a must have at least 2 dimensions, got \(3\)/,
  },
];
