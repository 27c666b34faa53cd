import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  AutoModel,
  AutoModelForCausalLM,
  AutoModelForSeq2SeqLM,
  BertConfig,
  GPT2Config,
  LlamaConfig,
  memory,
  noGrad,
  softmax,
  sync,
  T5Config,
} from '../../lib/index.js';

const place = { device: 'cpu', seed: 3 };
const gpt2 = () =>
  AutoModelForCausalLM.fromConfig(
    new GPT2Config({
      vocabSize: 30,
      nEmbd: 16,
      nLayer: 2,
      nHead: 2,
      nPositions: 64,
      eosTokenId: 5,
      initializerRange: 0.4,
    }),
    place,
  );
const llama = () =>
  AutoModelForCausalLM.fromConfig(
    new LlamaConfig({
      vocabSize: 30,
      hiddenSize: 16,
      intermediateSize: 20,
      numHiddenLayers: 2,
      numAttentionHeads: 4,
      numKeyValueHeads: 2,
      maxPositionEmbeddings: 64,
      eosTokenId: 5,
      initializerRange: 0.4,
    }),
    place,
  );
const t5 = () =>
  AutoModelForSeq2SeqLM.fromConfig(
    new T5Config({
      vocabSize: 30,
      dModel: 16,
      dKv: 4,
      dFf: 16,
      numLayers: 2,
      numHeads: 2,
      eosTokenId: 5,
      decoderStartTokenId: 0,
    }),
    place,
  );
const prompts = [[7, 8, 9], [11], [12, 13, 14, 15, 16, 17], [20, 21]];
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe.each([
  { name: 'GPT-2', newModel: gpt2 },
  { name: 'LLaMA', newModel: llama },
  { name: 'T5', newModel: t5 },
])('$name', ({ newModel }) => {
  it.each([{ doSample: false }, { doSample: true, temperature: 1.3, topK: 12 }])(
    'writes the same rows alone, in a batch, and beside others that come and go, %o',
    async (how) => {
      using model = newModel();
      const options = { ...how, maxNewTokens: 20 };
      const alone: number[][] = [];
      for (const [i, prompt] of prompts.entries())
        alone.push(...(await model.generate({ inputIds: [prompt], ...options, seed: [40 + i] })).sequences);
      const seed = prompts.map((_, i) => 40 + i);
      const batch = await model.generate({ inputIds: prompts, ...options, seed });
      expect(batch.sequences).toEqual(alone);
      const calls: Promise<number[][]>[] = [];
      for (const [i, prompt] of prompts.entries()) {
        const others = {
          inputIds: [
            [25, 3],
            [4, 4, 4],
          ],
          doSample: true,
          maxNewTokens: 1 + i,
          seed: i,
        };
        void model.generate(others);
        calls.push(model.generate({ inputIds: [prompt], ...options, seed: [40 + i] }).then((each) => each.sequences));
        for (let turn = 0; turn < 6; turn++) await nextTurn();
      }
      expect((await Promise.all(calls)).flat()).toEqual(alone);
    },
  );
});

it('leaves padding out, wherever it stands', async () => {
  using model = gpt2();
  const padded = [
    [0, 0, 7, 8],
    [9, 10, 0, 0],
  ];
  const attentionMask = [
    [0, 0, 1, 1],
    [1, 1, 0, 0],
  ];
  const { sequences } = await model.generate({ inputIds: padded, attentionMask, maxNewTokens: 6 });
  const plain = await model.generate({
    inputIds: [
      [7, 8],
      [9, 10],
    ],
    maxNewTokens: 6,
  });
  expect(sequences).toEqual(plain.sequences);
});

