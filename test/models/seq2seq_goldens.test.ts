import { describe, expect, it } from 'vitest';
import { noGrad, type Tensor } from '../../lib/index.js';
import { expectClose, expectGradients, expectOutputs } from '../golden/compare.js';
import { decoderMaskOf, type GoldenCase, loadFamilyGoldens, maskOf, rowsOf, SEQ2SEQ_GOLDENS } from '../golden/load.js';
import { goldenPlaces } from '../golden/places.js';
import { type AnyModel, goldenModel, gradientsByName, inputsOf, plain, plainOutputs } from './golden_model.js';

/** The tokens that a mask shows, row by row. */
function kept(rows: readonly (readonly number[])[], mask: readonly (readonly number[])[]): number[][] {
  return rows.map((row, r) => row.filter((_, c) => mask[r]![c] === 1));
}

/** Whether a case's source has a gap in its mask, behind which packed tokens stand elsewhere than padded ones. */
const hasGap = (mask: number[][]): boolean => mask.some((row) => /10+1|^0/.test(row.join('')));

async function checkCase(model: AnyModel, goldenCase: GoldenCase, inputs: Record<string, unknown>): Promise<void> {
  const output = model.forward(inputs);
  const read = await plainOutputs(output);
  expectOutputs(goldenCase, read);
  if (goldenCase.loss !== undefined) expect(Math.abs(read('loss')!.values[0]! - goldenCase.loss)).toBeLessThan(1e-4);
  output.dispose();
}

describe.each(goldenPlaces(SEQ2SEQ_GOLDENS.flatMap(loadFamilyGoldens)))(
  '$name on $device as Python transformers gives it',
  ({ device, golden }) => {
    it('has its parameters in the order of its optimizers', () => {
      const [goldenOf] = golden.models;
      using model = goldenModel(golden.class, goldenOf!, { device });
      const groups = (all: readonly { name: string }[]) => {
        // The words' bias is saved and not trained.
        const names = all.map(({ name }) => name).filter((name) => name !== 'final_logits_bias');
        const isUndecayed = (name: string) => /bias|norm/.test(name);
        return [names.filter((name) => !isUndecayed(name)), names.filter(isUndecayed)];
      };
      expect(groups(model.stateEntries())).toEqual(groups(goldenOf!.parameters));
    });

    describe.each(golden.models)('$name', (goldenOf) => {
      it.each(goldenOf.cases)('$name: outputs and loss', async (goldenCase) => {
        using model = goldenModel(golden.class, goldenOf, { device });
        await checkCase(model, goldenCase, inputsOf(goldenCase));
        const { encoderAttentions, decoderAttentions: _, crossAttentions: __, ...outputs } = goldenCase.outputs;
        if (encoderAttentions !== undefined)
          await checkCase(model, { ...goldenCase, outputs }, { ...inputsOf(goldenCase), outputAttentions: false });
      });

      it.each(goldenOf.cases.filter(({ gradients }) => gradients !== undefined))(
        '$name: gradient of every parameter',
        async (goldenCase) => {
          using model = goldenModel(golden.class, goldenOf, { device });
          model.train();
          const output = model.forward({ ...goldenCase.inputs, returns: ['loss'] });
          (output['loss'] as { backward(): void }).backward();
          const gradients = await gradientsByName(model);
          expectGradients(goldenOf, goldenCase, (name) => gradients.get(name));
          output.dispose();
        },
      );

      it.each(goldenOf.cases.filter((each) => !hasGap(maskOf(each)) && decoderMaskOf(each) !== undefined))(
        '$name: packed sequences give what padded ones give',
        async (goldenCase) => {
          using model = goldenModel(golden.class, goldenOf, { device });
          const { inputIds, decoderInputIds, labels } = goldenCase.inputs;
          const source = kept(rowsOf(inputIds), maskOf(goldenCase));
          const mask = decoderMaskOf(goldenCase)!;
          const flat = (rows: number[][]) => Int32Array.from(rows.flat());
          const packed = noGrad(() =>
            model.forward({
              inputIds: flat(source),
              lengths: source.map((row) => row.length),
              decoderLengths: mask.map((row) => row.filter((m) => m === 1).length),
              ...(decoderInputIds && { decoderInputIds: flat(kept(decoderInputIds, mask)) }),
              ...(labels && { labels: flat(kept(labels as number[][], mask)) }),
            }),
          );
          const padded = noGrad(() => model.forward(goldenCase.inputs));
          const name = padded['logits'] === undefined ? 'lastHiddenState' : 'logits';
          const [a, b] = [await plain(padded[name] as Tensor), await plain(packed[name] as Tensor)];
          const width = b.shape.at(-1)!;
          const cells = mask.flatMap((row, r) => row.flatMap((m, c) => (m === 1 ? [r * row.length + c] : [])));
          const picked = cells.flatMap((cell) => Array.from(a.values).slice(cell * width, (cell + 1) * width));
          expectClose(b.values, picked, { absolute: 1e-5 }, name);
          packed.dispose();
          padded.dispose();
        },
      );
    });
  },
);
