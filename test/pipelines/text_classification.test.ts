import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AbortError,
  ConfigError,
  DataError,
  DisposedError,
  memory,
  pipeline,
  type PreTrainedTokenizer,
  type SequenceClassifier,
  TokenizerError,
} from '../../lib/index.js';
import { sharedPath } from '../shared.js';
import { newClassifier, newTokenizer, TEXTS } from './tiny_classifier.js';

let tokenizer: PreTrainedTokenizer;
let model: SequenceClassifier;

async function logitsOf(text: string): Promise<number[]> {
  const { inputIds } = tokenizer.encode(text, { truncation: true, maxLength: 16 });
  using outputs = model.forward({ inputIds: [inputIds] });
  return Array.from((await outputs.logits.data()) as Float32Array);
}

function softmax(logits: readonly number[]): number[] {
  const powers = logits.map((x) => Math.exp(x));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((x) => x / total);
}

beforeAll(async () => {
  tokenizer = await newTokenizer();
  model = newClassifier(tokenizer);
});
afterAll(() => model.dispose());

describe('text-classification', () => {
  it('gives each text its best label in the order of the texts', async () => {
    const classify = await pipeline('text-classification', model, { tokenizer });
    const found = await classify(TEXTS);
    expect(found).toHaveLength(TEXTS.length);
    for (const [i, text] of TEXTS.entries()) {
      const expected = softmax(await logitsOf(text));
      const best = expected.indexOf(Math.max(...expected));
      expect(found[i]!.label).toBe(['ham', 'spam', 'other'][best]);
      expect(found[i]!.score).toBeCloseTo(expected[best]!, 5);
    }
  });

  it('gives one text a list, and every label when topK is null, best first', async () => {
    const classify = await pipeline('sentiment-analysis', model, { tokenizer });
    const expected = softmax(await logitsOf(TEXTS[2]!));
    const [best] = await classify(TEXTS[2]!);
    expect(best!.score).toBeCloseTo(Math.max(...expected), 5);
    const all = await classify(TEXTS[2]!, { topK: null });
    const scores = all.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    const two = await classify(TEXTS, { topK: 2 });
    expect(two).toHaveLength(TEXTS.length);
    const [first, second] = two[2] as unknown as typeof all;
    expect([first!.label, second!.label]).toEqual(all.slice(0, 2).map(({ label }) => label));
    expect(first!.score).toBeCloseTo(scores[0]!, 6);
  });

  it('gives the same whatever the batches hold', async () => {
    const classify = await pipeline('text-classification', model, { tokenizer });
    const many = Array.from({ length: 1100 }, (_, i) => TEXTS[i % TEXTS.length]!);
    const whole = await classify(many);
    const single = await pipeline('text-classification', model, { tokenizer, maxBatchTokens: 1 });
    const cut = await single(many.slice(0, 50));
    for (const [i, { label, score }] of cut.entries()) {
      expect(label).toBe(whole[i]!.label);
      expect(score).toBeCloseTo(whole[i]!.score, 5);
    }
    expect(whole[1000]!.label).toBe(whole[1000 % TEXTS.length]!.label);
  });

  it('applies the function of the problem, or the one asked for', async () => {
    const logits = await logitsOf(TEXTS[0]!);
    const classify = await pipeline('text-classification', model, { tokenizer });
    const options = { topK: null } as const;
    const raw = await classify(TEXTS[0]!, { ...options, functionToApply: 'none' });
    expect(raw[0]!.score).toBeCloseTo(Math.max(...logits), 5);
    const several = newClassifier(tokenizer, { problemType: 'multi_label_classification' });
    const each = await (await pipeline('text-classification', several, { tokenizer }))(TEXTS[0]!, options);
    expect(each[0]!.score).toBeCloseTo(1 / (1 + Math.exp(-Math.max(...logits))), 5);
    const number = newClassifier(tokenizer, { problemType: 'regression' });
    const plain = await (await pipeline('text-classification', number, { tokenizer }))(TEXTS[0]!, options);
    expect(plain).toEqual(raw);
    several.dispose();
    number.dispose();
  });

  it('takes pairs, and refuses a mixture of pairs and texts', async () => {
    const classify = await pipeline('text-classification', model, { tokenizer });
    const [paired] = await classify([{ text: 'see you', textPair: 'at noon' }], { topK: null });
    const [single] = await classify([{ text: 'see you' }], { topK: null });
    expect(paired).not.toEqual(single);
    const mixed = classify([{ text: 'see you', textPair: 'at noon' }, 'lunch?']);
    await expect(mixed).rejects.toThrow(/either every input has a textPair or none/);
    await expect(classify(['fine', 3 as never])).rejects.toThrow(DataError);
  });

  it('cuts texts at the model limit, and refuses them when told not to', async () => {
    const classify = await pipeline('text-classification', model, { tokenizer });
    const long = 'win money now '.repeat(100);
    expect((await classify(long))[0]!.score).toBeCloseTo(Math.max(...softmax(await logitsOf(long))), 5);
    await expect(classify(long, { truncation: false })).rejects.toThrow(/at most 16 tokens/);
    await expect(classify(long, { maxLength: 17 })).rejects.toThrow(/maxLength must be an integer from 1 to .* 16/);
  });

  it('gives an empty list for no texts', async () => {
    const classify = await pipeline('text-classification', model, { tokenizer });
    expect(await classify([])).toEqual([]);
  });

  it('stops when its signal fires, and after dispose', async () => {
    const classify = await pipeline('text-classification', model, { tokenizer });
    const controller = new AbortController();
    const many = classify(new Array<string>(20_000).fill(TEXTS[2]!), { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    await expect(many).rejects.toThrow(AbortError);
    classify.dispose();
    await expect(classify('lunch?')).rejects.toThrow(DisposedError);
    // The model was the caller's.
    expect(await logitsOf('lunch?')).toHaveLength(3);
  });

  it('leaves no tensor behind', async () => {
    const classify = await pipeline('text-classification', model, { tokenizer, maxBatchTokens: 8 });
    const before = memory('cpu').liveTensors;
    await classify(TEXTS);
    expect(memory('cpu').liveTensors).toBeLessThanOrEqual(before);
  });

  it('refuses unknown options and values', async () => {
    const classify = await pipeline('text-classification', model, { tokenizer });
    await expect(classify('a', { topk: 2 } as never)).rejects.toThrow(/did you mean "topK"/);
    await expect(classify('a', { topK: 0 })).rejects.toThrow(ConfigError);
    await expect(classify('a', { functionToApply: 'tanh' as never })).rejects.toThrow(/softmax, sigmoid, none/);
    await expect(classify('a', { maxBatchTokens: 8 } as never)).rejects.toThrow(ConfigError);
  });
});

describe('pipeline', () => {
  it('names the tasks there are when it does not know one', async () => {
    const wrong = pipeline('text-clasification' as never, 'nowhere');
    await expect(wrong).rejects.toThrow(/text-classification, sentiment-analysis.*did you mean "text-classification"/);
    await expect(wrong).rejects.toThrow(ConfigError);
  });

  it('refuses a model without tokenizer, unknown options, an absent folder and an aborted signal', async () => {
    await expect(pipeline('text-classification', model)).rejects.toThrow(/needs a tokenizer/);
    await expect(pipeline('text-classification', model, { divice: 'cpu' } as never)).rejects.toThrow(/"device"/);
    await expect(pipeline('text-classification', '/nowhere')).rejects.toThrow(TokenizerError);
    const signal = AbortSignal.abort();
    await expect(pipeline('text-classification', '/nowhere', { signal })).rejects.toThrow(AbortError);
  });

  it('loads a folder and frees what it loaded', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gridstride-pipeline-'));
    try {
      await model.savePretrained(folder);
      await tokenizer.savePretrained(folder);
      // The first load makes the process's default generator, which stays.
      (await pipeline('text-classification', folder, { device: 'cpu' })).dispose();
      const before = memory('cpu').liveTensors;
      const classify = await pipeline('text-classification', folder, { device: 'cpu' });
      const [found] = await classify(TEXTS[2]!);
      expect(found!.score).toBeCloseTo(Math.max(...softmax(await logitsOf(TEXTS[2]!))), 5);
      classify.dispose();
      classify.dispose();
      expect(memory('cpu').liveTensors).toBeLessThanOrEqual(before);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.skipIf(sharedPath('models/bert-ticket-classifier-tiny') === undefined)(
    'labels a ticket as Python does with a real checkpoint',
    async () => {
      using classify = await pipeline('text-classification', sharedPath('models/bert-ticket-classifier-tiny')!);
      const [found] = await classify('I cannot log in, my password reset link has expired.');
      expect(found!.label).toBe('login_issue');
      expect(found!.score).toBeCloseTo(0.9991, 4);
    },
  );
});
