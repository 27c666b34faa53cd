import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CheckpointError, type TrainerCallback, writeReport } from '../../../lib/index.js';
import { tinyTrainer } from '../tiny.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-html-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HOSTILE = ['<script>alert(1)</script>', 'a"\u0000\ud800</svg>'];

interface Report {
  data: Record<string, object>;
  evaluation: { step: number; roc: object[] };
}

function readReport(place: string): Report {
  return JSON.parse(readFileSync(path.join(place, 'report.json'), 'utf8')) as Report;
}

/** The images of a page, decoded; there must be nothing that would be fetched or run. */
function imagesOf(place: string): string[] {
  const html = readFileSync(path.join(place, 'report.html'), 'utf8');
  expect(html).not.toMatch(/<script|<link|<iframe|\son\w+=|https?:/i);
  expect(html).toContain("default-src 'none'");
  const sources = [...html.matchAll(/ src="([^"]*)"/g)].map(([, source]) => source!);
  const prefix = 'data:image/svg+xml;base64,';
  for (const source of sources) expect(source.startsWith(prefix)).toBe(true);
  return sources.map((source) => Buffer.from(source.slice(prefix.length), 'base64').toString());
}

describe('reportTo "html"', () => {
  test('leaves a page of all pictures and the best evaluation, whatever labels and folders are called', async () => {
    const place = path.join(folder, 'a <b>&"');
    const accuracies = [0.5, 0.9, 0.2, 0.1];
    const computeMetrics = () => ({ accuracy: accuracies[Math.min(calls++, 3)]! });
    let calls = 0;
    const init = {
      reportTo: 'html',
      evalStrategy: 'epoch',
      saveStrategy: 'epoch',
      loadBestModelAtEnd: true,
      metricForBestModel: 'accuracy',
      numTrainEpochs: 4,
    } as const;
    const config = { id2label: Object.fromEntries(HOSTILE.entries()), numLabels: undefined };
    const controller = new AbortController();
    const stop = {
      onSave: ({ state }: { state: { globalStep: number } }) => state.globalStep === 18 && controller.abort(),
    };
    const aborted = tinyTrainer(place, init, { computeMetrics, config, callbacks: [stop as TrainerCallback] });
    await expect(aborted.train({ signal: controller.signal })).rejects.toThrow('aborted');
    expect(readdirSync(place)).toEqual(['checkpoint-12', 'checkpoint-18', 'checkpoint-6']);
    await tinyTrainer(place, { ...init, resumeFromCheckpoint: true }, { computeMetrics, config }).train();

    const names = ['confusion_matrix', 'labels', 'lengths', 'loss', 'metrics', 'optimization', 'roc'];
    expect(readdirSync(path.join(place, 'pictures')).sort()).toEqual(
      names.flatMap((name) => [`${name}.png`, `${name}.svg`]),
    );
    const images = imagesOf(place);
    expect(images).toHaveLength(names.length);
    expect(images).toContain(readFileSync(path.join(place, 'pictures/roc.svg'), 'utf8'));
    const html = readFileSync(path.join(place, 'report.html'), 'utf8');
    for (const text of [
      'a &lt;b&gt;&amp;&quot;',
      '&lt;script&gt;',
      '<th>learning_rate</th>',
      'eval_accuracy',
      'threads',
    ])
      expect(html).toContain(text);
    expect(html).not.toContain('not drawn');

    const { data, evaluation } = readReport(place);
    expect(data['train']).toMatchObject({ rows: 22, labelCounts: [11, 11], atLongest: 5 / 22 });
    expect(evaluation).toMatchObject({ step: 12, rows: 22 });
    expect(evaluation.roc).toHaveLength(1);
  });
});

describe('writeReport', () => {
  test('draws what there is of a folder without predictions and says what is missing', async () => {
    const place = path.join(folder, 'plain');
    const run = tinyTrainer(place, { saveStrategy: 'epoch', evalStrategy: 'epoch' });
    await run.train();
    const { files, missing } = await writeReport(place);
    expect(files.map((file) => path.relative(place, file))).toEqual([
      'report.html',
      ...['loss', 'metrics', 'optimization'].flatMap((name) => [`pictures/${name}.svg`, `pictures/${name}.png`]),
    ]);
    expect(missing.map((note) => note.split(':')[0])).toEqual([
      'confusion matrix',
      'ROC curves',
      'label histogram',
      'lengths',
    ]);
    const html = readFileSync(path.join(place, 'report.html'), 'utf8');
    expect(html).toContain('<th>num_train_epochs</th><td>2</td>');
    expect(html).toContain('not drawn: confusion matrix');
  });

  test('refuses a folder without a run, and a report that was tampered with', async () => {
    await expect(writeReport(path.join(folder, 'nowhere'))).rejects.toThrow(
      /must hold trainer_state.json or a checkpoint/,
    );
    const place = path.join(folder, 'tampered');
    const run = tinyTrainer(place);
    await run.saveState();
    const report = { arguments: {}, environment: {}, labels: [], data: {} };
    const evaluation = { step: 1, rows: 1, labels: ['a'], confusion: [[1, 2]], roc: [] };
    for (const change of [{ data: { train: { rows: 'x' } } }, { data: 7 }, { evaluation }, { labels: null }]) {
      writeFileSync(path.join(place, 'report.json'), JSON.stringify({ ...report, ...change }));
      await expect(writeReport(place)).rejects.toThrow(CheckpointError);
    }
  });
});
