import type { LinearFusion } from '../../../nn/linear.js';

/** An activation as the ops name it. */
export type Activation = NonNullable<LinearFusion['activation']>;

const ACTIVATIONS = {
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
  tanh: 'tanh',
  sigmoid: 'sigmoid',
} as const satisfies Readonly<Record<string, Activation>>;

/** The activations of Hugging Face configs that there are. */
export type ActivationName = keyof typeof ACTIVATIONS;

/** Their names. @internal */
export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as ActivationName[];

/** The op that a config's activation stands for. @internal */
export function activationOf(name: ActivationName): Activation {
  return ACTIVATIONS[name];
}
