import { Dataset, DataCollatorForLanguageModeling, prepareLanguageModeling } from '../../../data/index.js';
import type { DataRow } from '../../../data/readers/source.js';
import { pickFields } from '../../flags/fields.js';
import type { Columns } from '../../task/columns.js';
import type { CliIo } from '../../io.js';
import { type SavedTask, wordFields } from '../../task/saved_task.js';
import type { TrainSettings } from '../settings.js';
import type { StartingPoint } from '../start_model.js';
import { preparedSets, readFiles, savedColumns, textIn } from './read_all.js';
import type { TaskData, TrainTask } from './task.js';

/** Where nothing but texts is given: lines lose their end, and get it back for models of running text. */
const asLine = (text: string): string => `${text}\n`;

/** Texts alone, whose words are hidden or follow each other. @internal */
export async function readTexts(
  task: TrainTask & { mlm: boolean },
  where: string,
  settings: TrainSettings,
  point: StartingPoint,
  io: CliIo,
): Promise<TaskData> {
  const { args } = settings;
  const words = { ...pickFields(wordFields, point.task), ...pickFields(wordFields, { ...settings }) };
  const { lineByLine, wholeWordMask, mlmProbability }: Pick<SavedTask, keyof typeof wordFields> = words;
  const { mlm } = task;
  const reading = {
    wanted: ({ text }: Columns) => [text],
    convert: (row: DataRow, { text, format }: Columns) => {
      const value = textIn(row, text);
      return { text: !mlm && format === 'text' ? asLine(value) : value };
    },
  };
  const texts = await readFiles(where, { task, settings, point }, reading, io);
  return {
    names: undefined,
    rows: { train: texts.train.length, eval: texts.eval?.length },
    told: mlm ? 'hidden words' : 'next words',
    metrics: ['loss'],
    saved: { ...savedColumns(texts.columns), ...words },
    *texts() {
      for (const { text } of texts.train) yield text;
    },
    async parts(context) {
      const { tokenizer, maxLength, signal } = context;
      const prepare = (rows: typeof texts.train) =>
        prepareLanguageModeling(Dataset.fromArray(rows), tokenizer, {
          blockSize: Math.min(maxLength, settings.maxLength ?? 1024),
          ...(lineByLine !== undefined && { lineByLine }),
          wholeWords: wholeWordMask === true,
          signal,
        });
      return {
        ...(await preparedSets(texts, context, prepare)),
        dataCollator: new DataCollatorForLanguageModeling({
          tokenizer,
          mlm,
          seed: args.seed,
          ...(mlmProbability !== undefined && { mlmProbability }),
          ...(wholeWordMask !== undefined && { wholeWordMask }),
        }),
      };
    },
    also: ({ evalLoss }) => ({ evalPerplexity: Math.exp(evalLoss!) }),
  };
}
