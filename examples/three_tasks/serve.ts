import { type Answer, type EntityGroup, pipeline, type ZeroShotClassification } from 'gridstride';
import { TEMPLATE, TOPIC_NAMES } from './journeys.js';
import type { Folders } from './train.js';

/** What the three pipelines say of a text. */
export interface Reading {
  text: string;
  entities: EntityGroup[];
  who: Answer;
  where: Answer;
  topics: ZeroShotClassification;
}

/** Opens the folders as any process may, and reads texts with all three: calls at the same time share batches. */
export async function read(folders: Folders, texts: readonly string[]): Promise<Reading[]> {
  using find = await pipeline('ner', folders.ner);
  using answer = await pipeline('question-answering', folders['question-answering']);
  using classify = await pipeline('zero-shot-classification', folders['zero-shot-classification']);
  // Awaited here: the pipelines are disposed when the function ends.
  return await Promise.all(
    texts.map(async (text) => {
      const [entities, who, where, topics] = await Promise.all([
        find(text, { aggregationStrategy: 'first' }),
        answer('Who was there?', text),
        answer('Where was it?', text),
        classify(text, TOPIC_NAMES, { hypothesisTemplate: TEMPLATE }),
      ]);
      return { text, entities, who, where, topics };
    }),
  );
}
