import { AutoConfig, type PreTrainedModel, tensor, type Tensor } from '../../lib/index.js';
import type { ModelOutput } from '../../lib/index.js';
import { createAs } from '../../lib/models/from_pretrained.js';
import { architectureOf } from '../../lib/models/registry.js';
import type { DType } from '../../lib/index.js';
import type { PlainTensor } from '../golden/compare.js';
import type { GoldenCase, GoldenModel } from '../golden/load.js';
import { goldenStateDict } from '../golden/weights.js';

/** The outputs of any model, by name. */
export type AnyOutput = ModelOutput & Record<string, Tensor | Tensor[] | undefined>;

/** A model that any test can call. */
export type AnyModel = PreTrainedModel & { forward(inputs: object): AnyOutput };

/** A model of a golden file, with the weights its name and shapes stand for. */
export function goldenModel(
  className: string,
  golden: Pick<GoldenModel, 'config' | 'parameters'>,
  options: { device?: string; dtype?: DType } = {},
): AnyModel {
  const model = createAs(AutoConfig.fromJson(golden.config), { seed: 0, ...options }, () => architectureOf(className)!);
  const state = new Map<string, Tensor>();
  for (const [name, { shape, values }] of goldenStateDict(golden.parameters))
    state.set(name, tensor(values, { shape, device: options.device ?? 'auto' }));
  model.loadStateDict(state);
  for (const value of state.values()) value.dispose();
  return model as AnyModel;
}

/** A tensor's elements with its shape. */
export async function plain(value: Tensor): Promise<PlainTensor> {
  return { shape: value.shape, values: Float64Array.from(await value.data(), Number) };
}

/** All outputs on the host: `name`, or `name[layer]` for lists. */
export async function plainOutputs(
  output: AnyOutput,
): Promise<(name: string, layer?: number) => PlainTensor | undefined> {
  const read = new Map<string, PlainTensor>();
  for (const [name, value] of Object.entries(output)) {
    if (Array.isArray(value)) for (const [i, item] of value.entries()) read.set(`${name}[${i}]`, await plain(item));
    else if (value !== undefined) read.set(name, await plain(value));
  }
  return (name, layer) => read.get(layer === undefined ? name : `${name}[${layer}]`);
}

/** Gradients on the host by checkpoint name; a parameter that the loss does not depend on has zeros. */
export async function gradientsByName(model: PreTrainedModel): Promise<Map<string, Float64Array>> {
  const gradients = new Map<string, Float64Array>();
  for (const { name, parameter, rows, isTransposed } of model.stateEntries()) {
    const flat = parameter.grad
      ? Float64Array.from(await parameter.grad.data(), Number)
      : new Float64Array(parameter.size);
    const height = parameter.shape[0]!;
    const width = parameter.size / height;
    if (isTransposed === true) {
      const turned = flat.map((_, i) => flat[(i % height) * width + Math.floor(i / height)]!);
      gradients.set(name, turned);
    } else gradients.set(name, rows === undefined ? flat : flat.slice(rows[0] * width, rows[1] * width));
  }
  return gradients;
}

/** What `forward` takes for a case; attentions and hidden states where the golden has them. */
export function inputsOf({ inputs, outputs }: GoldenCase): Record<string, unknown> {
  return {
    ...inputs,
    outputHiddenStates: (outputs.hiddenStates ?? outputs.decoderHiddenStates) !== undefined,
    outputAttentions: (outputs.attentions ?? outputs.crossAttentions) !== undefined,
  };
}
