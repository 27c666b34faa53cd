import type { Tensor } from '../tensor/tensor.js';

/** Parameters with one weight decay. */
export interface ParameterGroup {
  params: Tensor[];
  weightDecay: number;
}

// As in Hugging Face: biases and the weights of normalisations do not decay.
const UNDECAYED = /bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)/i;

/** The trainable parameters in two groups: with weight decay, and (biases, norms) without. @internal */
export function decayGroups(parameters: Iterable<[string, Tensor]>, weightDecay: number): ParameterGroup[] {
  const decayed: Tensor[] = [];
  const others: Tensor[] = [];
  for (const [name, tensor] of parameters)
    if (tensor.requiresGrad) (UNDECAYED.test(name) ? others : decayed).push(tensor);
  return [
    { params: decayed, weightDecay },
    { params: others, weightDecay: 0 },
  ].filter((group) => group.params.length > 0);
}
