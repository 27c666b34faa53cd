import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type TagScheme,
  type TagSpan,
  entityReport,
  entityScores,
  getEntities,
  tagConfusion,
} from '../../../lib/metrics/index.js';
import { plotConfusionMatrix } from '../../../lib/plots/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';
import { sharedPath } from '../../shared.js';
import { expectGolden } from '../goldens.js';
import { makeRandom } from '../streaming/batches.js';

/** Entities as `type start-end`. */
function spans(tags: string, options = {}): string[] {
  return getEntities(tags.split(' '), options).map(({ type, start, end }) => `${type} ${start}-${end}`);
}

describe('getEntities', () => {
  it.each([
    ['O B-X I-X O B-Y', ['X 1-2', 'Y 4-4']],
    ['I-X I-X I-Y B-Y I-Y', ['X 0-1', 'Y 2-2', 'Y 3-4']],
    ['B-X I-Y E-Y S-Z I-Z', ['X 0-0', 'Y 1-2', 'Z 3-3', 'Z 4-4']],
    ['B I O B-A-B', ['_ 0-1', 'A-B 3-3']],
    ['O O', []],
  ])('sees what conlleval sees in %s', (tags, wanted) => {
    expect(spans(tags)).toEqual(wanted);
  });

  it('reads letters behind types', () => {
    expect(spans('X-B X-I O A-B-S', { suffix: true })).toEqual(['X 0-1', 'A-B 3-3']);
  });

  it.each<[TagScheme, string, string[]]>([
    ['IOB1', 'I-X I-X B-X O I-X I-Y', ['X 0-1', 'X 2-2', 'X 4-4', 'Y 5-5']],
    ['IOB1', 'O B-X I-X O', ['X 2-2']],
    ['IOB2', 'B-X I-X B-X O B-X I-Y', ['X 0-1', 'X 2-2', 'X 4-4']],
    ['IOB2', 'I-X I-X O', []],
    ['IOE1', 'I-X E-X I-X O I-Y I-X', ['X 0-1', 'X 2-2', 'Y 4-4', 'X 5-5']],
    ['IOE1', 'I-X E-X O', []],
    ['IOE2', 'I-X E-X E-X O E-Y I-Y', ['X 0-1', 'X 2-2', 'Y 4-4']],
    ['IOE2', 'I-X I-X O', []],
    ['IOBES', 'B-X I-X E-X S-X O B-Y E-Y', ['X 0-2', 'X 3-3', 'Y 5-6']],
    ['IOBES', 'B-X I-X O E-X S-Y I-Y', ['Y 4-4']],
    ['BILOU', 'B-X I-X L-X U-X O B-Y L-Y', ['X 0-2', 'X 3-3', 'Y 5-6']],
    ['BILOU', 'B-X L-Y U-Y', ['Y 2-2']],
  ])('takes runs as %s has them from %s', (scheme, tags, wanted) => {
    expect(spans(tags, { mode: 'strict', scheme })).toEqual(wanted);
    expect(spans(`O ${tags}`, { mode: 'strict', scheme })).toEqual(
      wanted.map((span) => span.replace(/\d+/g, (place) => String(Number(place) + 1))),
    );
  });
});

/** The tags of a sentence with some entities, by each scheme's definition. */
function tagsOf(scheme: TagScheme, length: number, entities: readonly TagSpan[]): string[] {
  const tags = Array.from({ length }, () => 'O');
  const touches = (type: string, place: 'start' | 'end', at: number): boolean =>
    entities.some((entity) => entity.type === type && entity[place] === at);
  for (const { type, start, end } of entities)
    for (let i = start; i <= end; i++) {
      const [isFirst, isLast] = [i === start, i === end];
      const letter = {
        IOB1: isFirst && touches(type, 'end', i - 1) ? 'B' : 'I',
        IOB2: isFirst ? 'B' : 'I',
        IOE1: isLast && touches(type, 'start', i + 1) ? 'E' : 'I',
        IOE2: isLast ? 'E' : 'I',
        IOBES: isFirst ? (isLast ? 'S' : 'B') : isLast ? 'E' : 'I',
        BILOU: isFirst ? (isLast ? 'U' : 'B') : isLast ? 'L' : 'I',
      }[scheme];
      tags[i] = `${letter}-${type}`;
    }
  return tags;
}

