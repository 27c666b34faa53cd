import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  AutoModelForCausalLM,
  ConfigError,
  DataError,
  type FillMaskPipeline,
  GPT2Config,
  memory,
  pipeline,
  type QuestionAnsweringPipeline,
  type TokenClassificationPipeline,
  trainByteLevelBpe,
  type ZeroShotClassificationPipeline,
} from '../../lib/index.js';
import { goldenModel } from '../models/golden_model.js';
import { type AnyPipeline, goldenOf, goldenPipeline, goldenTokenizer } from './golden_pipelines.js';
import { newClassifier, newTokenizer } from './tiny_classifier.js';

const open = async <Made>(name: string): Promise<Made> => (await goldenPipeline(goldenOf(name))) as unknown as Made;
const entitiesPipe = () => open<TokenClassificationPipeline>('bert tokens');
const answersPipe = () => open<QuestionAnsweringPipeline>('distilbert answers');
const wordsPipe = () => open<FillMaskPipeline>('bert words');
const entailmentPipe = () => open<ZeroShotClassificationPipeline>('bert entailment');

const CONTEXT = 'Alice Smith flew from Paris to New York on Monday.';

describe('token-classification', () => {
  it('gives spans that are the text of their entities, of texts, lists and streams alike', async () => {
    const find = await entitiesPipe();
    const options = { aggregationStrategy: 'simple', ignoreLabels: [] } as const;
    const one = await find(CONTEXT, options);
    expect(one.map(({ start, end }) => CONTEXT.slice(start, end).toLowerCase())).toEqual(one.map(({ word }) => word));
    expect(await find([CONTEXT, 'Paris'], options)).toHaveLength(2);
    const streamed: unknown[] = [];
    for await (const each of find(new Set([CONTEXT]), options)) streamed.push(...each);
    expect(streamed).toHaveLength(one.length);
  });

  it('finds in a long text, in windows, what it finds of each token once', async () => {
    const find = await entitiesPipe();
    const long = `${CONTEXT} `.repeat(200);
    const spans = await find(long, { aggregationStrategy: 'first', ignoreLabels: [], stride: 8 });
    expect(spans.at(-1)!.end).toBe(long.trimEnd().length);
    spans.slice(1).forEach(({ start }, i) => expect(start).toBeGreaterThanOrEqual(spans[i]!.end));
  });

  it.each<[object, RegExp]>([
    [{ aggregationStrategy: 'mean' }, /aggregationStrategy must be one of none, simple, first, average, max, got mean/],
    [{ stride: 4 }, /stride needs an aggregationStrategy, got none/],
    [{ ignoreLabels: 'O' }, /ignoreLabels must be a list of names, got O/],
    [{ aggregationStrategi: 'max' }, /did you mean "aggregationStrategy"/],
  ])('refuses %j', async (options, message) => {
    const find = await entitiesPipe();
    await expect(find(CONTEXT, options)).rejects.toThrow(message);
    await expect(find(CONTEXT, options)).rejects.toThrow(ConfigError);
  });
});

