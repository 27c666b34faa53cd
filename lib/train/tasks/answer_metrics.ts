import type { QuestionWindow } from '../../data/index.js';
import { type MetricAccumulator, squadScores, squadV2Scores } from '../../metrics/index.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';

/** A question's context, and all answers that are right; none where the context holds none. */
export interface AnsweredQuestion {
  context: string;
  answers: { readonly text: readonly string[] };
}

/** Rows that are read one by one. */
interface Rows<Row> {
  readonly length: number;
  at(index: number): Row | undefined;
}

/** What {@link questionAnsweringMetrics} takes. */
export interface AnswerMetricsOptions {
  /** Most tokens of an answer; 30 by default. */
  maxAnswerLength?: number;
}

/** The best span of some windows, and how good their first columns say that there is none. */
interface Found {
  text: string;
  score: number;
  noAnswer: number;
}

const WHERE = 'questionAnsweringMetrics';

/** The tokens of the best span of a window's context by the sum of its two logits. */
function bestSpan(logits: ArrayLike<number>, offsets: Int32Array, longest: number) {
  const tokens = offsets.length / 2;
  let best = { score: -Infinity, first: -1, last: -1 };
  for (let first = 0; first < tokens; first++) {
    if (offsets[2 * first]! < 0) continue;
    for (let last = first; last < Math.min(tokens, first + longest) && offsets[2 * last]! >= 0; last++) {
      const score = logits[first]! + logits[tokens + last]!;
      if (score > best.score) best = { score, first, last };
    }
  }
  return best;
}

/**
 * Exact match and F1 of SQuAD, from 0 to 100, for a Trainer over windows: the answer of a question is the best span of all
 * of its windows, by the sum of the start's and the end's logit. Where some questions have no answer, "none" is one, too:
 * the first column's sum, if that is higher in every window.
 *
 * @param questions What `sampleIndex` of the windows counts.
 * @param windows The evaluation set, as `prepareQuestionAnswering` makes it.
 * @returns An accumulator whose `add` throws a DataError for outputs that are not those of the next windows.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { Dataset, prepareQuestionAnswering, questionAnsweringMetrics, trainWordPiece } from 'gridstride';
 * const context = 'ada wrote it';
 * const rows = Dataset.fromArray([{ question: 'who?', context, answers: { text: ['ada'], answerStart: [0] } }]);
 * const tokenizer = await trainWordPiece(['who ? ada wrote it'], { vocabSize: 80, minFrequency: 1 });
 * const windows = await prepareQuestionAnswering(rows, tokenizer, { maxLength: 16, stride: 2 });
 * const metrics = questionAnsweringMetrics(rows, windows);
 * const { inputIds, startPositions, endPositions } = windows.at(0);
 * const logits = Float32Array.from({ length: 2 * inputIds.length }, () => 0);
 * logits[startPositions] = logits[inputIds.length + endPositions] = 1;
 * metrics.add({ predictions: [logits], labelIds: [-100] });
 * console.log(metrics.compute()); // { exactMatch: 100, f1: 100 }
 * ```
 */
export function questionAnsweringMetrics(
  questions: Rows<Readonly<AnsweredQuestion>>,
  windows: Rows<Readonly<QuestionWindow>>,
  options: AnswerMetricsOptions = {},
): MetricAccumulator {
  checkOptionNames(WHERE, options, ['maxAnswerLength']);
  const { maxAnswerLength = 30 } = options;
  if (!Number.isInteger(maxAnswerLength) || maxAnswerLength < 1)
    throw new ConfigError(`${WHERE}: maxAnswerLength must be an integer from 1, got ${shown(maxAnswerLength)}`);
  let found = new Map<number, Found>();
  let next = 0;
  return {
    reset() {
      [found, next] = [new Map(), 0];
    },
    add({ predictions }) {
      for (const logits of predictions) {
        const window = windows.at(next++);
        if (window === undefined || next > windows.length || logits.length !== window.inputIds.length * 2)
          throw new DataError(
            `${WHERE}: outputs must be two for each token of window ${next - 1}, got ${logits.length}`,
          );
        take(found, logits, window, { longest: maxAnswerLength, context: questions.at(window.sampleIndex)!.context });
      }
    },
    compute: () => scoresOf(found, questions),
  };
}

function take(
  found: Map<number, Found>,
  logits: ArrayLike<number>,
  { sampleIndex, offsets }: Readonly<QuestionWindow>,
  { longest, context }: { longest: number; context: string },
): void {
  const { score, first, last } = bestSpan(logits, offsets, longest);
  const noAnswer = logits[0]! + logits[logits.length / 2]!;
  const before = found.get(sampleIndex) ?? { text: '', score: -Infinity, noAnswer: Infinity };
  const text = first < 0 ? '' : context.slice(offsets[2 * first], offsets[2 * last + 1]);
  const best = score > before.score ? { text, score } : before;
  found.set(sampleIndex, { text: best.text, score: best.score, noAnswer: Math.min(before.noAnswer, noAnswer) });
}

function scoresOf(found: ReadonlyMap<number, Found>, questions: Rows<Readonly<AnsweredQuestion>>) {
  const entries = [...found];
  const references = entries.map(([i]) => ({ id: String(i), answers: questions.at(i)!.answers }));
  const mayLack = references.some(({ answers }) => answers.text.length === 0);
  const predictions = entries.map(([i, { text, score, noAnswer }]) => ({
    id: String(i),
    predictionText: mayLack && noAnswer > score ? '' : text,
  }));
  if (!mayLack) return { ...squadScores(predictions, references) };
  const { exact, f1 } = squadV2Scores(predictions, references);
  return { exactMatch: exact, f1 };
}
