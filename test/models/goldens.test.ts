import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../lib/index.js';
import { modelDevices } from '../cuda.js';
import { expectClose, expectGradients, expectOutputs } from '../golden/compare.js';
import { type GoldenCase, loadModelGolden, maskOf, MODEL_GOLDENS } from '../golden/load.js';
import { type AnyModel, goldenModel, gradientsByName, inputsOf, plain, plainOutputs } from './golden_model.js';

/** A case's batch without padding: rows of unequal lengths, with the positions they had. */
function packedRows({ inputs }: GoldenCase, mask: number[][]): Record<string, unknown> {
  const kept = <T>(rows: readonly (readonly T[])[]): T[] =>
    rows.flatMap((row, r) => row.filter((_, c) => mask[r]![c] === 1));
  const columns = inputs.inputIds.map((row) => row.map((_, c) => c));
  return {
    inputIds: Int32Array.from(kept(inputs.inputIds)),
    positionIds: Int32Array.from(kept(inputs.positionIds ?? columns)),
    ...(inputs.tokenTypeIds && { tokenTypeIds: Int32Array.from(kept(inputs.tokenTypeIds)) }),
    lengths: mask.map((row) => row.filter((m) => m === 1).length),
  };
}

async function checkCase(model: AnyModel, goldenCase: GoldenCase, inputs: Record<string, unknown>): Promise<void> {
  const output = model.forward(inputs);
  const read = await plainOutputs(output);
  expectOutputs(goldenCase, read);
  if (goldenCase.loss !== undefined) expect(Math.abs(read('loss')!.values[0]! - goldenCase.loss)).toBeLessThan(1e-4);
  output.dispose();
}

const places = modelDevices.flatMap((device) => MODEL_GOLDENS.map((file) => ({ device, file })));

describe.each(places)('$file on $device as Python transformers gives it', ({ device, file }) => {
  const golden = loadModelGolden(file);
  describe.each(golden.models)('$name', (goldenOf) => {
    it.each(goldenOf.cases)('$name: outputs and loss', async (goldenCase) => {
      using model = goldenModel(golden.class, goldenOf, { device });
      await checkCase(model, goldenCase, inputsOf(goldenCase));
      const { attentions, ...outputs } = goldenCase.outputs;
      if (attentions !== undefined)
        await checkCase(model, { ...goldenCase, outputs }, { ...inputsOf(goldenCase), outputAttentions: false });
    });

    it.each(goldenOf.cases.filter(({ gradients }) => gradients !== undefined))(
      '$name: gradient of every parameter',
      async (goldenCase) => {
        using model = goldenModel(golden.class, goldenOf, { device });
        model.train();
        const output = model.forward(goldenCase.inputs);
        (output['loss'] as { backward(): void }).backward();
        const gradients = await gradientsByName(model);
        expectGradients(goldenOf, goldenCase, (name) => gradients.get(name));
        output.dispose();
      },
    );

    it.each(goldenOf.cases.filter(({ inputs }) => inputs.attentionMask !== undefined))(
      '$name: packed sequences give what padded ones give',
      async (goldenCase) => {
        using model = goldenModel(golden.class, goldenOf, { device });
        const mask = maskOf(goldenCase);
        const padded = model.forward({ ...goldenCase.inputs, labels: undefined });
        const packed = model.forward(packedRows(goldenCase, mask));
        const kept = mask.flatMap((row, r) => row.flatMap((m, c) => (m === 1 ? [r * row.length + c] : [])));
        const readsHidden = mask.some((row) => row[0] === 0);
        for (const name of ['lastHiddenState', 'logits', 'startLogits', 'poolerOutput'] as const) {
          const [expected, actual] = [padded[name], packed[name] as Tensor];
          if (expected === undefined) continue;
          const isPerSequence = name === 'poolerOutput' || (name === 'logits' && expected.rank === 2);
          // Hugging Face's pooler reads column 0 even when it is padding; alone, a text begins with its own first token.
          if (isPerSequence && readsHidden) continue;
          const [a, b] = [await plain(expected), await plain(actual)];
          const cells = isPerSequence ? mask.map((_, r) => r) : kept;
          const width = b.values.length / cells.length;
          expect(width).toBe(expected.shape.slice(isPerSequence ? 1 : 2).reduce((product, size) => product * size, 1));
          const picked = cells.flatMap((cell) => Array.from(a.values).slice(cell * width, (cell + 1) * width));
          expectClose(b.values, picked, { absolute: 1e-5 }, name);
        }
        padded.dispose();
        packed.dispose();
      },
    );
  });
});
