import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { AutoModel, GPT2Config, type Tensor, tensor } from '../../../lib/index.js';
import { readOptimizer } from '../../../lib/train/checkpoint/optimizer_files.js';
import { TrainedParameters } from '../../../lib/train/step/parameters.js';

/** What Python's optimizer would have saved: a matrix (2, 3), as Python's GPT-2 has it, and the sums of Adafactor. */
vi.mock('../../../lib/io/torch/training_state.js', () => ({
  readTorchOptimizer: () => {
    const on = { device: 'cpu' };
    const state = new Map<string, Tensor | number>([
      ['step', 4],
      ['exp_avg', tensor([[1, 2, 3], [4, 5, 6]], on)], // prettier-ignore
      ['exp_avg_sq_row', tensor([7, 8], on)],
      ['exp_avg_sq_col', tensor([9, 10, 11], on)],
    ]);
    return Promise.resolve({ groups: [{ params: [0] }], states: new Map([[0, state]]) });
  },
}));

describe("Python's state of a matrix that lies transposed in memory", () => {
  it('is turned, of AdamW and of Adafactor', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gridstride-optimizer-'));
    try {
      await writeFile(join(folder, 'optimizer.pt'), '');
      const read = async (transposed: string[]) => {
        const state = await readOptimizer(folder, { names: ['w'], transposed: new Set(transposed) });
        return Object.fromEntries(
          await Promise.all([...state].map(async ([name, value]) => [name, await value.toArray()] as const)),
        );
      };
      expect(await read(['w'])).toEqual({
        step: [4],
        'w.exp_avg': [
          [1, 4],
          [2, 5],
          [3, 6],
        ],
        'w.exp_avg_sq_col': [7, 8],
        'w.exp_avg_sq_row': [9, 10, 11],
      });
      expect((await read([]))['w.exp_avg_sq_row']).toEqual([7, 8]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is known by the model: the weights of GPT-2, whose norms do not decay', () => {
    using model = AutoModel.fromConfig(new GPT2Config({ vocabSize: 9, nEmbd: 4, nLayer: 1, nHead: 1, nPositions: 5 }));
    const trained = new TrainedParameters(model as never, { learningRate: 1, weightDecay: 0.1 });
    expect([...trained.transposed]).toEqual(
      ['attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj'].map((name) => `h.0.${name}.weight`),
    );
    const decaying = trained.groups[0]!.params.length;
    expect(trained.names.slice(decaying)).toContain('ln_f.weight');
    trained.dispose();
  });
});
