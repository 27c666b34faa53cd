import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { type AnswerPrediction, type AnswerReference, answerScores, answersById } from './squad.js';

/** An answer, and how likely it is that the question has none. */
export interface AnswerPredictionV2 extends AnswerPrediction {
  /** From 0 to 1, or any score that grows with it; 0 by default. */
  noAnswerProbability?: number;
}

/** What {@link squadV2Scores} takes. */
export interface SquadV2Options {
  /** Above it a question counts as one without answer; 1 by default. */
  noAnswerThreshold?: number;
}

/** Means over some questions, from 0 to 100. */
interface Part {
  exact: number;
  f1: number;
  total: number;
}

/** SQuAD 2.0's scores, from 0 to 100; those of questions with answers, and without, where there are some. */
export interface SquadV2Scores extends Part {
  hasAnsExact?: number;
  hasAnsF1?: number;
  hasAnsTotal?: number;
  noAnsExact?: number;
  noAnsF1?: number;
  noAnsTotal?: number;
  /** The best exact match that some threshold gives, and that threshold. */
  bestExact: number;
  bestExactThresh: number;
  bestF1: number;
  bestF1Thresh: number;
}

/** A question that was answered. */
interface Scored {
  exact: number;
  f1: number;
  hasAnswer: boolean;
  isEmpty: boolean;
  noAnswer: number;
}

function meansOf(rows: readonly Scored[], threshold: number): Part {
  const mean = (name: 'exact' | 'f1'): number => {
    const scores = rows.map((row) => (row.noAnswer > threshold ? Number(!row.hasAnswer) : row[name]));
    return (100 * scores.reduce((sum, score) => sum + score, 0)) / rows.length;
  };
  return { exact: mean('exact'), f1: mean('f1'), total: rows.length };
}

/** The threshold with the best mean: from none answered on, questions are answered one by one, surest first. */
function bestOf(
  rows: readonly Scored[],
  name: 'exact' | 'f1',
  unanswerable: number,
): [score: number, threshold: number] {
  let score = unanswerable;
  let best: [number, number] = [score, 0];
  for (const row of [...rows].sort((a, b) => a.noAnswer - b.noAnswer)) {
    score += row.hasAnswer ? row[name] : row.isEmpty ? 0 : -1;
    if (score > best[0]) best = [score, row.noAnswer];
  }
  return [(100 * best[0]) / rows.length, best[1]];
}

function probabilityOf({ id, noAnswerProbability = 0 }: AnswerPredictionV2): number {
  if (Number.isFinite(noAnswerProbability)) return noAnswerProbability;
  const got = `${shown(noAnswerProbability)} for ${JSON.stringify(id)}`;
  throw new DataError(`squadV2Scores: noAnswerProbability must be a number, got ${got}`, { id });
}

/**
 * Exact match and F1 of answers to questions some of which have none, as SQuAD 2.0's script has them (Rajpurkar et al.,
 * ACL 2018). Questions without prediction are left out.
 *
 * @throws {DataError} There are no references or predictions, an id comes twice or has no reference, or an answer is no
 *   text.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { squadV2Scores } from 'gridstride';
 * const references = [{ id: 'q', answers: { text: [] } }];
 * const { exact, noAnsF1 } = squadV2Scores([{ id: 'q', predictionText: '' }], references);
 * console.log(exact, noAnsF1); // 100 100
 * ```
 */
export function squadV2Scores(
  predictions: readonly AnswerPredictionV2[],
  references: readonly AnswerReference[],
  options: SquadV2Options = {},
): SquadV2Scores {
  const where = 'squadV2Scores';
  checkOptionNames(where, options, ['noAnswerThreshold']);
  const { noAnswerThreshold = 1 } = options;
  if (!Number.isFinite(noAnswerThreshold))
    throw new ConfigError(`${where}: noAnswerThreshold must be a number, got ${shown(noAnswerThreshold)}`);
  const byId = answersById(where, predictions, references);
  if (byId.size === 0) throw new DataError(`${where}: there must be at least one prediction, got none`);
  const rows = references.flatMap((reference): Scored[] => {
    const prediction = byId.get(reference.id);
    if (prediction === undefined) return [];
    const { predictionText: answer } = prediction;
    const hasAnswer = reference.answers.text.length > 0;
    const scores = answerScores(answer, reference);
    return [{ ...scores, hasAnswer, isEmpty: answer === '', noAnswer: probabilityOf(prediction) }];
  });
  const [answered, others] = [rows.filter((row) => row.hasAnswer), rows.filter((row) => !row.hasAnswer)];
  const [bestExact, bestExactThresh] = bestOf(rows, 'exact', others.length);
  const [bestF1, bestF1Thresh] = bestOf(rows, 'f1', others.length);
  return {
    ...meansOf(rows, noAnswerThreshold),
    ...named('hasAns', answered, noAnswerThreshold),
    ...named('noAns', others, noAnswerThreshold),
    ...{ bestExact, bestExactThresh, bestF1, bestF1Thresh },
  };
}

function named(prefix: 'hasAns' | 'noAns', rows: readonly Scored[], threshold: number): Partial<SquadV2Scores> {
  if (rows.length === 0) return {};
  const { exact, f1, total } = meansOf(rows, threshold);
  return { [`${prefix}Exact`]: exact, [`${prefix}F1`]: f1, [`${prefix}Total`]: total };
}
