import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LoraConfig, mergeAndUnload, tensor, type Tensor } from '../../../lib/index.js';
import { adaptForLoading } from '../../../lib/models/lora/peft.js';
import { modelDevices } from '../../cuda.js';
import { expectClose, summarize } from '../../golden/compare.js';
import { goldenTensor } from '../../golden/weights.js';
import { type AnyModel, gradientsByName, newModel } from '../golden_model.js';

interface GoldenTensor {
  name: string;
  shape: number[];
  gradient: number[];
}

interface Case {
  name: string;
  class: string;
  config: Record<string, unknown>;
  adapter: Record<string, unknown>;
  logits: number[][];
  mergedLogits: number[][];
  loss: number;
  tensors: GoldenTensor[];
}

const file = join(import.meta.dirname, '../../golden/models/lora.json');
const golden = JSON.parse(readFileSync(file, 'utf8')) as {
  inputs: { input_ids: number[][]; attention_mask: number[][]; labels: number[] };
  cases: Case[];
};
const { input_ids: inputIds, attention_mask: attentionMask, labels } = golden.inputs;

/** A golden's model with its adapter, all weights those that their names stand for. */
function adapted({ class: className, config, adapter }: Case, device: string): AnyModel {
  const plain = newModel(className, config, { device });
  adaptForLoading(plain, LoraConfig.fromJson(adapter));
  const state = new Map<string, Tensor>();
  for (const [name, value] of plain.stateDict()) {
    state.set(name, tensor(goldenTensor(name, value.shape), { shape: value.shape, device }));
    value.dispose();
  }
  plain.loadStateDict(state);
  for (const value of state.values()) value.dispose();
  return plain;
}

describe.each(modelDevices)('an adapter on %s', (device) => {
  it.each(golden.cases.map((each) => [each.name, each] as const))('of %s equals that of PEFT', async (_, each) => {
    using model = adapted(each, device);
    expect(
      model
        .adapter!.entries()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(each.tensors.map(({ name }) => name));
    using outputs = model.forward({ inputIds, attentionMask, labels }) as unknown as {
      loss: Tensor;
      logits: Tensor;
    } & Disposable;
    const values = async (x: Tensor) => Array.from(await x.data(), Number);
    expectClose(await values(outputs.logits), each.logits.flat(), { absolute: 2e-5 }, 'logits');
    expectClose(await values(outputs.loss), [each.loss], { absolute: 2e-5 }, 'loss');
    outputs.loss.backward();
    const gradients = await gradientsByName(model);
    for (const { name, gradient } of each.tensors)
      expectClose(summarize(gradients.get(name)!), gradient, { absolute: 1e-4, relative: 1e-3 }, name);
    mergeAndUnload(model);
    using merged = model.forward({ inputIds, attentionMask }) as unknown as { logits: Tensor } & Disposable;
    expectClose(await values(merged.logits), each.mergedLogits.flat(), { absolute: 5e-5 }, 'merged');
  });
});