describe('question-answering', () => {
  it('takes questions and contexts apart, in objects, in lists and in streams', async () => {
    const answer = await answersPipe();
    const expected = await answer('Who flew?', CONTEXT);
    expect(expected.answer).toBe(CONTEXT.slice(expected.start, expected.end));
    const input = { question: 'Who flew?', context: CONTEXT };
    const streamed: unknown[] = [];
    for await (const each of answer(new Set([input]))) streamed.push(each);
    const lists = await answer(['Who flew?', 'When?'], CONTEXT);
    for (const each of [await answer(input), (await answer([input]))[0], streamed[0], lists[0]])
      expect(each).toMatchObject({ answer: expected.answer, start: expected.start });
    expect(await answer(['Who flew?'], [CONTEXT], { topK: 3 })).toMatchObject([[{}, {}, {}]]);
  });

  it('finds an answer at the end of a context of many windows', async () => {
    const answer = await answersPipe();
    const long = `${'Nothing is said here. '.repeat(300)}${CONTEXT}`;
    const all = (await answer('Who flew?', long, { topK: 10_000, maxAnswerLen: 1 })) as {
      end: number;
      answer: string;
    }[];
    expect(all.find(({ answer: text }) => text === 'Monday')!.end).toBe(long.length - 1);
    expect(new Set(all.map(({ answer: text }) => text.toLowerCase())).size).toBe(all.length);
  });

  it.each<[unknown[], RegExp]>([
    [['Who?', ''], /context must not be empty/],
    [[' ', CONTEXT], /question must not be empty/],
    [[[{ question: 'Who?', context: CONTEXT }, { question: 'Who?' }]], /got { question } at index 1/],
    [[['Who?', 'When?'], [CONTEXT]], /a context for each question, got 2 and 1/],
    [['Who?'], /must be { question, context } of strings, got string/],
    [['Who?', '\u0000\u0001'], /context must hold a token, got none/],
  ])('refuses %j', async (inputs, message) => {
    const answer = (await answersPipe()) as unknown as AnyPipeline;
    await expect(answer(...inputs)).rejects.toThrow(message);
    await expect(answer(...inputs)).rejects.toThrow(DataError);
  });

  it.each<[object, RegExp]>([
    [{ topK: 0 }, /topK must be an integer from 1/],
    [{ maxAnswerLen: 1.5 }, /maxAnswerLen must be an integer from 1/],
    [{ handleImpossibleAnswer: 'yes' }, /handleImpossibleAnswer must be true or false/],
    [{ maxLength: 41 }, /maxLength must be an integer from 1 to the model's 40, got 41/],
    [{ docStride: 3 }, /did you mean "stride"/],
  ])('refuses options %j', async (options, message) => {
    const answer = await answersPipe();
    await expect(answer('Who?', CONTEXT, options)).rejects.toThrow(message);
  });
});

describe('fill-mask', () => {
  it('shares a batch between calls with and without targets, and leaves no tensor behind', async () => {
    const fill = await wordsPipe();
    const text = 'Alice [MASK] to Paris.';
    const before = memory('cpu').liveTensors;
    const [few, many, named] = await Promise.all([
      fill(text, { topK: 1, singleMask: true }),
      fill(text, { topK: 1000, singleMask: true }),
      fill(text, { targets: ['from'], singleMask: true }),
    ]);
    expect(few).toEqual(many.slice(0, 1));
    expect(many.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 4);
    expect(named[0]!.score).toBeCloseTo(many.find(({ token_str }) => token_str === 'from')!.score, 6);
    expect(fill.stats().batches).toBe(1);
    expect(memory('cpu').liveTensors).toBeLessThanOrEqual(before);
  });

  it.each<[string, object, RegExp]>([
    ['no mask', {}, /must have a \[MASK\] among the model's tokens, got none/],
    ['[MASK] or [MASK]', { singleMask: true }, /must have one \[MASK\] among the model's tokens, got 2/],
    [`${'Alice '.repeat(60)}[MASK]`, {}, /must have a \[MASK\]/],
  ])('refuses %j with %j', async (text, options, message) => {
    const fill = await wordsPipe();
    const good = fill('a [MASK]');
    await expect(fill(text, options)).rejects.toThrow(message);
    await expect(fill(text, options)).rejects.toThrow(DataError);
    expect(await good).toHaveLength(5);
  });

  it.each<[object, RegExp]>([
    [{ targets: [] }, /targets must be one word or more/],
    [{ targets: [' '] }, /targets must be words of a token, got " "/],
    [{ topK: 0 }, /topK must be an integer from 1/],
    [{ stride: 4 }, /option must be one of/],
  ])('refuses options %j', async (options, message) => {
    const fill = await wordsPipe();
    await expect(fill('a [MASK]', options)).rejects.toThrow(message);
  });
});

describe('zero-shot-classification', () => {
  it('gives each text of a list or a stream all labels, of the pairs of all texts in few batches', async () => {
    const classify = await entailmentPipe();
    const labels = ['travel', 'food', 'money'];
    const all = await classify([CONTEXT, 'lunch?'], labels, { hypothesisTemplate: '{} $& {}' });
    expect(all.map(({ sequence }) => sequence)).toEqual([CONTEXT, 'lunch?']);
    expect([...all[1]!.labels].sort()).toEqual(['food', 'money', 'travel']);
    expect(all[0]!.scores.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    expect(classify.stats().batches).toBe(1);
    const streamed: string[] = [];
    for await (const { labels: best } of classify(new Set(['lunch?']), labels)) streamed.push(best[0]!);
    expect(streamed).toHaveLength(1);
  });

  it.each<[unknown, object, RegExp]>([
    [[], {}, /candidateLabels must be one label or more, got none/],
    [' , ', {}, /candidateLabels must be one label or more/],
    [undefined, {}, /candidateLabels must be one label or more, got undefined/],
    ['food', { hypothesisTemplate: 'It is.' }, /must be a text with {} for the label, got "It is\."/],
    ['food', { multiLabel: 1 }, /multiLabel must be true or false, got 1/],
  ])('refuses labels %j with %j', async (labels, options, message) => {
    const classify = await entailmentPipe();
    await expect(classify('lunch?', labels as string, options)).rejects.toThrow(message);
    await expect(classify('lunch?', labels as string, options)).rejects.toThrow(ConfigError);
  });

  it('needs a model that has a label for entailment', async () => {
    const tokenizer = await newTokenizer();
    using model = newClassifier(tokenizer);
    const made = pipeline('zero-shot-classification', model, { tokenizer });
    await expect(made).rejects.toThrow(/a label that begins with "entail", and another, got ham, spam, other/);
  });
});

describe('a task that a model has no head for', () => {
  it('is refused, of a model in memory, with the tasks it has one for', async () => {
    const tokenizer = await goldenTokenizer('bert');
    using model = goldenModel('BertForMaskedLM', goldenOf('bert words'), { device: 'cpu' });
    const made = pipeline('ner', model as never, { tokenizer });
    await expect(made).rejects.toThrow(/ner needs a model with a head for it, got BertForMaskedLM, .* fill-mask$/);
  });

  it('is refused, of a folder, and leaves nothing behind', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'gridstride-heads-'));
    try {
      const tokenizer = await goldenTokenizer('bert');
      using model = goldenModel('BertForMaskedLM', goldenOf('bert words'), { device: 'cpu' });
      await model.savePretrained(folder);
      const open = () => pipeline('question-answering', folder, { tokenizer, device: 'cpu' });
      // The first load makes the process's default generator, which stays.
      await open().catch(() => undefined);
      const before = memory('cpu').liveTensors;
      const made = open();
      const rule = /question-answering needs trained weights of its head \(qa_outputs\.weight\), got BertForMaskedLM/;
      await expect(made).rejects.toThrow(rule);
      await expect(made).rejects.toThrow(/which is for feature-extraction, fill-mask$/);
      expect(memory('cpu').liveTensors).toBeLessThanOrEqual(before);
      const bpe = await trainByteLevelBpe(['a b'], { vocabSize: 260 });
      const sizes = { vocabSize: bpe.totalVocabSize, nEmbd: 8, nLayer: 1, nHead: 2 };
      using decoder = AutoModelForCausalLM.fromConfig(new GPT2Config(sizes), { device: 'cpu' });
      await decoder.savePretrained(folder);
      const none = pipeline('fill-mask', folder, { tokenizer: bpe, device: 'cpu' });
      await expect(none).rejects.toThrow(/for this task, got gpt2, which has .*GPT2ForTokenClassification/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