describe('sampling', () => {
  /** The probabilities (V) of the word after a prompt. */
  async function chances(model: ReturnType<typeof gpt2>, prompt: number[]): Promise<number[]> {
    const next = noGrad(() => softmax(model.forward({ inputIds: [prompt], logitsToKeep: 1 }).logits));
    return Array.from(await next.data(), Number);
  }

  it.each([
    { name: 'on the device', processors: [] },
    { name: 'on the host', processors: [() => {}] },
  ])('draws words as often as they are probable, $name', async ({ processors }) => {
    using model = gpt2();
    const expected = await chances(model, [7, 8]);
    const rows = 1000;
    const output = await model.generate({
      inputIds: [[7, 8]],
      doSample: true,
      topK: 0,
      maxNewTokens: 1,
      numReturnSequences: rows,
      seed: 9,
      logitsProcessors: processors,
    });
    const counts = expected.map(() => 0);
    for (const row of output.sequences) counts[row[2]!]!++;
    const bins = expected.map((chance, i) => ({ wanted: chance * rows, got: counts[i]! }));
    const rare = bins.filter(({ wanted }) => wanted < 5);
    const all = [
      ...bins.filter(({ wanted }) => wanted >= 5),
      {
        wanted: rare.reduce((sum, { wanted }) => sum + wanted, 1e-9),
        got: rare.reduce((sum, { got }) => sum + got, 0),
      },
    ];
    const chiSquare = all.reduce((sum, { wanted, got }) => sum + (got - wanted) ** 2 / wanted, 0);
    expect(all.length).toBeGreaterThan(6);
    // Three standard deviations above the mean of the distribution.
    expect(chiSquare).toBeLessThan(all.length + 3 * Math.sqrt(2 * all.length));
  });

  it('draws the same words on the host as on the device', async () => {
    using model = gpt2();
    const options = {
      inputIds: prompts,
      doSample: true,
      temperature: 0.8,
      topK: 9,
      topP: 0.9,
      maxNewTokens: 16,
      seed: 4,
    };
    const device = await model.generate(options);
    const host = await model.generate({ ...options, logitsProcessors: [() => {}] });
    expect(host.sequences).toEqual(device.sequences);
  });

  it('gives each row of a call numbers of its own, the same for a seed', async () => {
    using model = gpt2();
    const options = { inputIds: [[7]], doSample: true, maxNewTokens: 12, numReturnSequences: 4, eosTokenId: null };
    const first = await model.generate({ ...options, seed: 1 });
    expect((await model.generate({ ...options, seed: 1 })).sequences).toEqual(first.sequences);
    expect(new Set(first.sequences.map(String)).size).toBe(4);
    expect((await model.generate({ ...options, seed: 2 })).sequences).not.toEqual(first.sequences);
  });
});

describe('functions of the caller', () => {
  it('change scores, and end rows', async () => {
    using model = gpt2();
    const only = (_: readonly number[], scores: Float32Array) =>
      scores.map((score, i) => (i === 19 ? score : -Infinity));
    const stop = (tokens: readonly number[]) => tokens.length === 6;
    const options = { inputIds: [[7, 8]], logitsProcessors: [only], stoppingCriteria: [stop] };
    expect((await model.generate(options)).sequences).toEqual([[7, 8, 19, 19, 19, 19]]);
  });

  it('that throw end their own call alone', async () => {
    using model = gpt2();
    const broken = () => {
      throw new RangeError('mine');
    };
    const good = model.generate({ inputIds: [[7, 8]], maxNewTokens: 4 });
    await expect(model.generate({ inputIds: [[7, 8]], logitsProcessors: [broken] })).rejects.toThrow('mine');
    await expect(model.generate({ inputIds: [[7, 8]], stoppingCriteria: [broken] })).rejects.toThrow('mine');
    expect((await good).sequences).toHaveLength(1);
  });
});

it('ends rows with stop strings', async () => {
  using model = gpt2();
  const tokenizer = { decode: (ids: readonly number[]) => ids.map((id) => String.fromCharCode(97 + id)).join('') };
  const free = await model.generate({ inputIds: [[7, 8]], maxNewTokens: 8, eosTokenId: null });
  const [row] = free.sequences as [number[]];
  const stopStrings = tokenizer.decode(row.slice(3, 5));
  const { sequences } = await model.generate({
    inputIds: [[7, 8]],
    maxNewTokens: 8,
    eosTokenId: null,
    stopStrings,
    tokenizer,
  });
  expect(tokenizer.decode(sequences[0]!).indexOf(stopStrings)).toBe(sequences[0]!.length - 2);
  await expect(model.generate({ inputIds: [[7]], stopStrings: 'a' })).rejects.toThrow(/stopStrings needs a tokenizer/);
});

