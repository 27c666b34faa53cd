import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cudaDevice } from '../cuda.js';
import {
  AbortError,
  combineWindows,
  ConfigError,
  configure,
  DataError,
  DisposedError,
  memory,
  pipeline,
  type PipelineOptions,
  type PreTrainedTokenizer,
  QueueFullError,
  type SequenceClassifier,
  type TextClassificationPipeline,
  type TextInput,
  type WindowCombination,
} from '../../lib/index.js';
import { newClassifier, newTokenizer, TEXTS } from './tiny_classifier.js';

const LONG = 'the cat sat on the mat and looked at the money and win win win a cheap offer see you at noon for lunch';

let tokenizer: PreTrainedTokenizer;
let model: SequenceClassifier;
const classifier = (options: PipelineOptions = {}): Promise<TextClassificationPipeline> =>
  pipeline('text-classification', model, { tokenizer, ...options });

beforeAll(async () => {
  tokenizer = await newTokenizer();
  model = newClassifier(tokenizer);
});
afterAll(() => model.dispose());

/** Texts one after another, counted as they are read. */
function stream(count: number, seen = { read: 0 }): AsyncIterable<string> {
  return (async function* () {
    for (; seen.read < count; seen.read++) yield TEXTS[seen.read % TEXTS.length]!;
  })();
}

describe('calls at the same time', () => {
  it('share one batch, with the scores each text has alone to 1e-6', async () => {
    const classify = await classifier();
    const alone: number[] = [];
    for (const text of TEXTS) alone.push((await classify(text))[0]!.score);
    const before = classify.stats().batches;
    const shared = await Promise.all(Array.from({ length: 60 }, (_, i) => classify(TEXTS[i % TEXTS.length]!)));
    expect(classify.stats().batches - before).toBe(1);
    for (const [i, [best]] of shared.entries())
      expect(Math.abs(best!.score - alone[i % TEXTS.length]!)).toBeLessThan(1e-6);
  });

  it('may differ in every option, pairs among them', async () => {
    const classify = await classifier();
    const [raw, pair, short, all] = await Promise.all([
      classify(TEXTS[0]!, { functionToApply: 'none' }),
      classify({ text: 'see you', textPair: 'at noon' }),
      classify(TEXTS[2]!, { maxLength: 4 }),
      classify(TEXTS, { topK: 2 }),
    ]);
    expect(classify.stats().batches).toBe(1);
    expect(raw[0]!.score).toBeCloseTo((await classify(TEXTS[0]!, { functionToApply: 'none' }))[0]!.score, 4);
    expect(pair).not.toEqual(await classify('see you'));
    expect(short).not.toEqual(await classify(TEXTS[2]!));
    expect(all.map((labels) => (labels as unknown[]).length)).toEqual(TEXTS.map(() => 2));
  });

  it('do not suffer from one that is refused, fails or leaves', async () => {
    const classify = await classifier();
    const controller = new AbortController();
    const good = [classify(TEXTS[0]!), classify(TEXTS)] as const;
    const bad = [
      expect(classify(LONG, { truncation: false })).rejects.toThrow(
        /a text must have at most 16 tokens, got \d+; truncate it or give a stride/,
      ),
      expect(classify(7 as never)).rejects.toThrow(DataError),
      expect(classify(Array<string>(300).fill(TEXTS[1]!), { signal: controller.signal })).rejects.toThrow(AbortError),
    ];
    controller.abort();
    await Promise.all(bad);
    expect((await good[0])[0]).toEqual((await good[1])[0]);
    expect(classify.stats()).toMatchObject({ queued: 0, running: 0, callers: 0, completed: 7 });
  });

  it('do not suffer from a text with a token that the model lacks', async () => {
    const small = newClassifier(tokenizer, { vocabSize: tokenizer.convertTokensToIds('noon') });
    const classify = await pipeline('text-classification', small, { tokenizer });
    const settled = await Promise.allSettled(['win money', 'at noon', 'win', 'money'].map((text) => classify(text)));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect((settled[1] as PromiseRejectedResult).reason).toBeInstanceOf(DataError);
    small.dispose();
  });

  it('get their results where a batch is too large for the memory there is', async () => {
    const wide = newClassifier(tokenizer, { intermediateSize: 4096 });
    const classify = await pipeline('text-classification', wide, { tokenizer, maxBatchTokens: 8192 });
    const expected = await classify(TEXTS);
    configure({ memoryLimitBytes: memory('cpu').liveBytes + 24e6 });
    try {
      const found = await classify(Array.from({ length: 600 }, (_, i) => TEXTS[i % TEXTS.length]!));
      expect(classify.stats().halved).toBeGreaterThan(0);
      for (const [i, { label }] of found.entries()) expect(label).toBe(expected[i % TEXTS.length]!.label);
    } finally {
      configure({ memoryLimitBytes: 0 });
      wide.dispose();
    }
  });

  it('are answered within a batch or two while another has very many texts', async () => {
    const classify = await classifier({ maxBatchTokens: 256 });
    const controller = new AbortController();
    const bulk = Array<string>(50_000).fill(TEXTS[2]!);
    const ended = expect(classify(bulk, { signal: controller.signal })).rejects.toThrow(AbortError);
    while (classify.stats().batches < 3) await sleep(1);
    const before = classify.stats().batches;
    await classify(TEXTS[0]!);
    // What ran when it came, and while it was tokenized, and its own.
    expect(classify.stats().batches - before).toBeLessThanOrEqual(6);
    controller.abort();
    await ended;
  });
});

