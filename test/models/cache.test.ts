import { describe, expect, it } from 'vitest';
import {
  AutoModelForCausalLM,
  type CachedSequence,
  DataError,
  DisposedError,
  GPT2Config,
  LlamaConfig,
  memory,
  noGrad,
  sync,
  type Tensor,
  UnsupportedOpError,
} from '../../lib/index.js';
import { modelDevices } from '../cuda.js';
import { expectClose } from '../golden/compare.js';

const configs = {
  'GPT-2': () =>
    new GPT2Config({ vocabSize: 30, nEmbd: 12, nLayer: 2, nHead: 2, nPositions: 24, initializerRange: 0.4 }),
  LLaMA: () =>
    new LlamaConfig({
      vocabSize: 30,
      hiddenSize: 16,
      intermediateSize: 20,
      numHiddenLayers: 2,
      numAttentionHeads: 4,
      numKeyValueHeads: 2,
      maxPositionEmbeddings: 24,
      initializerRange: 0.4,
    }),
};
const places = modelDevices.flatMap((device) =>
  Object.entries(configs).map(([name, config]) => ({ device, name, config })),
);
const rows = [
  [5, 7, 9, 3, 11, 4, 4, 29, 1, 0, 2, 8],
  [6, 2, 17, 3, 3, 9, 12, 28, 14],
  [8, 8, 1, 21, 0, 5, 13],
];

describe.each(places)('a cached forward of $name on $device', ({ device, config }) => {
  /** Logits of the last token of each sequence. */
  const last = async (logits: Tensor): Promise<number[][]> =>
    ((await logits.toArray()) as number[][][]).map((row) => row.at(-1)!);

  it('equals the full one token by token, whatever the pages', async () => {
    using model = AutoModelForCausalLM.fromConfig(config(), { device, seed: 7 });
    const full = (await noGrad(() => model.forward({ inputIds: rows })).logits.toArray()) as number[][][];
    for (const pageSize of [1, 3, 16]) {
      const cache = model.newCache({ pageSize });
      const sequences = rows.map(() => cache.add());
      const prompts = [4, 2, 1];
      const first = model.forward({
        inputIds: rows.map((row, r) => row.slice(0, prompts[r])),
        pastKeyValues: sequences,
      });
      const logits = (await first.logits.toArray()) as number[][][];
      rows.forEach((_, r) =>
        expectClose(logits[r]!.slice(0, prompts[r]).flat(), full[r]!.slice(0, prompts[r]).flat(), { absolute: 1e-4 }),
      );
      for (let step = 0; step < 6; step++) {
        const at = prompts.map((prompt) => prompt + step);
        const next = model.forward({ inputIds: rows.map((row, r) => [row[at[r]!]!]), pastKeyValues: sequences });
        const got = await last(next.logits);
        rows.forEach((_, r) => expectClose(got[r]!, full[r]![at[r]!]!, { absolute: 1e-4 }, `step ${step} row ${r}`));
      }
      expect(sequences.map(({ length }) => length)).toEqual([10, 8, 7]);
      for (const sequence of sequences) sequence.dispose();
      expect([cache.pagesInUse, cache.bytes]).toEqual([0, 0]);
    }
  });

  it('takes several tokens at once, and sequences that join and leave', async () => {
    using model = AutoModelForCausalLM.fromConfig(config(), { device, seed: 7 });
    const full = (await noGrad(() => model.forward({ inputIds: rows })).logits.toArray()) as number[][][];
    const cache = model.newCache({ pageSize: 2 });
    const [a, b, c] = [cache.add(), cache.add(), cache.add()];
    const step = async (parts: [sequence: CachedSequence, row: number, count: number][]) => {
      const begin = parts.map(([sequence]) => sequence.length);
      const inputIds = parts.map(([, row, count], i) => rows[row]!.slice(begin[i], begin[i]! + count));
      const { logits } = model.forward({ inputIds, pastKeyValues: parts.map(([sequence]) => sequence) });
      const got = (await logits.toArray()) as number[][][];
      parts.forEach(([, row, count], i) =>
        expectClose(
          got[i]!.slice(0, count).flat(),
          full[row]!.slice(begin[i], begin[i]! + count).flat(),
          { absolute: 1e-4 },
          `row ${row}`,
        ),
      );
    };
    await step([[a, 0, 3]]);
    await step([
      [b, 1, 5],
      [a, 0, 1],
    ]);
    await step([
      [a, 0, 4],
      [c, 2, 2],
      [b, 1, 1],
    ]);
    a.dispose();
    await step([
      [c, 2, 5],
      [b, 1, 3],
    ]);
    expect(cache.pagesInUse).toBe(5 + 4);
  });

  it('goes two ways from a fork', async () => {
    using model = AutoModelForCausalLM.fromConfig(config(), { device, seed: 7 });
    const trunk = rows[0]!.slice(0, 5);
    const { pastKeyValues } = model.forward({ inputIds: [trunk], useCache: true });
    const [one] = pastKeyValues as [CachedSequence];
    const other = one.fork();
    const { logits } = model.forward({
      inputIds: [
        [3, 4],
        [9, 1],
      ],
      pastKeyValues: [one, other],
    });
    const full = noGrad(() =>
      model.forward({
        inputIds: [
          [...trunk, 3, 4],
          [...trunk, 9, 1],
        ],
      }),
    );
    const expected = (await full.logits.toArray()) as number[][][];
    const got = (await logits.toArray()) as number[][][];
    got.forEach((row, r) => expectClose(row.flat(), expected[r]!.slice(-2).flat(), { absolute: 1e-4 }));
    // The page that was half full was copied, and only that.
    expect(one.cache.pagesInUse).toBe(2);
  });
});

