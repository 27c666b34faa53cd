import { type ActivationKind, linearInt8, linearInt8Weight, tensor, zeros } from '../../../lib/index.js';
import { type ErrorCase, type Numbers, opCase, type OpCase, shapeText } from '../cases.js';
import { make } from '../reference.js';

interface Options {
  activation: ActivationKind;
  hasBias: boolean;
  hasResidual: boolean;
}

const LARGEST = 127;

/** To the nearest integer, half to even. */
function roundEven(x: number): number {
  const [low, rest] = [Math.floor(x), x - Math.floor(x)];
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}

/** A row as integers and what one of them stands for, in the arithmetic of f32. */
function quantised(row: Float64Array): { integers: number[]; scale: number } {
  const largest = Math.max(...row.map(Math.abs), 0);
  if (largest < 2 ** -100) return { integers: Array.from(row, () => 0), scale: 0 };
  const inverse = Math.fround(LARGEST / largest);
  const integers = Array.from(row, (x) => roundEven(Math.min(LARGEST, Math.max(-LARGEST, Math.fround(x * inverse)))));
  return { integers, scale: Math.fround(largest / LARGEST) };
}

function reference(inputs: readonly Numbers[], { activation, hasBias, hasResidual }: Options): Numbers {
  const [x, weight] = inputs as [Numbers, Numbers];
  const [n, k] = weight.shape as [number, number];
  const rowsOf = ({ data, shape }: Numbers) => {
    const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1);
    return Array.from({ length: rows }, (_, i) => quantised(data.slice(i * k, (i + 1) * k)));
  };
  const [left, right] = [rowsOf(x), rowsOf(weight)];
  return make([...x.shape.slice(0, -1), n], (i) => {
    const [a, b] = [left[Math.floor(i / n)]!, right[i % n]!];
    const sum = a.integers.reduce((total, p, c) => total + p * b.integers[c]!, 0) * a.scale * b.scale;
    const z = sum + (hasBias ? inputs[2]!.data[i % n]! : 0);
    return (activation === 'tanh' ? Math.tanh(z) : z) + (hasResidual ? inputs.at(-1)!.data[i]! : 0);
  });
}

function int8Case(
  x: readonly number[],
  n: number,
  part: Partial<Options> = {},
  values?: OpCase['inputs'][0]['values'],
) {
  const options: Options = { activation: 'none', hasBias: true, hasResidual: false, ...part };
  const notes = [
    options.activation === 'none' ? '' : ` ${options.activation}`,
    options.hasBias ? '' : ' without bias',
    options.hasResidual ? ' with residual' : '',
    values === undefined ? '' : ' with rows of zeros',
  ].join('');
  return opCase<Options>({
    name: `linear_int8 ${shapeText(x)} to ${n}${notes}`,
    inputs: [
      { shape: x, ...(values && { values }) },
      { shape: [n, x.at(-1)!] },
      ...(options.hasBias ? [{ shape: [n] }] : []),
      ...(options.hasResidual ? [{ shape: [...x.slice(0, -1), n] }] : []),
    ].map((input) => ({ ...input, requiresGrad: false })),
    options,
    gradient: false,
    dtypes: ['f32', 'bf16', 'f16'],
    run: (tensors, { activation, hasBias, hasResidual }, context) => {
      const weight = linearInt8Weight(tensors[1]!);
      context.own(weight.packed);
      context.own(weight.scales);
      return linearInt8(tensors[0]!, weight, hasBias ? tensors[2] : undefined, {
        activation,
        ...(hasResidual ? { residual: tensors.at(-1)! } : {}),
      });
    },
    reference,
  });
}

export const cases = [
  int8Case([3, 5], 7),
  int8Case([1, 1], 1, { hasBias: false }),
  int8Case([2, 9, 64], 16, { activation: 'tanh' }),
  int8Case([5, 65], 33, { hasResidual: true }),
  int8Case([67, 130], 49, { activation: 'tanh', hasResidual: true }),
  int8Case([300, 20], 40, { hasBias: false }),
  int8Case([4, 6], 3, {}, (i, random) => (i < 12 ? 0 : random() - 0.5)),
  int8Case([0, 4], 3),
  int8Case([3, 0], 2),
  { ...int8Case([1024, 768], 3072), bench: true },
  { ...int8Case([1024, 3072], 768, { hasResidual: true }), bench: true },
];

export const errors: readonly ErrorCase[] = [
  {
    name: 'linear_int8 of another depth, within the same padding',
    run: (device) => linearInt8(zeros([2, 6], { device }), linearInt8Weight(zeros([4, 5], { device }))),
    error: 'ShapeError',
    message: /^linear_int8: the last size of x must be the weight's 5, got \(2, 6\)/,
  },
  {
    name: 'linear_int8 of integers',
    run: (device) => linearInt8Weight(tensor([[1, 2]], { dtype: 'i32', device })),
    error: 'DTypeError',
    message: /^linear_int8: weight must be f32, bf16 or f16, got i32/,
  },
  {
    name: 'linear_int8 of a residual of another shape',
    run: (device) =>
      linearInt8(zeros([2, 5], { device }), linearInt8Weight(zeros([4, 5], { device })), undefined, {
        residual: zeros([2, 3], { device }),
      }),
    error: 'ShapeError',
    message: /^linear_int8: residual must be \(2, 4\), got \(2, 3\)/,
  },
  {
    name: 'linear_int8 of a weight that wants a gradient',
    run: (device) => linearInt8Weight(zeros([4, 5], { device }).withGrad()),
    error: 'UnsupportedOpError',
    message: /^linear_int8: has no gradient, but weight requires one/,
  },
];
