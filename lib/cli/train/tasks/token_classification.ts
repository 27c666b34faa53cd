import { Dataset, DataCollatorForTokenClassification, prepareTokenClassification } from '../../../data/index.js';
import type { DataRow } from '../../../data/readers/source.js';
import { classificationMetrics, entityMetrics, type MetricAccumulator } from '../../../metrics/index.js';
import { AutoModelForTokenClassification } from '../../../models/index.js';
import { trainWordPiece } from '../../../tokenizers/index.js';
import { DataError } from '../../../util/errors.js';
import { shown } from '../../../util/shown.js';
import type { Columns } from '../../task/columns.js';
import { ClassIndex, classesFor } from '../../task/labels.js';
import { givenNames } from '../start_model.js';
import { atRow, preparedSets, readFiles, savedColumns } from './read_all.js';
import type { TrainTask } from './task.js';

/** A sentence with a label for each word. */
interface LabelledSentence {
  tokens: string[];
  tags: string[];
}

function listIn(row: DataRow, column: string, what: string): string[] {
  const value = row[column];
  const isOne = (part: unknown) => typeof part === 'string' || typeof part === 'number';
  if (Array.isArray(value) && value.every(isOne)) return value.map(String);
  throw new DataError(`column ${column} must hold lists of ${what}, got ${shown(value)}`, { column });
}

function sentenceOf(row: DataRow, { text, label }: Columns): LabelledSentence {
  const [tokens, tags] = [listIn(row, text, 'words'), listIn(row, label, 'labels')];
  if (tokens.length === tags.length) return { tokens, tags };
  throw new DataError(`each word must have a label, got ${tags.length} for ${tokens.length}`);
}

/** Whether classes name parts of entities: O, B-PER, I-PER ... */
function areEntities(names: readonly string[]): boolean {
  return names.every((name) => name === 'O' || /^[BIESLU]-./.test(name));
}

/** Of entities where there are some, else of words. */
function metricsOf(names: readonly string[]): MetricAccumulator {
  return areEntities(names) ? entityMetrics({ labels: names }) : classificationMetrics();
}

/** Words with a class each, such as entities by BIO. @internal */
export const tokenClassification: TrainTask = {
  name: 'token-classification',
  head: 'tokenClassification',
  auto: AutoModelForTokenClassification,
  adapter: 'TOKEN_CLS',
  options: ['labels', 'stride', 'labelAllTokens'],
  columns: { textColumn: 'tokens', labelColumn: 'tags' },
  newTokenizer: trainWordPiece,
  async read(where, settings, point, io) {
    const { train: source, eval: evalSource, stride, labelAllTokens, labels } = settings;
    const files = { task: tokenClassification, settings, point };
    const wanted = ({ text, label }: Columns) => [text, label];
    const reading = { formats: { text: 'conll' }, wanted, convert: sentenceOf } as const;
    const read = await readFiles(where, files, reading, io);
    const { columns, train: rows } = read;
    const names = labels ?? classesFor(givenNames(point.config), [...new Set(rows.flatMap(({ tags }) => tags))]);
    const index = new ClassIndex(names);
    const encoded = (file: string, sentences: readonly LabelledSentence[]) =>
      sentences.map(({ tokens, tags }, i) => ({
        tokens,
        tags: atRow(file, i, () => tags.map((tag) => index.placeOf(columns.label, tag))),
      }));
    const sets = { train: encoded(source, rows), eval: read.eval && encoded(evalSource!, read.eval) };
    return {
      names,
      rows: { train: rows.length, eval: read.eval?.length },
      told: `${names.length} classes of words (${names.slice(0, 8).join(', ')})`,
      metrics: areEntities(names) ? ['loss', 'precision', 'recall', 'f1', 'accuracy'] : ['loss', 'accuracy', 'f1Macro'],
      saved: { ...savedColumns(columns), stride },
      *texts() {
        for (const { tokens } of rows) yield tokens.join(' ');
      },
      async parts(context) {
        const { tokenizer, maxLength, signal } = context;
        const prepare = (sentences: readonly (typeof sets.train)[number][]) =>
          prepareTokenClassification(Dataset.fromArray(sentences), tokenizer, {
            labelNames: names,
            maxLength,
            ...(labelAllTokens !== undefined && { labelAllTokens }),
            ...(stride !== undefined && { stride }),
            signal,
          });
        return {
          ...(await preparedSets(sets, context, prepare)),
          dataCollator: new DataCollatorForTokenClassification(),
          computeMetrics: metricsOf(names),
        };
      },
    };
  },
};