it('returns logits, scores and the cache on request', async () => {
  using model = gpt2();
  const options = { inputIds: [[7, 8], [9]], maxNewTokens: 3, eosTokenId: null };
  const asked = { outputLogits: true, outputScores: true, returnCache: true, repetitionPenalty: 3 };
  const { sequences, logits, scores, pastKeyValues } = await model.generate({ ...options, ...asked });
  expect([logits!.map((row) => row.length), scores![1]![2]!.length]).toEqual([[3, 3], 30]);
  expect(scores![0]![0]![7]).not.toBe(logits![0]![0]![7]);
  expect(pastKeyValues!.map(({ length }) => length)).toEqual([4, 3]);
  const last = sequences.map((row) => row.slice(-1));
  const on = model.forward({ inputIds: last, pastKeyValues: pastKeyValues! });
  const whole = model.forward({ inputIds: sequences, logitsToKeep: 1 });
  const [got, wanted] = await Promise.all([on.logits.data(), whole.logits.data()]);
  wanted.forEach((value, i) => expect(Number(got[i])).toBeCloseTo(Number(value), 4));
  for (const part of pastKeyValues!) part.dispose();
});

describe('a stream', () => {
  it('gives the tokens of generate, and ends the call with the iteration', async () => {
    using model = gpt2();
    const options = { inputIds: prompts, maxNewTokens: 10, doSample: true, seed: 8 };
    const { sequences } = await model.generate(options);
    const rows = prompts.map((prompt) => [...prompt]);
    const lasts: number[] = [];
    for await (const { row, token, isLast } of model.generateStream(options)) {
      rows[row]!.push(token);
      if (isLast) lasts.push(row);
    }
    expect(rows).toEqual(sequences);
    expect(lasts.sort()).toEqual([0, 1, 2, 3]);
    for await (const { token } of model.generateStream({ ...options, maxNewTokens: 50, eosTokenId: null })) {
      expect(token).toBeLessThan(30);
      break;
    }
    expect((await model.generate(options)).sequences).toEqual(sequences);
  });

  it('is refused for beam search', async () => {
    using model = gpt2();
    await expect(model.generateStream({ inputIds: [[7]], numBeams: 2 }).next()).rejects.toThrow(
      /beam search has nothing to stream, got numBeams 2/,
    );
  });
});

describe('a model of another element type', () => {
  it('writes as one that was never of the old one', async () => {
    using model = gpt2();
    using fresh = gpt2().to({ dtype: 'bf16' });
    const options = { inputIds: prompts, maxNewTokens: 4, eosTokenId: null };
    await model.generate(options);
    model.to({ dtype: 'bf16' });
    expect(await model.generate(options)).toEqual(await fresh.generate(options));
  });
});

describe('ends', () => {
  it('a call whose signal fires, and leaves others', async () => {
    using model = gpt2();
    const controller = new AbortController();
    const options = { inputIds: prompts, maxNewTokens: 50, eosTokenId: null };
    const others = model.generate(options);
    const call = model.generate({ ...options, signal: controller.signal });
    const beams = model.generate({ ...options, numBeams: 2, signal: controller.signal });
    const settled = Promise.allSettled([call, beams]);
    await nextTurn();
    await nextTurn();
    controller.abort();
    for (const each of await settled) expect(each).toMatchObject({ status: 'rejected', reason: { code: 'ABORTED' } });
    expect((await others).sequences.map((row) => row.length)).toEqual([53, 51, 56, 52]);
  });

  it('calls of a model that is disposed', async () => {
    const model = gpt2();
    const call = model.generate({ inputIds: prompts, maxNewTokens: 50, eosTokenId: null });
    await nextTurn();
    model.dispose();
    await expect(call).rejects.toMatchObject({ code: 'DISPOSED' });
  });
});