describe('a queue that is full', () => {
  it('refuses a call with QueueFullError, counts it, and takes the next one when there is room', async () => {
    const classify = await classifier({ maxQueue: 2 });
    const calls = [0, 1, 2, 3].map((i) => classify(TEXTS[i]!));
    const settled = await Promise.allSettled(calls);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect((settled[3] as PromiseRejectedResult).reason).toBeInstanceOf(QueueFullError);
    expect(classify.stats()).toMatchObject({ rejected: 2, completed: 2, queued: 0 });
    expect(await classify(TEXTS)).toHaveLength(TEXTS.length);
  });
});

describe('a stream of texts', () => {
  it('gives what the list of them gives, in order', async () => {
    const classify = await classifier();
    const found = [];
    for await (const each of classify(stream(50))) found.push(each);
    const texts = Array.from({ length: 50 }, (_, i) => TEXTS[i % TEXTS.length]!);
    const expected = await classify(texts);
    expect(found.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
    const two = [];
    for await (const each of classify(new Set(TEXTS), { topK: 2 })) two.push(each);
    expect(two).toHaveLength(TEXTS.length);
    expect(two[0]).toHaveLength(2);
  });

  it('is read no further ahead than 1,024 texts', async () => {
    const classify = await classifier();
    const seen = { read: 0 };
    const results = classify(stream(100_000, seen));
    await results.next();
    while (classify.stats().completed < 500) await sleep(5);
    await sleep(20);
    expect(seen.read).toBeLessThanOrEqual(1026);
    await results.return();
    expect(classify.stats()).toMatchObject({ callers: 0, queued: 0 });
  });

  it('ends with its error in its place, or with AbortError at once', async () => {
    const classify = await classifier();
    const bad: TextInput[] = ['win', 'money', 3 as never, 'now'];
    let count = 0;
    const all = async (): Promise<void> => {
      for await (const _ of classify(bad.values())) count += 1;
    };
    await expect(all()).rejects.toThrow(/must be a string or \{ text, textPair \} of strings, got number/);
    expect(count).toBe(2);
    const controller = new AbortController();
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const next = classify(silent, { signal: controller.signal }).next();
    setTimeout(() => controller.abort(), 5);
    await expect(next).rejects.toThrow(AbortError);
    await expect(classify(stream(3), { topk: 1 } as never).next()).rejects.toThrow(/did you mean "topK"/);
  });
});

describe('a long text', () => {
  const combinations: WindowCombination[] = ['mean', 'max', 'length', 'first'];
  it.each(combinations)('is computed in windows, combined by %s as combineWindows does it', async (combination) => {
    const classify = await classifier();
    const window = { maxLength: 12, stride: 3 };
    const overflow = { truncation: true, returnOverflowingTokens: true };
    const { inputIds: windows, newTokens: weights } = await tokenizer(LONG, { ...window, ...overflow });
    expect(windows.length).toBeGreaterThan(2);
    const logits: number[][] = [];
    for (const inputIds of windows) {
      using outputs = model.forward({ inputIds: [inputIds] });
      logits.push(Array.from((await outputs.logits.data()) as Float32Array));
    }
    const [expected] = combineWindows(logits, new Int32Array(windows.length), { combination, weights: weights! });
    const options = { ...window, combination, topK: null, functionToApply: 'none' } as const;
    const [found] = (await classify([LONG], options)) as unknown as { label: string; score: number }[][];
    for (const { label, score } of found!) expect(score).toBeCloseTo(expected![model.config.label2id[label]!]!, 5);
    expect(await classify(TEXTS[0]!, { stride: 3 })).toEqual(await classify(TEXTS[0]!));
  });

  it('of a million characters does not hold others up', async () => {
    const classify = await classifier();
    const text = `${LONG} `.repeat(10_000);
    const controller = new AbortController();
    const ended = expect(classify(text, { stride: 2, signal: controller.signal })).rejects.toThrow(AbortError);
    while (classify.stats().batches < 2) await sleep(1);
    await classify(TEXTS[0]!);
    controller.abort();
    await ended;
    expect(classify.stats()).toMatchObject({ completed: 1, cancelled: 1, queued: 0 });
  });

  it('takes options that fit one another alone', async () => {
    const classify = await classifier();
    await expect(classify('a', { combination: 'max' })).rejects.toThrow(/needs a stride/);
    await expect(classify('a', { combination: 'sum' as never, stride: 1 })).rejects.toThrow(/mean, max, length, first/);
    await expect(classify('a', { stride: 16 })).rejects.toThrow(/stride must be an integer from 0 below maxLength 16/);
    await expect(classify('a', { stride: 2, truncation: true })).rejects.toThrow(/exclude each other/);
    await expect(classify('a', { truncation: 1 as never })).rejects.toThrow(/truncation must be true or false/);
    await expect(classify(LONG, { stride: 2, maxLength: 3 })).rejects.toThrow(ConfigError);
  });
});

describe('a pipeline', () => {
  it('refuses limits that are none', async () => {
    await expect(classifier({ maxBatchTokens: 0 })).rejects.toThrow(/maxBatchTokens must be an integer from 1/);
    await expect(classifier({ maxWaitMs: -1 })).rejects.toThrow(/maxWaitMs must be a number from 0/);
    await expect(classifier({ maxQueue: 1.5 })).rejects.toThrow(ConfigError);
    await expect(classifier({ maxqueue: 5 } as never)).rejects.toThrow(/did you mean "maxQueue"/);
  });

  it('ends calls under way when it is disposed, and leaves no tensor behind', async () => {
    const before = memory('cpu').liveTensors;
    const classify = await classifier();
    const call = expect(classify(Array<string>(2000).fill(TEXTS[2]!))).rejects.toThrow(DisposedError);
    const results = classify(stream(100_000));
    await results.next();
    classify.dispose();
    await call;
    await expect(results.next()).rejects.toThrow(DisposedError);
    await expect(classify(stream(1)).next()).rejects.toThrow(DisposedError);
    while (memory('cpu').liveTensors > before) await sleep(1);
  });

  it('tells what it does', async () => {
    const classify = await classifier();
    const pending = classify(TEXTS);
    await sleep(0);
    const during = classify.stats();
    expect(during.queued + during.running + during.completed).toBeGreaterThan(0);
    await pending;
    const stats = classify.stats();
    const { inputIds } = await tokenizer(TEXTS);
    const tokens = inputIds.reduce((sum, ids) => sum + ids.length, 0);
    expect(stats).toMatchObject({ completed: 6, batches: 1, tokens, meanBatchTokens: tokens, failed: 0, cancelled: 0 });
    expect(stats.tokensPerSecond).toBeGreaterThan(0);
    expect(stats.latencyMs.p50).toBeGreaterThanOrEqual(stats.waitMs.p50);
  });
});

describe.skipIf(cudaDevice === undefined)('on cuda', () => {
  it('gives the labels and scores of the CPU, callers sharing batches', async () => {
    const copy = newClassifier(tokenizer, {}, cudaDevice);
    const classify = await pipeline('text-classification', copy, { tokenizer, maxBatchTokens: 24 });
    const expected = await (await classifier())(TEXTS);
    const [list, ...singles] = await Promise.all([classify(TEXTS), ...TEXTS.map((text) => classify(text))]);
    for (const [i, { label, score }] of expected.entries()) {
      expect([list![i]!.label, singles[i]![0]!.label]).toEqual([label, label]);
      expect(Math.abs(list![i]!.score - score)).toBeLessThan(1e-4);
    }
    const long = await classify(LONG, { stride: 2, combination: 'length' });
    expect(long[0]!.label).toBe((await (await classifier())(LONG, { stride: 2, combination: 'length' }))[0]!.label);
    copy.dispose();
  });
});
