import path from 'node:path';
import {
  accuracyScore,
  AutoModelForSequenceClassification,
  AutoTokenizer,
  DataCollatorWithPacking,
  Dataset,
  tokenizeRows,
} from 'gridstride';
import { type DataPlace, FINE_TUNING, NO_DROPOUT, type TextTask } from './plan.js';

const NAMES = ['entailment', 'neutral', 'contradiction'];

interface Pair {
  sentence1: string;
  sentence2: string;
  gold_label: string;
}

/** Entailment of SNLI's pairs: accuracy of the test set. */
export async function snli({ data, model, rows }: DataPlace): Promise<TextTask> {
  const tokenizer = await AutoTokenizer.fromPretrained(model);
  const read = async (part: string) => {
    const all = await Dataset.fromTsv<Pair>(path.join(data, 'snli_subset', `${part}.tsv`), { quote: null });
    const pairs = all.toArray().slice(0, rows);
    const labelled = pairs.map((pair) => ({ ...pair, label: NAMES.indexOf(pair.gold_label) }));
    const columns = { textColumn: 'sentence1', textPairColumn: 'sentence2', maxLength: 128 };
    return (await tokenizeRows(Dataset.fromArray(labelled), tokenizer, columns)).toArray();
  };
  const test = await read('test');
  return {
    name: 'SNLI',
    architecture: 'BertForSequenceClassification',
    reading: 'classes',
    recipe: { ...FINE_TUNING, epochs: 5, batch: 16, learningRate: 1e-4 },
    pretrained: model,
    numLabels: NAMES.length,
    train: await read('train'),
    test,
    tokenizer,
    collator: new DataCollatorWithPacking({ labelKind: 'class' }),
    start: (seed, hasDropout) =>
      AutoModelForSequenceClassification.fromPretrained(model, {
        numLabels: NAMES.length,
        problemType: 'single_label_classification',
        seed,
        config: hasDropout ? {} : NO_DROPOUT,
      }),
    scores: ({ predictions }) => ({
      accuracy:
        100 *
        accuracyScore(
          test.map(({ label }) => label),
          predictions.map(([label]) => label!),
        ),
    }),
  };
}