it('takes no memory that stays, over many calls and after those that fail', async () => {
  using model = gpt2();
  const broken = () => {
    throw new RangeError('mine');
  };
  const once = async (i: number) => {
    const controller = new AbortController();
    const stopped = model.generate({
      inputIds: prompts,
      maxNewTokens: 40,
      numBeams: i % 2 === 0 ? 1 : 2,
      signal: controller.signal,
    });
    const calls = [
      model.generate({ inputIds: prompts, maxNewTokens: 4, doSample: true, seed: i }),
      model.generate({ inputIds: prompts, maxNewTokens: 3, numBeams: 2 }),
      model.generate({ inputIds: prompts, maxNewTokens: 3, numBeams: 3, repetitionPenalty: 1.1 }),
      model.generate({ inputIds: prompts, logitsProcessors: [broken] }),
      model.generate({ inputIds: prompts, numBeams: 2, logitsProcessors: [broken] }),
      stopped,
    ];
    const settled = Promise.allSettled(calls);
    await nextTurn();
    controller.abort();
    expect((await settled).map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  };
  const live = async () => {
    await sync('cpu');
    const { liveBytes, liveTensors } = memory('cpu');
    return { liveBytes, liveTensors };
  };
  await model.generate({ inputIds: prompts });
  // Calls that the tests before have ended are through with their last step.
  await setTimeout(50);
  const before = await live();
  expect(before.liveTensors).toBeGreaterThan(0);
  for (let i = 0; i < 8; i++) await once(i);
  // The step under way when a call is ended is freed behind it.
  await expect.poll(live).toEqual(before);
});

describe('refuses', () => {
  const cases: [name: string, options: Record<string, unknown>, text: RegExp][] = [
    ['an unknown option', { maxNewToken: 3 }, /option must be one of .*did you mean "maxNewTokens"/],
    ['a rule that is broken', { topP: 2 }, /topP must be a number from 0 to 1, got 2/],
    [
      'fewer tokens than are to be written',
      { minNewTokens: 5, maxNewTokens: 3 },
      /minNewTokens must be at most maxNewTokens/,
    ],
    ['fewer tokens than the prompt has', { maxLength: 2 }, /maxLength must be above the prompt's 3 tokens, got 2/],
    ['sampled beams', { numBeams: 2, doSample: true }, /beam search does not sample/],
    ['more rows than beams', { numReturnSequences: 2 }, /numReturnSequences must be at most numBeams/],
    [
      'a prompt longer than the context',
      { inputIds: [Array(64).fill(7)] },
      /must be shorter than the model's 64 positions, got 64 tokens in row 0/,
    ],
    ['an empty prompt', { inputIds: [[]] }, /a prompt must have a token|must/],
    ['ids without a word', { inputIds: [[7, 30]] }, /inputIds must lie in the vocabulary of 30, got 30 in row 0/],
    ['words that there are not', { badWordsIds: [[40]] }, /badWordsIds must lie in the vocabulary of 30, got 40/],
    ['seeds for other rows', { doSample: true, seed: [1, 2] }, /seed must have one number per row, got 2 for 1/],
    ['what is no function', { logitsProcessors: ['no'] }, /logitsProcessors must be a list of functions/],
  ];
  it.each(cases)('%s', async (_, options, text) => {
    using model = gpt2();
    await expect(model.generate({ inputIds: [[7, 8, 9]], ...options })).rejects.toThrow(text);
  });

  it('a model without a head that writes', async () => {
    const sizes = { vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 };
    using model = AutoModel.fromConfig(new BertConfig(sizes), place);
    await expect(model.generate({ inputIds: [[1]] })).rejects.toMatchObject({ code: 'UNSUPPORTED_OP' });
    await expect(model.generate({ inputIds: [[1]] })).rejects.toThrow(
      /BertModel: a model must have a head that generates/,
    );
  });

  it('a source longer than the model takes', async () => {
    using model = t5();
    await expect(model.generate({ inputIds: [[]] })).rejects.toThrow(/a source must have a token, got none in row 0/);
  });
});
