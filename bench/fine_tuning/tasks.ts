import path from 'node:path';
import { Dataset, type ProblemType } from 'gridstride';

/** A text with its class, or with all that apply. */
export interface LabelledText {
  readonly text: string;
  readonly label: number | readonly number[];
}

/** A data set to fine-tune on, in the form that both sides read. */
export interface Task {
  readonly name: string;
  readonly problemType: ProblemType;
  readonly numLabels: number;
  readonly epochs: number;
  readonly train: readonly LabelledText[];
  readonly test: readonly LabelledText[];
}

/** Training rows of the two larger sets. */
const TRAIN_ROWS = 10_000;
const SEED = 42;

type Sentence = { sentence: string; label: string };

async function sst2(folder: string): Promise<Task> {
  const read = (part: string) => Dataset.fromTsv<Sentence>(path.join(folder, 'sst2', `${part}.tsv`), { quote: null });
  const [all, test] = await Promise.all([read('train'), read('test')]);
  const train = (await all.shuffle({ seed: SEED })).toArray().slice(0, TRAIN_ROWS);
  const labelled = ({ sentence, label }: Sentence) => ({ text: sentence, label: Number(label) });
  return {
    name: 'SST-2',
    problemType: 'single_label_classification',
    numLabels: 2,
    epochs: 1,
    train: train.map(labelled),
    test: test.toArray().map(labelled),
  };
}

const SENTIMENTS = ['negative', 'neutral', 'positive'];

async function airline(folder: string): Promise<Task> {
  const file = path.join(folder, 'airline_tweets', 'Tweets.csv');
  const rows = await Dataset.fromCsv<{ text: string; airline_sentiment: string }>(file);
  const { train, test } = await rows.trainTestSplit({ testSize: 0.3, seed: SEED });
  const labelled = (part: typeof train) =>
    part.toArray().map((row) => ({ text: row.text, label: SENTIMENTS.indexOf(row.airline_sentiment) }));
  return {
    name: 'airline tweets',
    problemType: 'single_label_classification',
    numLabels: SENTIMENTS.length,
    epochs: 2,
    train: labelled(train),
    test: labelled(test),
  };
}

type Comment = { text: string; labels: string };

async function goEmotions(folder: string): Promise<Task> {
  const place = path.join(folder, 'go_emotions');
  const read = (part: string) =>
    Dataset.fromTsv<Comment>(path.join(place, `${part}.tsv`), { header: ['text', 'labels', 'id'], quote: null });
  const [all, test, names] = await Promise.all([
    read('train'),
    read('test'),
    Dataset.fromText(path.join(place, 'labels.txt')),
  ]);
  const train = (await all.shuffle({ seed: SEED })).toArray().slice(0, TRAIN_ROWS);
  const labelled = ({ text, labels }: Comment) => ({ text, label: labels.split(',').map(Number) });
  return {
    name: 'go_emotions',
    problemType: 'multi_label_classification',
    numLabels: names.length,
    epochs: 3,
    train: train.map(labelled),
    test: test.toArray().map(labelled),
  };
}

/** The three data sets by the names of their folders. */
export const TASKS = { sst2, airline_tweets: airline, go_emotions: goEmotions } as const;
