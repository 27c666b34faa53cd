import { DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { checkList } from '../input/lists.js';
import { answerF1, answerWords, isExactAnswer } from './answers.js';

/** An answer to a question. */
export interface AnswerPrediction {
  id: string;
  /** Empty where there is no answer. */
  predictionText: string;
}

/** What the answers to a question are, as `Dataset.fromSquad` has them; none where it has no answer. */
export interface AnswerReference {
  id: string;
  answers: { text: readonly string[] };
}

/** SQuAD's scores, from 0 to 100. */
export interface SquadScores {
  /** The share of answers that are one of the reference's but for case, punctuation and articles. */
  exactMatch: number;
  /** The mean of how many words answer and reference share. */
  f1: number;
}

/** The answers by question; one for each question at most, and of no other. @internal */
export function answersById<Prediction extends AnswerPrediction>(
  where: string,
  predictions: readonly Prediction[],
  references: readonly AnswerReference[],
): Map<string, Prediction> {
  checkList(where, 'predictions', predictions);
  checkList(where, 'references', references);
  if (references.length === 0) throw new DataError(`${where}: there must be at least one reference, got none`);
  for (const reference of references) {
    const texts: unknown = reference?.answers?.text;
    if (typeof reference?.id === 'string' && Array.isArray(texts) && texts.every((text) => typeof text === 'string'))
      continue;
    throw new DataError(`${where}: references must be { id, answers: { text } }, got ${shown(reference)}`);
  }
  const known = new Set(references.map(({ id }) => id));
  if (known.size < references.length) throw new DataError(`${where}: ids of references must differ, got one twice`);
  const answers = new Map<string, Prediction>();
  for (const prediction of predictions) {
    const { id, predictionText } = (prediction ?? {}) as Partial<Prediction>;
    if (typeof id !== 'string' || typeof predictionText !== 'string')
      throw new DataError(`${where}: predictions must be { id, predictionText }, got ${shown(prediction)}`);
    if (answers.has(id) || !known.has(id)) {
      const got = `${JSON.stringify(id)} ${answers.has(id) ? 'twice' : 'without a reference'}`;
      throw new DataError(`${where}: predictions must have ids of references, each once, got ${got}`, { id });
    }
    answers.set(id, prediction);
  }
  return answers;
}

function greatest(texts: readonly string[], score: (truth: string) => number): number {
  return texts.reduce((best, truth) => Math.max(best, score(truth)), 0);
}

/**
 * Exact match and F1 of answers, as SQuAD 1.1's script has them (Rajpurkar et al., EMNLP 2016): of several references the
 * best one counts; a question without prediction scores 0.
 *
 * @throws {DataError} There are no references, an id comes twice or has no reference, or an answer is no text.
 *
 * @example
 * ```ts
 * import { squadScores } from 'gridstride';
 * const references = [{ id: 'q', answers: { text: ['the Denver Broncos', 'Denver'] } }];
 * console.log(squadScores([{ id: 'q', predictionText: 'Denver Broncos!' }], references)); // { exactMatch: 100, f1: 100 }
 * ```
 */
export function squadScores(
  predictions: readonly AnswerPrediction[],
  references: readonly AnswerReference[],
): SquadScores {
  const byId = answersById('squadScores', predictions, references);
  let [exact, f1] = [0, 0];
  for (const { id, answers } of references) {
    const answer = byId.get(id)?.predictionText;
    if (answer === undefined) continue;
    exact += greatest(answers.text, (truth) => Number(isExactAnswer(answer, truth)));
    f1 += greatest(answers.text, (truth) => answerF1(answer, truth, 0));
  }
  return { exactMatch: (100 * exact) / references.length, f1: (100 * f1) / references.length };
}

/** Exact match and F1 of one answer, from 0 to 1; where there is no answer, an empty one is right. @internal */
export function answerScores(answer: string, { answers }: AnswerReference): { exact: number; f1: number } {
  const texts = answers.text.filter((text) => answerWords(text).length > 0);
  const truths = texts.length === 0 ? [''] : texts;
  return {
    exact: greatest(truths, (truth) => Number(isExactAnswer(answer, truth))),
    f1: greatest(truths, (truth) => answerF1(answer, truth, 1)),
  };
}
