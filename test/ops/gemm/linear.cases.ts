import { type ActivationKind, linear, tensor, zeros } from '../../../lib/index.js';
import { type ErrorCase, type Numbers, opCase, type OpCase, shapeText } from '../cases.js';
import { erf, make } from '../reference.js';

interface Options {
  activation: ActivationKind;
  hasBias: boolean;
  hasResidual: boolean;
}

const ACTIVATIONS: Partial<Record<ActivationKind, (x: number) => number>> = {
  none: (x) => x,
  gelu: (x) => (x * (1 + erf(x / Math.SQRT2))) / 2,
  tanh: Math.tanh,
  silu: (x) => x / (1 + Math.exp(-x)),
};

function reference(inputs: readonly Numbers[], { activation, hasBias, hasResidual }: Options): Numbers {
  const [x, weight] = inputs as [Numbers, Numbers];
  const [n, k] = weight.shape as [number, number];
  return make([...x.shape.slice(0, -1), n], (i) => {
    const [row, column] = [Math.floor(i / n), i % n];
    let sum = hasBias ? inputs[2]!.data[column]! : 0;
    for (let c = 0; c < k; c++) sum += x.data[row * k + c]! * weight.data[column * k + c]!;
    return ACTIVATIONS[activation]!(sum) + (hasResidual ? inputs.at(-1)!.data[i]! : 0);
  });
}

function linearCase(x: readonly number[], n: number, part: Partial<Options> = {}): OpCase {
  const options: Options = { activation: 'none', hasBias: true, hasResidual: false, ...part };
  const notes = [
    options.activation === 'none' ? '' : ` ${options.activation}`,
    options.hasBias ? '' : ' without bias',
    options.hasResidual ? ' with residual' : '',
  ].join('');
  return opCase<Options>({
    name: `linear ${shapeText(x)} to ${n}${notes}`,
    inputs: [
      { shape: x },
      { shape: [n, x.at(-1)!] },
      ...(options.hasBias ? [{ shape: [n] }] : []),
      ...(options.hasResidual ? [{ shape: [...x.slice(0, -1), n] }] : []),
    ],
    options,
    run: (tensors, { activation, hasBias, hasResidual }) =>
      linear(tensors[0]!, tensors[1]!, hasBias ? tensors[2] : undefined, {
        activation,
        ...(hasResidual ? { residual: tensors.at(-1)! } : {}),
      }),
    reference,
  });
}

export const cases = [
  linearCase([3, 5], 7),
  linearCase([1, 1], 1, { hasBias: false }),
  linearCase([2, 9, 33], 17, { activation: 'gelu' }),
  linearCase([5, 64], 65, { activation: 'tanh', hasBias: false }),
  linearCase([67, 31], 19, { hasResidual: true }),
  linearCase([4, 12], 6, { activation: 'silu', hasResidual: true }),
  linearCase([0, 4], 3),
  linearCase([3, 0], 2),
  { ...linearCase([1024, 768], 3072, { activation: 'gelu' }), bench: true },
  { ...linearCase([1024, 3072], 768, { hasResidual: true }), bench: true },
];

export const errors: ErrorCase[] = [
  {
    name: 'linear with inner sizes that differ',
    run: (device) => linear(zeros([2, 3], { device }), zeros([4, 5], { device })),
    error: 'ShapeError',
    message: /^linear: the last size of x must be the weight's second, got \(2, 3\) and \(4, 5\)/,
  },
  {
    name: 'linear with a bias of another size',
    run: (device) => linear(zeros([2, 3], { device }), zeros([4, 3], { device }), zeros([3], { device })),
    error: 'ShapeError',
    message: /^linear: bias must be \(4\), got \(3\)/,
  },
  {
    name: 'linear of integers',
    run: (device) => linear(tensor([[1]], { device, dtype: 'i32' }), zeros([1, 1], { device })),
    error: 'DTypeError',
    message: /^linear: the dtype must be floating, got i32/,
  },
];