describe('a cache', () => {
  const model = AutoModelForCausalLM.fromConfig(configs['GPT-2'](), { device: 'cpu', seed: 7 });

  it('leaves no memory behind, and its sequences as they were when a call fails', async () => {
    const settled = async () => {
      await sync('cpu');
      const { liveTensors, liveBytes } = memory('cpu');
      return { liveTensors, liveBytes };
    };
    const before = await settled();
    for (let i = 0; i < 50; i++) {
      using output = model.forward({ inputIds: rows, useCache: true });
      const past = output.pastKeyValues!;
      const lengths = past.map(({ length }) => length);
      expect(() => model.forward({ inputIds: rows.map(() => [30]), pastKeyValues: past })).toThrow(DataError);
      expect(() => model.forward({ inputIds: rows.map(() => rows[0]!.concat(rows[0]!)), pastKeyValues: past })).toThrow(
        /at most 24 tokens, got 25 with those in the cache in row 0/,
      );
      expect(past.map(({ length }) => length)).toEqual(lengths);
      model.forward({ inputIds: [[3], [4], [5]], pastKeyValues: past }).dispose();
      for (const sequence of past) sequence.dispose();
    }
    expect(await settled()).toEqual(before);
  });

  it('is what dispose of the outputs leaves', () => {
    const output = model.forward({ inputIds: [[3, 4]], useCache: true });
    const [sequence] = output.pastKeyValues as [CachedSequence];
    output.dispose();
    expect(sequence.isDisposed).toBe(false);
    model.forward({ inputIds: [[5]], pastKeyValues: [sequence] }).dispose();
    sequence.dispose();
    expect(() => sequence.length).toThrow(DisposedError);
  });

  it.each<[string, (past: readonly CachedSequence[]) => object, RegExp]>([
    ['fewer sequences than rows', (past) => ({ inputIds: [[1], [2]], pastKeyValues: past.slice(1) }), /got 1 for 2/],
    ['a sequence twice', ([one]) => ({ inputIds: [[1], [2]], pastKeyValues: [one, one] }), /got one twice/],
    [
      'sequences of several caches',
      ([one]) => ({ inputIds: [[1], [2]], pastKeyValues: [one, model.newCache().add()] }),
      /must be of one cache/,
    ],
    ['what is no sequence', () => ({ inputIds: [[1]], pastKeyValues: [{}] }), /must be a list of cached sequences/],
    ['no list', () => ({ inputIds: [[1]], pastKeyValues: 5 }), /must be a list of cached sequences, got number/],
  ])('refuses %s', (_, inputs, message) => {
    const cache = model.newCache();
    expect(() => model.forward(inputs([cache.add(), cache.add()]) as never)).toThrow(DataError);
    expect(() => model.forward(inputs([cache.add(), cache.add()]) as never)).toThrow(message);
  });

  it('refuses a cache of another model, attentions and a page size that is none', () => {
    using other = AutoModelForCausalLM.fromConfig(configs.LLaMA(), { device: 'cpu' });
    const sequence = other.newCache().add();
    expect(() => model.forward({ inputIds: [[1]], pastKeyValues: [sequence] })).toThrow(
      /a cache must be of the model itself, in f32 on cpu, got one of LlamaForCausalLM/,
    );
    expect(() => model.forward({ inputIds: [[1]], useCache: true, outputAttentions: true })).toThrow(
      UnsupportedOpError,
    );
    expect(() => model.newCache({ pageSize: 0 })).toThrow(/pageSize must be an integer from 1 to 65536, got 0/);
  });
});
