import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AutoModel, AutoTokenizer, BertConfig, Dataset, pipeline } from '../../../lib/index.js';
import { runInProcess, runWith } from '../fixtures.js';
import { linesOf, REVIEWS, trainTiny, writeRows } from '../tiny_task.js';

let folder: string;
let model: string;
let data: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gridstride_classify_'));
  data = writeRows(path.join(folder, 'reviews.jsonl'), REVIEWS);
  model = path.join(folder, 'out');
  expect(await trainTiny(folder, data, '--num-train-epochs', '8')).toMatchObject({ code: 0 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('gridstride predict', () => {
  it('labels each text in order, as the pipeline does', async () => {
    using classify = await pipeline('text-classification', model, { device: 'cpu' });
    const expected = await classify(REVIEWS.map(({ text }) => text));
    const { code, stdout, stderr } = await runInProcess('predict', '--model', model, '--input', data);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = linesOf(stdout);
    expect(lines.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
    for (const [i, { score }] of lines.entries())
      expect(Math.abs((score as number) - expected[i]!.score)).toBeLessThan(1e-5);
    expect(Object.keys(lines[0]!)).toEqual(['label', 'score']);
  });

  it('gives the best labels of each with --top-k, also of texts on standard input', async () => {
    const flags = ['predict', '--model', model, '--input', '-', '--top-k', '2'];
    const { stdout } = await runWith(
      { stdin: 'this film is great\n\nthis book is awful' },
      ...flags,
      '--format',
      'text',
    );
    const [first, , third] = linesOf(stdout) as { labels: { label: string; score: number }[] }[];
    expect(first!.labels.map(({ label }) => label)).toEqual(['good', 'poor']);
    expect(third!.labels.map(({ label }) => label)).toEqual(['poor', 'good']);
    expect(first!.labels[0]!.score + first!.labels[1]!.score).toBeCloseTo(1, 6);
  });

  it('stops at a bad row with its line number, after the rows before it, or records what is wrong', async () => {
    const stdin = '{"text":"this film is great"}\n\n{"text":5}\n{"txt":"a"}\nnonsense\n{"text":"this book is awful"}\n';
    const flags = ['predict', '--model', model, '--input', '-'];
    const stopped = await runWith({ stdin }, ...flags);
    expect(stopped).toMatchObject({
      code: 2,
      stderr: 'gridstride: the stream:3: column text must hold texts, got 5\n',
    });
    expect(linesOf(stopped.stdout)).toMatchObject([{ label: 'good' }]);
    const recorded = await runWith({ stdin }, ...flags, '--on-error', 'record');
    expect(recorded).toMatchObject({ code: 0, stderr: '' });
    expect(linesOf(recorded.stdout)).toMatchObject([
      { label: 'good' },
      { error: 'the stream:3: column text must hold texts, got 5' },
      { error: 'the stream:4: column text must be there, got txt (did you mean "txt"?)' },
      { error: 'the stream:5: a line must be valid JSON, got malformed text' },
      { label: 'poor' },
    ]);
  });

  it('records what is wrong with rows of a file whose format names no lines', async () => {
    const file = path.join(folder, 'holes.parquet');
    await Dataset.fromArray([{ text: 'this film is great' }, { text: null }, { text: 'a book' }]).toParquet(file);
    const flags = ['predict', '--model', model, '--input', file];
    const error = `${file}: record 2: column text must hold texts, got null`;
    expect(await runInProcess(...flags)).toMatchObject({ code: 2, stderr: `gridstride: ${error}\n` });
    const recorded = await runInProcess(...flags, '--on-error', 'record');
    expect(recorded).toMatchObject({ code: 0, stderr: '' });
    expect(linesOf(recorded.stdout)).toMatchObject([{ label: 'good' }, { error }, { score: expect.any(Number) }]);
  });

  it('records CSV rows with stray quotes or of another encoding in their places', async () => {
    const file = path.join(folder, 'stray.csv');
    const rows = ['this film is great', 'this "film" is', '"this" film', 'gr\xe4t', 'this book is awful'];
    writeFileSync(file, `text\n${rows.join('\n')}\n`, 'latin1');
    const flags = ['predict', '--model', model, '--input', file];
    const rule = 'a field with quotes in it must be quoted itself (option quote), got a quote inside a plain field';
    const stopped = await runInProcess(...flags);
    expect(stopped).toMatchObject({ code: 2, stderr: `gridstride: ${file}:3: ${rule}\n` });
    expect(linesOf(stopped.stdout)).toMatchObject([{ label: 'good' }]);
    const recorded = await runInProcess(...flags, '--on-error', 'record');
    expect(recorded).toMatchObject({ code: 0, stderr: '' });
    expect(linesOf(recorded.stdout)).toMatchObject([
      { label: 'good' },
      { error: `${file}:3: ${rule}` },
      { error: `${file}:4: a closing quote must end its field, got more text after it` },
      { error: `${file}:5: the text must be utf-8 (option encoding), got other bytes` },
      { label: 'poor' },
    ]);
  });

  it('ends in order when a signal comes', async () => {
    const controller = new AbortController();
    controller.abort('SIGTERM');
    const { code, stderr } = await runWith({ signal: controller.signal }, 'predict', '--model', model, '--input', data);
    expect({ code, stderr }).toEqual({
      code: 143,
      stderr: expect.stringMatching(/^gridstride: .*aborted.*SIGTERM\n$/) as string,
    });
  });

  it.each([
    [['--model', 'nowhere'], 'predict: nowhere must be a folder or in the cache, got neither'],
    [['--input', 'none.jsonl'], 'none.jsonl: the file must be readable, got ENOENT'],
    [['--format', 'xml'], "'--format <value>' argument 'xml' is invalid. must be one of csv, tsv"],
    [['--dtype', 'f8'], 'must be one of auto, f32, bf16, f16'],
    [
      ['--threshold', '0.4'],
      'predict: --threshold needs a model of several labels a text, got one of one label a text',
    ],
    [['--top-k', '2', '--threshold', '0.4'], 'predict: --top-k and --threshold exclude each other, got both'],
    [['--max-length', '1000'], "predict: --max-length must be at most the model's 32, got 1000"],
    [['--topk', '2'], "unknown option '--topk' (Did you mean --top-k?)"],
    [['--device', 'tpu'], 'device'],
  ])('refuses %j', async (flags, told) => {
    const given = ['predict', '--model', model, '--input', data, ...flags];
    expect(await runInProcess(...given)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(told) as string,
    });
    expect((await runInProcess(...given)).stderr.split('\n')).toHaveLength(2);
  });

  it('refuses a folder without a trained head, and what is not given', async () => {
    const bare = path.join(folder, 'bare');
    const tokenizer = await AutoTokenizer.fromPretrained(model);
    await tokenizer.savePretrained(bare);
    const sizes = { vocabSize: 80, hiddenSize: 16, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 24 };
    await AutoModel.fromConfig(new BertConfig(sizes), { device: 'cpu' }).savePretrained(bare);
    const untrained = await runInProcess('predict', '--model', bare, '--input', data);
    expect(untrained.stderr).toContain('predict: --model must be a trained classifier, got none of');
    expect((await runInProcess('predict', '--model', model)).stderr).toContain(
      'predict: --input must be given, got none',
    );
  });
});

describe('gridstride eval', () => {
  it('prints the metrics, and on the last line one object', async () => {
    const { code, stdout } = await runInProcess('eval', '--model', model, '--data', data);
    const lines = stdout.trim().split('\n');
    expect([code, lines.length]).toEqual([0, 5]);
    const result = JSON.parse(lines.at(-1)!) as Record<string, number>;
    expect(Object.keys(result)).toEqual(['loss', 'samples', 'accuracy', 'f1Macro']);
    expect(result).toMatchObject({ samples: 24, accuracy: 1, f1Macro: 1 });
    expect(lines[2]).toMatch(/^accuracy +1$/);
  });

  it('refuses a label that training has not seen, with its line, and rows without one', async () => {
    const flags = ['eval', '--model', model, '--data', '-'];
    const unseen = await runWith({ stdin: '{"text":"a","label":"good"}\n{"text":"a","label":"god"}\n' }, ...flags);
    const told = 'column label must hold labels of the training (good, poor), got "god" (did you mean "good"?)';
    expect(unseen).toEqual({ code: 2, stdout: '', stderr: `gridstride: the stream:2: ${told}\n` });
    expect((await runWith({ stdin: '{"text":"a"}\n' }, ...flags)).stderr).toContain(
      'the stream:1: column label must be there',
    );
    const none = 'gridstride: eval: - must hold at least one row, got none\n';
    expect(await runWith({ stdin: '' }, ...flags)).toEqual({ code: 2, stdout: '', stderr: none });
    expect((await runWith({ stdin: '' }, ...flags, '--compare', model)).stderr).toBe(none);
  });

  it('reads long texts in windows and combines them', async () => {
    const long = REVIEWS.map(({ text, label }) => ({ text: `${'this is '.repeat(10)} ${text}`, label }));
    const file = writeRows(path.join(folder, 'long.jsonl'), long);
    const windows = ['--max-length', '16', '--stride', '4'];
    const [cut, whole] = [
      await runInProcess('eval', '--model', model, '--data', file, '--json', '--max-length', '16'),
      await runInProcess('eval', '--model', model, '--data', file, '--json', ...windows, '--combination', 'max'),
    ].map(({ stdout }) => JSON.parse(stdout) as Record<string, number>);
    expect(cut).toMatchObject({ samples: 24, accuracy: 0.5 });
    expect(whole!['samples']).toBe(24);
    expect(whole!['loss']).not.toBe(cut!['loss']);
  });

  it('takes numbers as labels where no label is a number, and refuses a threshold that decides nothing', async () => {
    const numbered = REVIEWS.map(({ text, label }) => ({ text, label: label === 'good' ? 0 : 1 }));
    const file = writeRows(path.join(folder, 'numbered.jsonl'), numbered);
    const flags = ['eval', '--model', model, '--data', file, '--json'];
    expect(JSON.parse((await runInProcess(...flags)).stdout)).toMatchObject({ accuracy: 1 });
    expect((await runInProcess(...flags, '--threshold', '0.5')).stderr).toContain(
      'eval: --threshold needs a model of several labels a text, got one of one label a text',
    );
  });

  it("compares two models: metrics, McNemar's test, and what changed", async () => {
    const poor = path.join(folder, 'poor');
    const paths = [
      '--model',
      path.join(folder, 'config.json'),
      '--tokenizer',
      model,
      '--train',
      data,
      '--output-dir',
      poor,
    ];
    const flags = [
      '--labels',
      'poor,good',
      '--max-steps',
      '1',
      '--save-strategy',
      'no',
      '--disable-tqdm',
      '--report-to',
      'none',
      '--seed',
      '3',
    ];
    expect(await runInProcess('train', ...paths, ...flags)).toMatchObject({ code: 0 });
    const { code, stdout } = await runInProcess('eval', '--model', model, '--data', data, '--compare', poor);
    expect(code).toBe(0);
    const alone = await runInProcess('eval', '--model', poor, '--data', data, '--json');
    const found = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
      before: { accuracy: number };
      after: { accuracy: number };
      mcnemar: { onlySecondRight: number; pValue: number };
      labels: { label: string; rows: number; fixed: number; broken: number }[];
      changed: number;
    };
    expect(found.before).toEqual(JSON.parse(alone.stdout));
    const wrong = Math.round((1 - found.before.accuracy) * 24);
    expect(wrong).toBeGreaterThan(5);
    expect(found).toMatchObject({ after: { accuracy: 1 }, changed: wrong, mcnemar: { onlySecondRight: wrong } });
    expect(found.mcnemar.pValue).toBeCloseTo(2 * 0.5 ** wrong, 10);
    expect(found.labels.map(({ label, rows }) => [label, rows])).toEqual(
      expect.arrayContaining([
        ['good', 12],
        ['poor', 12],
      ]),
    );
    expect(found.labels.reduce((sum, { fixed, broken }) => sum + fixed - broken, 0)).toBe(wrong);
    const unknown = writeRows(path.join(folder, 'unknown.jsonl'), [...REVIEWS, { text: 'odd', label: 'new' }]);
    const third = path.join(folder, 'third');
    const again = ['--train', unknown, '--output-dir', third, '--labels', 'poor,good,new', ...flags.slice(2)];
    expect(await runInProcess('train', ...paths.slice(0, 4), ...again)).toMatchObject({ code: 0 });
    const refused = await runInProcess('eval', '--model', third, '--data', unknown, '--compare', model);
    const known = `column label must hold labels of the training of ${model} (good, poor), got "new"`;
    expect(refused).toMatchObject({ code: 2, stderr: `gridstride: ${unknown}:25: ${known}\n` });
    expect(stdout).toContain(
      `McNemar's test: right in both ${24 - wrong}, before alone 0, after alone ${wrong}, in neither 0`,
    );
  });
});

describe('gridstride tokenize', () => {
  it('prints ids, tokens and offsets of each text', async () => {
    const flags = ['tokenize', '--model', model, '--input', '-', '--format', 'text'];
    const { stdout } = await runWith({ stdin: 'Great film\nbook\n' }, ...flags);
    const tokenizer = await AutoTokenizer.fromPretrained(model);
    const [first, second] = linesOf(stdout);
    expect(first).toMatchObject({
      ids: tokenizer.encode('Great film').inputIds,
      offsets: expect.any(Array) as unknown[],
    });
    expect((first!['tokens'] as string[])[0]).toBe('[CLS]');
    expect(second!['offsets']).toEqual([
      [0, 0],
      [0, 4],
      [0, 0],
    ]);
    const plain = await runWith({ stdin: 'Great film\n' }, ...flags, '--no-special-tokens', '--max-length', '1');
    expect(linesOf(plain.stdout)).toEqual([
      { ids: [(first!['ids'] as number[])[1]], tokens: ['great'], offsets: [[0, 5]] },
    ]);
  });

  it('cuts long texts into windows that share tokens, a line for each text, and records bad rows', async () => {
    const stdin = '{"text":"great film is great book"}\n{"text":7}\n{"text":""}\n';
    const flags = ['tokenize', '--model', model, '--input', '-', '--max-length', '5', '--stride', '1'];
    expect((await runWith({ stdin }, ...flags)).stderr).toBe(
      'gridstride: the stream:2: column text must hold texts, got 7\n',
    );
    const { stdout } = await runWith({ stdin }, ...flags, '--on-error', 'record');
    const [long, bad, empty] = linesOf(stdout) as {
      windows: { tokens: string[]; newTokens: number }[];
      error: string;
    }[];
    expect(long!.windows.map(({ tokens }) => tokens.join(' '))).toEqual([
      '[CLS] great film is [SEP]',
      '[CLS] is great book [SEP]',
    ]);
    expect(long!.windows.map(({ newTokens }) => newTokens)).toEqual([3, 2]);
    expect(bad).toEqual({ error: 'the stream:2: column text must hold texts, got 7' });
    expect(empty!.windows.map(({ tokens }) => tokens)).toEqual([['[CLS]', '[SEP]']]);
    const unbounded = await runWith({ stdin }, ...flags.slice(0, 5), '--stride', '1');
    expect(unbounded.stderr).toBe('gridstride: tokenize: --stride needs --max-length, got none\n');
    const wide = await runWith({ stdin }, ...flags.slice(0, -1), '3');
    expect(wide.stderr).toContain('stride must be below the room for the text, got 3 for 3');
  });

  it('tells which text of a pair a token is of', async () => {
    const file = path.join(folder, 'pairs.csv');
    writeFileSync(file, 'film,book\n');
    const flags = ['--input', file, '--no-header', '--text-pair-column', '2'];
    const [row] = linesOf((await runInProcess('tokenize', '--model', model, ...flags)).stdout);
    expect(row!['typeIds']).toEqual([0, 0, 0, 1, 1]);
  });
});
