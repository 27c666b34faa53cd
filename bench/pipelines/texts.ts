import path from 'node:path';
import { Dataset } from 'gridstride';
import type { TaskWork } from '../peers/work.js';

/** Longest context in characters: all of it is in the windows of either side. */
const CONTEXT_CHARACTERS = 1200;
const LABELS = ['acting', 'story', 'music', 'pictures', 'humour'];

type TaskInputs = Omit<TaskWork, 'kind' | 'batch'>;

/** Sentences of SST-2. */
async function sentences(data: string, count: number): Promise<string[]> {
  const table = await Dataset.fromCsv(path.join(data, 'sst2/train.tsv'), { delimiter: '\t', quote: null });
  return table.slice(0, count).column('sentence');
}

/** Questions of SQuAD with their contexts. */
async function questions(data: string, count: number): Promise<TaskInputs> {
  const all = await Dataset.fromSquad(path.join(data, 'squad_v1.1/dev-v1.1-small.json'));
  const short = all.toArray().filter(({ context }) => context.length <= CONTEXT_CHARACTERS);
  const chosen = short.slice(0, count);
  return { texts: chosen.map(({ question }) => question), contexts: chosen.map(({ context }) => context) };
}

/** Real inputs of a task. @param data the folder of data sets @param maskToken of the tokenizer */
export async function inputsOf(task: string, data: string, count: number, maskToken: string): Promise<TaskInputs> {
  if (task === 'question-answering') return questions(data, count);
  const texts = await sentences(data, count);
  if (task === 'fill-mask') return { texts: texts.map((text) => text.replace(/^\s*\S+/, maskToken)) };
  return task === 'zero-shot-classification' ? { texts, labels: LABELS } : { texts };
}
