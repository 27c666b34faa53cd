import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  AutoModelForCausalLM,
  AutoModelForSeq2SeqLM,
  BartConfig,
  GPT2Config,
  pipeline,
  trainByteLevelBpe,
} from '../../../lib/index.js';
import { goldenModel } from '../../models/golden_model.js';
import { argumentsOf, goldenOf, goldenTokenizer } from '../../pipelines/golden_pipelines.js';
import { runInProcess, runWith, temporaryFolder } from '../fixtures.js';
import { linesOf, writeRows } from '../tiny_task.js';

/** The folder of a golden's model; it goes with the test. */
async function folderOf(name: string): Promise<string> {
  const golden = goldenOf(name);
  const folder = temporaryFolder();
  using model = goldenModel(golden.class, golden, { device: 'cpu' });
  await model.savePretrained(folder);
  await (await goldenTokenizer(golden.tokenizer)).savePretrained(folder);
  return folder;
}

const CONTEXT = 'Alice Smith flew from Paris to New York on Monday.';

describe('gridstride run', () => {
  it('finds entities in the lines of a text, in order, as the pipeline does', async () => {
    const model = await folderOf('bert tokens');
    const texts = goldenOf('bert tokens')
      .cases.map(({ input }) => input!)
      .filter((text) => !/[\n\r]/.test(text));
    const input = path.join(model, 'texts.txt');
    await writeFile(input, texts.map((text) => `${text}\n`).join(''));
    const flags = ['--model', model, '--device', 'cpu', '--input', input];
    const { code, stdout, stderr } = await runInProcess('run', 'ner', ...flags, '--aggregation-strategy', 'max');
    expect([code, stderr]).toEqual([0, '']);
    using find = await pipeline('ner', model, { device: 'cpu' });
    const expected = await find(texts, { aggregationStrategy: 'max' });
    const found = linesOf(stdout) as unknown as typeof expected;
    expect(found.map((spans) => spans.map(({ start, end }) => [start, end]))).toEqual(
      expected.map((spans) => spans.map(({ start, end }) => [start, end])),
    );
  });

  it('answers questions of standard input, bad rows in their places', async () => {
    const model = await folderOf('distilbert answers');
    const rows = [
      { question: 'Who flew?', context: CONTEXT },
      { question: 'Who?', context: ' ' },
      { question: 'Who?' },
      { question: 'When?', context: CONTEXT },
    ];
    const stdin = rows.map((row) => JSON.stringify(row)).join('\n');
    const flags = ['run', 'question-answering', '--model', model, '--device', 'cpu', '--input', '-', '--top-k', '2'];
    const { code, stdout } = await runWith({ stdin }, ...flags, '--on-error', 'record');
    expect(code).toBe(0);
    const [first, second, third, fourth] = linesOf(stdout);
    expect([first, fourth].map(Array.isArray)).toEqual([true, true]);
    expect((first as unknown as { answer: string }[]).map(({ answer }) => CONTEXT.includes(answer))).toEqual([
      true,
      true,
    ]);
    expect(second).toEqual({
      error: 'the stream, row 2: question-answering: context must not be empty, got none',
    });
    expect(third).toEqual({ error: 'the stream:3: column context must be there, got question' });
    const stopped = await runWith({ stdin }, ...flags);
    expect(stopped).toMatchObject({ code: 2, stdout: '' });
  });

  it('names the row that ends a run', async () => {
    const model = await folderOf('bert words');
    const flags = ['run', 'fill-mask', '--model', model, '--device', 'cpu', '--input', '-'];
    const stdin = '{"text": "a [MASK]"}\n{"text": "no mask"}\n';
    expect(await runWith({ stdin }, ...flags)).toEqual({
      code: 2,
      stdout: '',
      stderr:
        "gridstride: the stream, row 2: fill-mask: a text must have a [MASK] among the model's tokens, got none\n",
    });
  });

  it('scores labels that are given as the golden does', async () => {
    const golden = goldenOf('bert entailment');
    const each = golden.cases[0]!;
    const [text, labels] = argumentsOf(each) as [string, string[]];
    const model = await folderOf('bert entailment');
    const input = writeRows(path.join(model, 'rows.jsonl'), [{ sentence: text }]);
    const flags = ['--model', model, '--device', 'cpu', '--input', input, '--text-column', 'sentence'];
    const { stdout } = await runInProcess(
      'run',
      'zero-shot-classification',
      ...flags,
      '--candidate-labels',
      labels.join(),
    );
    expect(linesOf(stdout)[0]!['labels']).toEqual((each.output as { labels: string[] }).labels);
    const logits = await runInProcess(
      'run',
      'text-classification',
      ...flags,
      '--top-k',
      '3',
      '--function-to-apply',
      'none',
    );
    expect(linesOf(logits.stdout)[0]).toHaveLength(3);
    const pooled = await runInProcess('run', 'feature-extraction', ...flags, '--pooling', 'mean');
    expect(linesOf(pooled.stdout)[0]).toHaveLength(24);
  });

  it('writes with the options of generation as flags', async () => {
    const folder = temporaryFolder();
    const tokenizer = await trainByteLevelBpe(['a b c'], { vocabSize: 260 });
    const sizes = { vocabSize: tokenizer.totalVocabSize, nEmbd: 8, nLayer: 1, nHead: 2, initializerRange: 0.5 };
    const ids = { bosTokenId: null, eosTokenId: null };
    using model = AutoModelForCausalLM.fromConfig(new GPT2Config({ ...sizes, ...ids }), { device: 'cpu', seed: 1 });
    await model.savePretrained(folder);
    await tokenizer.savePretrained(folder);
    const flags = ['--model', folder, '--device', 'cpu', '--input', '-', '--max-new-tokens', '4'];
    const stdin = '{"text": "a b"}\n{"text": "c"}\n';
    const { code, stdout, stderr } = await runWith({ stdin }, 'run', 'text-generation', ...flags);
    expect([code, stderr]).toEqual([0, '']);
    using write = await pipeline('text-generation', folder, { device: 'cpu' });
    expect(linesOf(stdout)).toEqual(await write(['a b', 'c'], { maxNewTokens: 4 }));
  });

  it('gives all texts that are written from one', async () => {
    const folder = temporaryFolder();
    const tokenizer = await trainByteLevelBpe(['a b c'], { vocabSize: 260 });
    const layers = { encoderLayers: 1, encoderAttentionHeads: 2, decoderLayers: 1, decoderAttentionHeads: 2 };
    const sizes = { vocabSize: tokenizer.totalVocabSize, dModel: 16, encoderFfnDim: 16, decoderFfnDim: 16 };
    const config = new BartConfig({ ...sizes, ...layers, maxPositionEmbeddings: 24, initStd: 0.5 });
    using model = AutoModelForSeq2SeqLM.fromConfig(config, { device: 'cpu', seed: 1 });
    await model.savePretrained(folder);
    await tokenizer.savePretrained(folder);
    const flags = ['--model', folder, '--device', 'cpu', '--input', '-', '--max-new-tokens', '4'];
    const several = ['--num-beams', '3', '--num-return-sequences', '2'];
    const stdin = '{"text": "a b"}\n{"text": "c"}\n';
    const { code, stdout } = await runWith({ stdin }, 'run', 'text2text-generation', ...flags, ...several);
    expect(code).toBe(0);
    using write = await pipeline('text2text-generation', folder, { device: 'cpu' });
    expect(linesOf(stdout).flat()).toEqual(
      await write(['a b', 'c'], { maxNewTokens: 4, numBeams: 3, numReturnSequences: 2 }),
    );
  });

  it.each<[string[], RegExp]>([
    [['run', 'nerr'], /unknown command 'nerr'/],
    [['run', 'ner', '--input', '-'], /run token-classification: --model must be given, got none/],
    [['run', 'zero-shot-classification', '--model', '.', '--input', '-'], /--candidate-labels must be given, got none/],
    [['run', 'fill-mask', '--stride', '3'], /unknown option '--stride'/],
    [['run', 'ner', '--aggregation-strategy', 'mean'], /must be one of none, simple, first, average, max/],
  ])('says what is wrong with %j in one line', async (args, message) => {
    const { code, stdout, stderr } = await runInProcess(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});