it.each<TagScheme>(['IOB1', 'IOB2', 'IOE1', 'IOE2', 'IOBES', 'BILOU'])('%s gives back any entities', (scheme) => {
  const random = makeRandom(8);
  const below = (bound: number): number => Math.floor(random() * bound);
  for (let round = 0; round < 300; round++) {
    const entities: TagSpan[] = [];
    const length = 1 + below(12);
    for (let start = below(3); start < length; start += below(3)) {
      const end = Math.min(length - 1, start + below(3));
      entities.push({ type: 'XY'[below(2)]!, start, end });
      start = end + 1;
    }
    const tags = tagsOf(scheme, length, entities);
    // seqeval does not see an E that begins a run here.
    if (
      scheme === 'IOE1' &&
      entities.some(({ start }) => tags[start]!.startsWith('E') && tags[start - 1] !== tags[start])
    )
      continue;
    expect([tags, getEntities(tags, { mode: 'strict', scheme })]).toEqual([tags, entities]);
    // conlleval knows no letters of BILOU.
    if (scheme !== 'BILOU') expect([tags, getEntities(tags)]).toEqual([tags, entities]);
  }
});

const yTrue = [['B-PER', 'I-PER', 'O', 'B-LOC'], ['O', 'B-LOC'], ['B-ORG']];
const yPred = [['B-PER', 'O', 'O', 'B-LOC'], ['B-LOC', 'B-LOC'], ['O']];

describe('scores of entities', () => {
  it('are averaged as asked for', () => {
    // LOC: 2 of 3 predicted, 2 of 2 there. PER: 0 of 1, 0 of 1. ORG: none predicted, 0 of 1.
    expectGolden(entityScores(yTrue, yPred), { precision: 0.5, recall: 0.5, f1: 0.5, accuracy: 4 / 7 });
    const macro = entityScores(yTrue, yPred, { average: 'macro', zeroDivision: 1 });
    expectGolden(macro, { precision: (2 / 3 + 1) / 3, recall: 1 / 3, f1: 0.8 / 3, accuracy: 4 / 7 });
    const weighted = entityScores(yTrue, yPred, { average: 'weighted' });
    expectGolden(weighted, { precision: 1 / 3, recall: 0.5, f1: 0.4, accuracy: 4 / 7 });
  });

  it.each(['micro', 'macro', 'weighted'] as const)('are zeroDivision where there is no entity (%s)', (average) => {
    const scores = (zeroDivision: 0 | 1): object => entityScores([['O']], [['O']], { average, zeroDivision });
    expect(scores(0)).toEqual({ precision: 0, recall: 0, f1: 0, accuracy: 1 });
    expect(scores(1)).toEqual({ precision: 1, recall: 1, f1: 1, accuracy: 1 });
    expect(entityReport([['O']], [['O']])).toContain('   micro avg       0.00      0.00      0.00         0\n');
  });

  it("are told by type, in seqeval's layout", () => {
    expect(entityReport(yTrue, yPred)).toBe(
      [
        '              precision    recall  f1-score   support',
        '',
        '         LOC       0.67      1.00      0.80         2',
        '         ORG       0.00      0.00      0.00         1',
        '         PER       0.00      0.00      0.00         1',
        '',
        '   micro avg       0.50      0.50      0.50         4',
        '   macro avg       0.22      0.33      0.27         4',
        'weighted avg       0.33      0.50      0.40         4',
        '',
      ].join('\n'),
    );
  });

  it.each<[string, () => unknown, typeof ConfigError | typeof DataError, string]>([
    ['no sentence', () => entityScores([], []), DataError, 'at least one sentence, got none'],
    ['other numbers of sentences', () => entityScores([['O']], []), DataError, 'same length, got 1 and 0'],
    ['other lengths', () => entityReport([['O'], ['O']], [['O'], []]), DataError, 'got 1 and 0 in sentence 1'],
    ['empty tags', () => entityScores([['']], [['O']]), DataError, 'tags must be a list of texts'],
    ['ids', () => entityScores([[1 as never]], [['O']]), DataError, 'got [1]'],
    [
      'a letter of no scheme',
      () => getEntities(['L-X'], { mode: 'strict', scheme: 'IOB2' }),
      DataError,
      'begin with one of I, O, B, got L at 0',
    ],
    [
      'strict mode without scheme',
      () => entityScores(yTrue, yPred, { mode: 'strict' }),
      ConfigError,
      'scheme must be one of IOB1, IOB2',
    ],
    [
      'a scheme without strict mode',
      () => getEntities(['O'], { scheme: 'IOB2' }),
      ConfigError,
      'left out but in strict mode',
    ],
    [
      'an unknown average',
      () => entityScores(yTrue, yPred, { average: 'mean' as never }),
      ConfigError,
      'micro, macro or weighted',
    ],
    [
      'an unknown option',
      () => entityScores(yTrue, yPred, { averge: 'macro' } as object),
      ConfigError,
      'did you mean "average"',
    ],
    [
      'an unknown mode',
      () => entityScores(yTrue, yPred, { mode: 'lenient' as never }),
      ConfigError,
      'mode must be strict',
    ],
    [
      'another value of nothing',
      () => entityReport(yTrue, yPred, { zeroDivision: 2 as 1 }),
      ConfigError,
      'must be 0 or 1, got 2',
    ],
    ['half a digit', () => entityReport(yTrue, yPred, { digits: 0.5 }), ConfigError, 'digits must be an integer'],
    [
      'another kind of confusion',
      () => tagConfusion(yTrue, yPred, { by: 'word' as 'tag' }),
      ConfigError,
      'by must be type or tag',
    ],
  ])('refuse %s', (_, run, ErrorClass, told) => {
    expect(run).toThrow(ErrorClass);
    expect(run).toThrow(told);
  });
});

