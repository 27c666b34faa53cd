import { describe, expect, it } from 'vitest';
import {
  type MetricAccumulator,
  chrf,
  entityMetrics,
  entityScores,
  languageModelMetrics,
  perplexity,
  rouge,
  sacrebleu,
  textMetrics,
} from '../../../lib/metrics/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';
import { expectGolden } from '../goldens.js';
import { addInBatches } from './batches.js';

describe('entityMetrics', () => {
  const labels = ['O', 'B-X', 'I-X', 'B-Y'];
  const oneHot = (classes: number[]): number[] => classes.flatMap((c) => labels.map((_, i) => (i === c ? 2 : -1)));
  const truth = [[-100, 1, 2, -100, 0, 3], [3, 0], [-100]];
  const guess = [[1, 1, 2, 3, 0, 0], [3, 1], [2]];

  it('scores the tags of the highest logits where there is a label', () => {
    const names = (rows: number[][]) =>
      rows.map((row, i) => row.filter((_, j) => truth[i]![j] !== -100).map((id) => labels[id]!));
    const metrics = entityMetrics({ labels });
    const wanted = entityScores(names(truth), names(guess));
    for (let i = 0; i < 2; i++) expect(addInBatches(metrics, guess.map(oneHot), truth)).toEqual(wanted);
    expect(wanted).toEqual({ precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, accuracy: 4 / 6 });
    const strict = { labels, mode: 'strict', scheme: 'IOB2', average: 'macro', perType: true } as const;
    expect(addInBatches(entityMetrics(strict), guess.map(oneHot), truth)).toEqual({
      ...entityScores(names(truth), names(guess), { mode: 'strict', scheme: 'IOB2', average: 'macro' }),
      ...{ X_precision: 0.5, X_recall: 1, X_f1: 2 / 3, Y_precision: 1, Y_recall: 0.5, Y_f1: 2 / 3 },
    });
  });

  it.each<[object, typeof DataError, string]>([
    [{ predictions: [[1, 2, 3]], labelIds: [[0]] }, DataError, "outputs must be 4 for each token's label, got 3 for 1"],
    [{ predictions: [oneHot([0])], labelIds: [0] }, DataError, 'got 4 for a single one'],
    [{ predictions: [oneHot([0])], labelIds: [[4]] }, DataError, 'labels must be integers from 0 to 3, got 4'],
    [{ predictions: [[1, Number.NaN, 0, 0]], labelIds: [[1]] }, DataError, 'predictions must be numbers, got NaN'],
  ])('refuses %j', (batch, ErrorClass, told) => {
    const add = (): void => entityMetrics({ labels }).add(batch as never);
    expect(add).toThrow(ErrorClass);
    expect(add).toThrow(told);
  });

  it('refuses an evaluation without labels and options that are none', () => {
    const metrics = entityMetrics({ labels });
    metrics.add({ predictions: [oneHot([0])], labelIds: [[-100]] });
    expect(() => metrics.compute()).toThrow(DataError);
    expect(() => entityMetrics({ labels: [] })).toThrow(ConfigError);
    expect(() => entityMetrics({ labels, average: 'binary' as never })).toThrow(ConfigError);
    expect(() => entityMetrics({ label: labels } as never)).toThrow('did you mean "labels"');
  });
});

