import path from 'node:path';
import {
  AutoModelForTokenClassification,
  AutoTokenizer,
  DataCollatorForTokenClassification,
  Dataset,
  entityScores,
  prepareTokenClassification,
} from 'gridstride';
import { type DataPlace, FINE_TUNING, NO_DROPOUT, type TextTask } from './plan.js';

/** Entities of WNUT-17: F1 of the test set. */
export async function wnut17({ data, model, rows }: DataPlace): Promise<TextTask> {
  const read = (part: string) => Dataset.fromConll(path.join(data, 'wnut17', `${part}.conll`), { delimiter: '\t' });
  const [train, test] = await Promise.all([read('train'), read('test')]);
  const labelNames = [...new Set(train.column('tags').flat())].sort();
  const tokenizer = await AutoTokenizer.fromPretrained(model);
  const encode = async (part: typeof train) => {
    const few = Dataset.fromArray(part.toArray().slice(0, rows));
    return (await prepareTokenClassification(few, tokenizer, { labelNames, maxLength: 128 })).toArray();
  };
  const testRows = await encode(test);
  const tagsOf = (classes: readonly number[], row: number): string[] =>
    classes.filter((_, t) => testRows[row]!.labels[t] !== -100).map((label) => labelNames[label]!);
  const truth = testRows.map(({ labels }, row) => tagsOf([...labels], row));
  return {
    name: 'WNUT-17',
    architecture: 'BertForTokenClassification',
    reading: 'tokens',
    recipe: { ...FINE_TUNING, epochs: 5, batch: 16, learningRate: 1e-4 },
    pretrained: model,
    numLabels: labelNames.length,
    train: await encode(train),
    test: testRows,
    tokenizer,
    collator: new DataCollatorForTokenClassification(),
    start: (seed, hasDropout) =>
      AutoModelForTokenClassification.fromPretrained(model, {
        numLabels: labelNames.length,
        seed,
        config: hasDropout ? {} : NO_DROPOUT,
      }),
    scores: ({ predictions }) => ({ f1: 100 * entityScores(truth, predictions.map(tagsOf)).f1 }),
  };
}