describe('tagConfusion', () => {
  it('counts tokens by type, or by tag, for a picture', () => {
    const { matrix, labels } = tagConfusion(yTrue, yPred);
    expect(labels).toEqual(['LOC', 'ORG', 'PER', 'O']);
    expect(matrix).toEqual([
      [2, 0, 0, 0],
      [0, 0, 0, 1],
      [0, 0, 1, 1],
      [1, 0, 0, 1],
    ]);
    expect(plotConfusionMatrix(matrix, labels).name).toBe('confusion_matrix');
    expect(tagConfusion([['B-X', 'I-X']], [['I-X', 'I-X']], { by: 'tag' })).toEqual({
      matrix: [
        [0, 1],
        [0, 1],
      ],
      labels: ['B-X', 'I-X'],
    });
    expect(tagConfusion([['X-B', 'O']], [['O', 'Y-B']], { suffix: true }).labels).toEqual(['X', 'Y', 'O']);
  });
});

const shared = sharedPath('goldens/metrics/entities.json');

it.skipIf(shared === undefined)("scores and reports equal seqeval's, in default and strict mode", () => {
  type Scores = { precision: number; recall: number; f1: number; report: Record<string, Record<string, number>> };
  type Case = { true: string[][]; pred: string[][]; accuracy: number; default: Scores; strict_iob2: Scores };
  const { cases } = JSON.parse(readFileSync(shared!, 'utf8')) as { cases: Case[] };
  expect(cases.length).toBeGreaterThan(10);
  for (const { true: truth, pred, accuracy, default: loose, strict_iob2: strict } of cases) {
    for (const [golden, options] of [
      [loose, {}],
      [strict, { mode: 'strict', scheme: 'IOB2' } as const],
    ] as const) {
      const { precision, recall, f1, report } = golden;
      expectGolden(entityScores(truth, pred, options), { precision, recall, f1, accuracy });
      expectGolden(entityReport(truth, pred, { ...options, outputDict: true }), report);
    }
  }
});
