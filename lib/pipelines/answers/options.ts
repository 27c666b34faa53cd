import { checkOptionNames } from '../../util/did_you_mean.js';
import { DataError } from '../../util/errors.js';
import { flag, integer, parseFields } from '../../util/fields.js';
import { CALL_OPTIONS, type CallOptions } from '../options.js';

/** A question and the text that its answer is looked for in. */
export interface QuestionContext {
  question: string;
  context: string;
}

/** Options of a call of a {@link QuestionAnsweringPipeline}. */
export interface QuestionAnsweringPipelineOptions extends Omit<CallOptions, 'truncation' | 'maxLength' | 'stride'> {
  /** Answers per question, best first; 1 by default. There may be fewer. */
  topK?: number | undefined;
  /** Most tokens of an answer, 15 by default. */
  maxAnswerLen?: number | undefined;
  /** Whether "no answer", an empty text, is one; false by default. */
  handleImpossibleAnswer?: boolean | undefined;
  /** Whether answers are whole words, true by default; a language without spaces may want false. */
  alignToWords?: boolean | undefined;
  /** Most tokens of a window, question and special tokens included; 384, or the model's limit, by default. */
  maxLength?: number | undefined;
  /** Tokens that a window of the context repeats from the one before; 128, or half of `maxLength`, by default. */
  stride?: number | undefined;
}

/** Rules of the options that answers are chosen by. @internal */
export const ANSWER_FIELDS = {
  topK: integer().default(1),
  maxAnswerLen: integer().default(15),
  handleImpossibleAnswer: flag().default(false),
  alignToWords: flag().default(true),
};

const OPTION_NAMES = [...CALL_OPTIONS.filter((name) => name !== 'truncation'), ...Object.keys(ANSWER_FIELDS)];

/** How answers are chosen. @internal */
export type AnswerRules = ReturnType<typeof answerRules>;

/** @throws {ConfigError} An option is unknown or out of range. @internal */
export function answerRules(where: string, options: QuestionAnsweringPipelineOptions) {
  checkOptionNames(where, options, OPTION_NAMES);
  const { topK, maxAnswerLen, handleImpossibleAnswer, alignToWords } = options;
  return parseFields(where, ANSWER_FIELDS, { topK, maxAnswerLen, handleImpossibleAnswer, alignToWords });
}

/** @throws {DataError} It is no question with its context, or one of them is empty. @internal */
export function checkQuestion(where: string, input: unknown, place: string): void {
  const { question, context } = (input ?? {}) as Partial<QuestionContext>;
  if (typeof question !== 'string' || typeof context !== 'string') {
    const got = typeof input === 'object' && input !== null ? `{ ${Object.keys(input).join(', ')} }` : typeof input;
    throw new DataError(`${where}: an input must be { question, context } of strings, got ${got}${place}`);
  }
  for (const [name, text] of Object.entries({ question, context }))
    if (text.trim() === '') throw new DataError(`${where}: ${name} must not be empty, got none${place}`, { name });
}
