import { activation, type ActivationKind, tensor, zeros } from '../../../lib/index.js';
import { between, type ErrorCase, opCase, type OpCase, shapeText } from '../cases.js';
import { drop, erf, map } from '../reference.js';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const FORMULAS: Readonly<Record<ActivationKind, (x: number) => number>> = {
  none: (x) => x,
  relu: (x) => Math.max(x, 0),
  gelu: (x) => (x * (1 + erf(x / Math.SQRT2))) / 2,
  gelu_tanh: (x) => (x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))) / 2,
  silu: (x) => x * sigmoid(x),
  tanh: Math.tanh,
  sigmoid,
};

function activationCase(kind: ActivationKind, shape: readonly number[], values = between(-4, 4)): OpCase {
  return opCase({
    name: `activation ${kind} ${shapeText(shape)}`,
    inputs: [{ shape, values }],
    options: kind,
    run: ([x], kind) => activation(x!, kind),
    reference: ([x], kind) => map(x!, FORMULAS[kind]),
  });
}

interface Fused {
  kind: ActivationKind;
  hasBias: boolean;
  dropout: number;
}

const SEED = 9;

function fusedCase(shape: readonly number[], options: Fused): OpCase {
  const { kind, hasBias, dropout } = options;
  return opCase<Fused>({
    name: `activation ${kind} ${shapeText(shape)}${hasBias ? ' with bias' : ''}${dropout > 0 ? ` dropout ${dropout}` : ''}`,
    inputs: [{ shape }, ...(hasBias ? [{ shape: [shape.at(-1)!] }] : [])],
    options,
    run: ([x, bias], { kind, dropout }, context) =>
      activation(x!, kind, {
        ...(bias && { bias }),
        ...(dropout > 0 && { dropout, generator: context.generator(SEED) }),
      }),
    reference: ([x, bias], { kind, dropout }) => {
      const biased = map(x!, (value, i) => value + (bias ? bias.data[i % bias.data.length]! : 0));
      return drop(map(biased, FORMULAS[kind]), dropout, SEED);
    },
  });
}

// Away from relu's kink, where differences say nothing.
const offZero = (i: number, random: () => number) => (i % 2 === 0 ? 1 : -1) * (0.5 + random());

export const cases = [
  activationCase('none', [3]),
  activationCase('relu', [2, 17], offZero),
  activationCase('gelu', [3, 33]),
  activationCase('gelu_tanh', [65]),
  activationCase('silu', [2, 5, 7]),
  activationCase('tanh', [31]),
  activationCase('sigmoid', [1]),
  activationCase('gelu', [0, 3]),
  fusedCase([3, 17], { kind: 'gelu', hasBias: true, dropout: 0 }),
  fusedCase([2, 5, 24], { kind: 'silu', hasBias: true, dropout: 0.25 }),
  fusedCase([70, 9], { kind: 'tanh', hasBias: true, dropout: 0.5 }),
  fusedCase([131], { kind: 'gelu_tanh', hasBias: false, dropout: 0.1 }),
  fusedCase([3, 8], { kind: 'none', hasBias: true, dropout: 1 }),
  fusedCase([0, 4], { kind: 'gelu', hasBias: true, dropout: 0.5 }),
  { ...fusedCase([1024, 3072], { kind: 'gelu', hasBias: true, dropout: 0.1 }), bench: true },
];

export const errors: ErrorCase[] = [
  {
    name: 'activation of integers',
    run: (device) => activation(tensor([1], { device, dtype: 'i64' }), 'relu'),
    error: 'DTypeError',
    message: /^activation: the dtype must be floating, got i64/,
  },
  {
    name: 'activation by an unknown name',
    run: (device) => activation(tensor([1], { device }), 'mish' as ActivationKind),
    error: 'ConfigError',
    message: /^activation: must be one of none, relu, .*, got mish/,
  },
  {
    name: 'activation with a bias of another size',
    run: (device) => activation(zeros([2, 3], { device }), 'gelu', { bias: zeros([2], { device }) }),
    error: 'ShapeError',
    message: /^activation: bias must be \(3\), got \(2\)/,
  },
  {
    name: 'activation of a scalar with a bias',
    run: (device) => activation(zeros([], { device }), 'gelu', { bias: zeros([1], { device }) }),
    error: 'ShapeError',
    message: /^activation: x must have a last dimension for a bias, got a scalar/,
  },
  {
    name: 'activation with a chance to drop above 1',
    run: (device) => activation(zeros([2], { device }), 'gelu', { dropout: 1.5 }),
    error: 'ConfigError',
    message: /^activation: dropout must lie in \[0, 1\], got 1.5/,
  },
];
