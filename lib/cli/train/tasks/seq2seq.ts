import { DataCollatorForSeq2Seq, Dataset, prepareSeq2Seq } from '../../../data/index.js';
import type { DataRow } from '../../../data/readers/source.js';
import { textMetrics } from '../../../metrics/index.js';
import { AutoModelForSeq2SeqLM } from '../../../models/index.js';
import { trainByteLevelBpe } from '../../../tokenizers/index.js';
import type { Columns } from '../../task/columns.js';
import { preparedSets, readFiles, savedColumns, textIn } from './read_all.js';
import type { TrainTask } from './task.js';

/** Tokens that are written at most where nobody says how many, as in Python's example. */
const LONGEST_TARGET = 128;

const SKIPPING = { skipSpecialTokens: true };
const METRICS = ['bleu', 'chrf', 'generatedLength'];

/** What is to be written from a text: translations, summaries. @internal */
export const seq2seq: TrainTask = {
  name: 'seq2seq',
  head: 'seq2SeqLM',
  auto: AutoModelForSeq2SeqLM,
  adapter: 'SEQ_2_SEQ_LM',
  options: ['maxTargetLength', 'sourcePrefix'],
  columns: { textColumn: 'source', labelColumn: 'target' },
  arguments: ({ predictWithGenerate, maxTargetLength, maxLength, generationMaxLength, generationNumBeams }) => ({
    predictionLossOnly: predictWithGenerate !== true,
    generationMaxLength:
      ((generationMaxLength ?? maxTargetLength ?? maxLength) as number | undefined) ?? LONGEST_TARGET,
    ...(generationNumBeams !== undefined && { generationNumBeams: generationNumBeams as number }),
  }),
  judging: { predictWithGenerate: true },
  needsTokenIds: true,
  newTokenizer: (texts, limits) => trainByteLevelBpe(texts, limits),
  async read(where, settings, point, io) {
    const { maxTargetLength = point.task.maxTargetLength, sourcePrefix = point.task.sourcePrefix } = settings;
    const { generationMaxLength, generationNumBeams } = settings.args;
    const reading = {
      wanted: ({ text, label }: Columns) => [text, label],
      convert: (row: DataRow, { text, label }: Columns) => ({ source: textIn(row, text), target: textIn(row, label) }),
    };
    const pairs = await readFiles(where, { task: seq2seq, settings, point }, reading, io);
    return {
      names: undefined,
      rows: { train: pairs.train.length, eval: pairs.eval?.length },
      told: 'texts to write',
      metrics: ['loss', ...(settings.args.predictWithGenerate ? METRICS : [])],
      saved: { ...savedColumns(pairs.columns), maxTargetLength, sourcePrefix, generationMaxLength, generationNumBeams },
      *texts() {
        for (const pair of pairs.train) yield* [pair.source, pair.target];
      },
      async parts(context) {
        const { tokenizer, maxLength, signal } = context;
        const prepare = (rows: typeof pairs.train) =>
          prepareSeq2Seq(Dataset.fromArray(rows), tokenizer, {
            maxLength,
            ...(sourcePrefix !== undefined && { sourcePrefix }),
            ...(maxTargetLength !== undefined && { maxTargetLength }),
            signal,
          });
        return {
          ...(await preparedSets(pairs, context, prepare)),
          dataCollator: new DataCollatorForSeq2Seq(),
          ...(settings.args.predictWithGenerate && {
            computeMetrics: textMetrics({ decode: (ids) => tokenizer.decode(ids, SKIPPING), metrics: METRICS }),
          }),
        };
      },
    };
  },
};
