import type { PreTrainedTokenizer } from '../../tokenizers/index.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { DataError } from '../../util/errors.js';
import type { TokenizedRow } from '../batches/collator.js';
import type { Dataset } from '../table/dataset.js';
import { checkColumn } from '../table/row_source.js';
import { type Answer, answersOf, answerTokens, contextSpan, type ContextSpan } from './answer_spans.js';
import { BATCH_ROWS, idColumns, textsIn } from './columns.js';

/** What {@link prepareQuestionAnswering} takes. */
export interface QuestionAnsweringOptions {
  /** `question` by default. */
  questionColumn?: string;
  /** `context` by default. */
  contextColumn?: string;
  /**
   * `answers` by default: `{ text: string[], answerStart: number[] }`, as {@link Dataset.fromSquad} gives them, in UTF-16
   * units; or with `answer_start`, in code points, as SQuAD has them; or a list of `{ text, answer_start }`. The first one
   * is trained on; none means that the context holds no answer.
   */
  answersColumn?: string;
  /** Most tokens of a window; 384 by default, or what the tokenizer takes where that is less. */
  maxLength?: number;
  /** Tokens of the context that a window repeats of the one before; 128 by default, or a quarter of a shorter window. */
  stride?: number;
  signal?: AbortSignal | undefined;
}

/** A window of a question and its context. */
export interface QuestionWindow extends TokenizedRow {
  inputIds: Int32Array;
  /** Column of the answer's first token; the first column where the window does not hold the answer. */
  startPositions: number;
  endPositions: number;
  /** Where each token stands in the context, two numbers a token in UTF-16 units; -1 for tokens that are not of it. */
  offsets: Int32Array;
  /** The row it is of. */
  sampleIndex: number;
}

const WHERE = 'prepareQuestionAnswering';
const OPTION_NAMES = ['questionColumn', 'contextColumn', 'answersColumn', 'maxLength', 'stride', 'signal'] as const;

/** Token offsets within the context alone. */
function contextOffsets(offsets: Int32Array, { begin, end }: ContextSpan): Int32Array {
  return offsets.map((offset, i) => (i >= 2 * begin && i < 2 * end ? offset : -1));
}

/** @throws {DataError} It has no text at all */
function checkContexts(contexts: readonly string[], first: number): void {
  const empty = contexts.findIndex((context) => context.trim() === '');
  if (empty < 0) return;
  const row = first + empty;
  throw new DataError(`${WHERE}: a context must hold text, got an empty one in row ${row}`, { row });
}

/**
 * Tokenizes questions with their contexts, for a model that points at answers: a context longer than the model takes
 * becomes several windows, and the answer of those that do not hold it is their first column ([CLS]), as in Python's
 * example for SQuAD. The rows' other columns go; `sampleIndex` names the row.
 *
 * @throws {ConfigError} An option is unknown or out of range.
 * @throws {DataError} A column is not there, a context is empty, or an answer does not stand in its context.
 * @throws {AbortError} The signal fired.
 *
 * @example
 * ```ts
 * import { Dataset, prepareQuestionAnswering, trainWordPiece } from 'gridstride';
 * const context = 'ada wrote the first program';
 * const rows = Dataset.fromArray([{ question: 'who?', context, answers: { text: ['ada'], answer_start: [0] } }]);
 * const tokenizer = await trainWordPiece([context, 'who?'], { vocabSize: 90, minFrequency: 1 });
 * const windows = await prepareQuestionAnswering(rows, tokenizer, { maxLength: 24, stride: 4 });
 * const { inputIds, startPositions, endPositions } = windows.at(0);
 * console.log(tokenizer.decode(inputIds.slice(startPositions, endPositions + 1))); // ada
 * ```
 */
export async function prepareQuestionAnswering<Row extends object>(
  rows: Dataset<Row>,
  tokenizer: PreTrainedTokenizer,
  options: QuestionAnsweringOptions = {},
): Promise<Dataset<QuestionWindow>> {
  checkOptionNames(WHERE, options, OPTION_NAMES);
  const { questionColumn = 'question', contextColumn = 'context', answersColumn = 'answers', signal } = options;
  const maxLength = options.maxLength ?? Math.min(384, tokenizer.modelMaxLength ?? 384);
  const stride = options.stride ?? Math.min(128, Math.floor(maxLength / 4));
  for (const column of [questionColumn, contextColumn, answersColumn]) checkColumn(rows, WHERE, column);
  const prepare = async (columns: Record<string, unknown[]>, first: number) => {
    const batch = { columns, first };
    const questions = textsIn(WHERE, questionColumn, batch).map((question) => question.trimStart());
    const contexts = textsIn(WHERE, contextColumn, batch);
    checkContexts(contexts, first);
    const answers = contexts.map((context, i) => answersOf(WHERE, columns[answersColumn]![i], context, first + i)[0]);
    const encoded = await tokenizer.encodeBatch(questions, {
      textPair: contexts,
      truncation: 'only_second',
      maxLength,
      stride,
      returnOverflowingTokens: true,
      returnAttentionMask: false,
      returnOffsetsMapping: true,
      returnSpecialTokensMask: true,
      typedArrays: true,
      signal,
    });
    const rowOf = Array.from(encoded.overflowToSampleMapping!);
    const spans = encoded.specialTokensMask!.map((special, i) => {
      const question = () => tokenizer.encode(questions[rowOf[i]!]!, { addSpecialTokens: false }).inputIds.length;
      return contextSpan(special, question);
    });
    const found = spans.map((span, i) => spanOf(answers[rowOf[i]!], encoded.offsets![i]!, span));
    const noAnswer = encoded.inputIds.map((ids) => Math.max(ids.indexOf(tokenizer.clsTokenId ?? -1), 0));
    return {
      ...idColumns(encoded),
      startPositions: found.map((tokens, i) => tokens?.[0] ?? noAnswer[i]!),
      endPositions: found.map((tokens, i) => tokens?.[1] ?? noAnswer[i]!),
      offsets: spans.map((span, i) => contextOffsets(encoded.offsets![i]!, span)),
      sampleIndex: rowOf.map((row) => first + row),
    };
  };
  const prepared = await rows.map(prepare as never, {
    batched: true,
    batchSize: BATCH_ROWS,
    removeColumns: rows.columnNames as never[],
    signal,
  });
  return prepared as unknown as Dataset<QuestionWindow>;
}

function spanOf(answer: Answer | undefined, offsets: Int32Array, span: ContextSpan) {
  return answer === undefined ? undefined : answerTokens(answer, offsets, span);
}