describe('languageModelMetrics', () => {
  /** Row by row, in double precision. */
  function addEach(metrics: MetricAccumulator, predictions: number[][], labelIds: number[][]): Record<string, number> {
    metrics.reset();
    predictions.forEach((logits, i) => metrics.add({ predictions: [logits], labelIds: [labelIds[i]!] }));
    return metrics.compute();
  }
  const row = (...shares: number[][]): number[] => shares.flat().map((share) => Math.log(share) + 700);
  const rows = [row([0.5, 0.25, 0.25], [0.1, 0.1, 0.8], [0.2, 0.2, 0.6]), row([0.3, 0.7, 0], [0.5, 0.5, 0])];

  it('scores what causal models say of the next token', () => {
    const metrics = languageModelMetrics();
    const loss = -(Math.log(0.25) + Math.log(0.8) + Math.log(0.7)) / 3;
    const wanted = { loss, perplexity: perplexity([0.25, 0.8, 0.7].map(Math.log)), accuracy: 2 / 3 };
    for (let i = 0; i < 2; i++)
      expectGolden(
        addEach(metrics, rows, [
          [0, 1, 2],
          [0, 1],
        ]),
        wanted,
      );
  });

  it('scores what masked models say of the token itself, and an excluded one', () => {
    const metrics = languageModelMetrics({ isCausal: false });
    const labels = [
      [0, -100, -100],
      [-100, -100],
    ];
    expectGolden(addEach(metrics, rows, labels), { loss: Math.log(2), perplexity: 2, accuracy: 1 });
    expect(addEach(metrics, rows.slice(1), [[2, -100]])).toEqual({
      loss: Infinity,
      perplexity: Infinity,
      accuracy: 0,
    });
    metrics.add({ predictions: [[]], labelIds: [[]] });
  });

  it('refuses outputs that do not fit', () => {
    const metrics = languageModelMetrics();
    expect(() => metrics.add({ predictions: [[1, 2, 3]], labelIds: [[0, 1]] })).toThrow(DataError);
    expect(() => metrics.add({ predictions: [[1, 2]], labelIds: [0] })).toThrow('got 2 for a single one');
    expect(() => metrics.add({ predictions: [[1, 2, 3, 4]], labelIds: [[0, 2]] })).toThrow('0 to 1, got 2');
    expect(() => metrics.compute()).toThrow('at least one label');
    expect(() => languageModelMetrics({ isCausal: 1 as never })).toThrow(ConfigError);
  });
});

describe('textMetrics', () => {
  const words = ['<pad>', 'the', 'cat', 'sat', 'on', 'a', 'mat', '.'];
  const decode = (ids: number[]): string => ids.map((id) => words[id]).join(' ');
  const predictions = [
    [1, 2, 3, 4, 5, 6, 7, -100],
    [1, 2, 3],
    [5, 2, 3, 4, 1, 6],
  ];
  const labelIds = [
    [1, 2, 3, 4, 1, 6, 7],
    [1, 2, 3, -100, -100],
    [1, 2, 3, 4, 1, 6, -100],
  ];

  it('gives what the metrics give of all decoded texts', () => {
    const names = ['bleu', 'chrf', 'chrfPlusPlus', 'rouge1', 'rouge2', 'rougeL', 'rougeLsum', 'exactMatch'];
    const metrics = textMetrics({ decode, metrics: [...names, 'generatedLength'] });
    const texts = (rows: number[][]): string[] => rows.map((row) => decode(row.filter((id) => id >= 0)));
    const [given, wanted] = [texts(predictions), texts(labelIds)];
    for (let i = 0; i < 2; i++)
      expectGolden(addInBatches(metrics, predictions, labelIds), {
        bleu: sacrebleu(given, wanted).score,
        chrf: chrf(given, wanted),
        chrfPlusPlus: chrf(given, wanted, { wordOrder: 2 }),
        ...rouge(given, wanted),
        exactMatch: 1 / 3,
        generatedLength: 16 / 3,
      });
    expect(Object.keys(addInBatches(textMetrics({ decode }), predictions, labelIds))).toEqual(['bleu', 'chrf']);
  });

  it('refuses what is no list of ids, no function and no metric', () => {
    expect(() => textMetrics({ decode }).add({ predictions: [[1]], labelIds: [1] })).toThrow(
      'labelIds must be token ids, got 1',
    );
    expect(() => textMetrics({ decode }).compute()).toThrow(DataError);
    expect(() => textMetrics({} as never)).toThrow('decode must be a function');
    expect(() => textMetrics({ decode, metrics: ['blue'] })).toThrow(ConfigError);
    expect(() => textMetrics({ decode: (() => 7) as never }).add({ predictions: [[1]], labelIds: [[1]] })).toThrow(
      'predictions must be texts, got 7',
    );
  });
});
