import { Dataset, prepareQuestionAnswering } from '../../../data/index.js';
import type { DataRow } from '../../../data/readers/source.js';
import { answersOf } from '../../../data/tasks/answer_spans.js';
import { AutoModelForQuestionAnswering } from '../../../models/index.js';
import { trainWordPiece } from '../../../tokenizers/index.js';
import { questionAnsweringMetrics } from '../../../train/index.js';
import { ConfigError } from '../../../util/errors.js';
import type { Columns } from '../../task/columns.js';
import { preparedSets, readFiles, savedColumns, textIn } from './read_all.js';
import type { TrainTask } from './task.js';

/** A question, where its answer is to be found, and where it stands there. */
interface Question {
  question: string;
  context: string;
  answers: { text: string[]; answerStart: number[] };
}

function questionOf(row: DataRow, { text, textPair, label }: Columns): Question {
  const [question, context] = [textIn(row, text), textIn(row, textPair!)];
  const found = answersOf('question-answering', row[label], context);
  return {
    question,
    context,
    answers: { text: found.map((answer) => answer.text), answerStart: found.map(({ start }) => start) },
  };
}

/** Questions whose answers are spans of a context. @internal */
export const questionAnswering: TrainTask = {
  name: 'question-answering',
  head: 'questionAnswering',
  auto: AutoModelForQuestionAnswering,
  adapter: 'QUESTION_ANS',
  options: ['stride'],
  columns: { textColumn: 'question', textPairColumn: 'context', labelColumn: 'answers' },
  newTokenizer: trainWordPiece,
  async read(where, settings, point, io) {
    const { stride = point.task.stride } = settings;
    const wanted = ({ text, textPair, label }: Columns) => [text, textPair!, label];
    const reading = { formats: { json: 'squad' }, wanted, convert: questionOf } as const;
    const questions = await readFiles(where, { task: questionAnswering, settings, point }, reading, io);
    return {
      names: undefined,
      rows: { train: questions.train.length, eval: questions.eval?.length },
      told: 'answers in a context',
      metrics: ['loss', 'exactMatch', 'f1'],
      saved: { ...savedColumns(questions.columns), stride },
      *texts() {
        for (const { question, context } of questions.train) yield* [question, context];
      },
      async parts(context) {
        const { tokenizer, maxLength, signal } = context;
        if (stride !== undefined && stride >= maxLength)
          throw new ConfigError(`${where}: --stride must be below --max-length ${maxLength}, got ${stride}`);
        const prepare = (rows: readonly Question[]) =>
          prepareQuestionAnswering(Dataset.fromArray(rows), tokenizer, {
            // Longer windows have little use, and take long: as in Python's example.
            maxLength: settings.maxLength === undefined ? Math.min(maxLength, 384) : maxLength,
            ...(stride !== undefined && { stride }),
            signal,
          });
        const sets = await preparedSets(questions, context, prepare);
        const { evalDataset } = sets;
        return {
          ...sets,
          ...(evalDataset && { computeMetrics: questionAnsweringMetrics(questions.eval!, evalDataset) }),
        };
      },
    };
  },
};
