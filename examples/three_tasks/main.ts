// Trains a model each to find names, to answer questions and to tell whether a text is about something, and serves them:
//   npm run example, or npm run example -- --model DIR to fine-tune a checkpoint.
import { GridstrideError } from 'gridstride';
import { read } from './serve.js';
import { makeTokenizer, readSettings } from './settings.js';
import { trainAll } from './train.js';

/** Sentences of words that the training has seen in others. */
const TEXTS = ['Hana sailed in Oslo on Friday.', 'Boris baked in Turin on Sunday.', 'Chloé drummed in Lima on Monday.'];

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  const tokenizer = await makeTokenizer(settings);
  const folders = await trainAll(tokenizer, settings);
  for (const [task, folder] of Object.entries(folders)) console.log(`${task}: ${folder}`);
  for (const { text, entities, who, where, topics } of await read(folders, TEXTS)) {
    console.log(`\n${text}`);
    for (const { entity_group: kind, score, start, end } of entities)
      console.log(`  ${kind} ${score.toFixed(3)} ${text.slice(start, end)}`);
    console.log(`  who: ${who.answer} ${who.score.toFixed(3)}; where: ${where.answer} ${where.score.toFixed(3)}`);
    console.log(`  ${topics.labels.map((label, i) => `${label} ${topics.scores[i]!.toFixed(3)}`).join(', ')}`);
  }
}

try {
  await main();
} catch (error) {
  // What the user can change comes as a typed error, whose text says it all.
  if (!(error instanceof GridstrideError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
