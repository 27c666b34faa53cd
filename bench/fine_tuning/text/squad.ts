import path from 'node:path';
import {
  AutoModelForQuestionAnswering,
  AutoTokenizer,
  DataCollatorWithPacking,
  Dataset,
  permutation,
  PhiloxRandom,
  prepareQuestionAnswering,
  questionAnsweringMetrics,
} from 'gridstride';
import { type DataPlace, FINE_TUNING, NO_DROPOUT, type TextTask } from './plan.js';

/** Questions to train on; the others test. */
const TRAIN_QUESTIONS = 8000;
const SEED = 42;
const WINDOW = { maxLength: 384, stride: 128 };

type Question = Awaited<ReturnType<typeof Dataset.fromSquad>> extends Dataset<infer Row> ? Row : never;

/** Whole articles, in a seeded order, until there are enough questions. */
function splitByArticle(questions: readonly Readonly<Question>[]) {
  const titles = [...new Set(questions.map(({ title }) => title))];
  const articles = titles.map((title) => questions.filter((question) => question.title === title));
  const shuffled = [...permutation(articles.length, new PhiloxRandom(SEED))].map((i) => articles[i]!);
  const train: Readonly<Question>[] = [];
  while (train.length < TRAIN_QUESTIONS && shuffled.length > 0) train.push(...shuffled.shift()!);
  return { train, test: shuffled.flat() };
}

/** Answers of SQuAD: exact match and F1 of the articles that training has not seen. */
export async function squad({ data, model, rows }: DataPlace): Promise<TextTask> {
  const all = await Dataset.fromSquad(path.join(data, 'squad_v1.1', 'dev-v1.1-rebuilt.json'));
  const { train, test } = splitByArticle(all.toArray());
  const tokenizer = await AutoTokenizer.fromPretrained(model);
  const encode = (part: typeof train) =>
    prepareQuestionAnswering(Dataset.fromArray(part.slice(0, rows)), tokenizer, WINDOW);
  const windows = await encode(test);
  return {
    name: 'SQuAD',
    architecture: 'BertForQuestionAnswering',
    reading: 'answers',
    recipe: { ...FINE_TUNING, epochs: 2, batch: 16, learningRate: 1e-4 },
    pretrained: model,
    train: (await encode(train)).toArray(),
    test: windows.toArray(),
    tokenizer,
    collator: new DataCollatorWithPacking(),
    start: (seed, hasDropout) =>
      AutoModelForQuestionAnswering.fromPretrained(model, { seed, config: hasDropout ? {} : NO_DROPOUT }),
    scores: ({ predictions }) => {
      const metrics = questionAnsweringMetrics(Dataset.fromArray(test.slice(0, rows)), windows);
      metrics.add({ predictions, labelIds: predictions.map(() => -100) });
      return metrics.compute();
    },
  };
}
