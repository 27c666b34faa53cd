import { activation, type ActivationKind, tensor } from '../../../lib/index.js';
import { between, type ErrorCase, opCase, type OpCase, shapeText } from '../cases.js';
import { erf, map } from '../reference.js';

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
];
