// Lists of real sequence lengths for the benches: of texts in a folder of data sets, else of the example's mails. Ids are
// drawn at random where the bench runs, so no text travels.
import path from 'node:path';
import { root, run } from './run.mjs';

const TEXTS = [
  { name: 'sst2', file: 'sst2/train.tsv', column: 'sentence' },
  { name: 'imdb', file: 'imdb_subset/test.tsv', column: 'Text' },
];
const COUNT = 1024;
const MAX_LENGTH = 512;

/** Words and punctuation marks, with the two marks around a text: about what a WordPiece vocabulary makes of it. */
const wordsOf = (text) => (text.match(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu) ?? []).length + 2;

async function countsOf(texts, tokenizer) {
  if (tokenizer === undefined) return texts.map((text) => Math.min(wordsOf(text), MAX_LENGTH));
  const { inputIds } = await tokenizer(texts, { truncation: true, maxLength: MAX_LENGTH });
  return inputIds.map((ids) => ids.length);
}

async function mails() {
  run(process.execPath, [path.join(root, 'scripts/install_examples.mjs')]);
  const { loadMails } = await import(path.join(root, 'dist/examples/spam/mails.js'));
  return (await loadMails()).column('text').slice(0, COUNT);
}

/**
 * Lists by name, `{ sst2: [12, 5, ...] }`, of at most 1024 texts each.
 * @param data a folder of data sets, whose texts are counted by the tokenizer of a model's folder, else by words
 */
export async function drawLengths(data, tokenizerFolder) {
  const { AutoTokenizer, Dataset } = await import(path.join(root, 'dist/lib/index.js'));
  const tokenizer = tokenizerFolder === undefined ? undefined : await AutoTokenizer.fromPretrained(tokenizerFolder);
  if (data === undefined) return { mails: await countsOf(await mails(), tokenizer) };
  const lists = {};
  for (const { name, file, column } of TEXTS) {
    const table = await Dataset.fromCsv(path.join(data, file), { delimiter: '\t', quote: null });
    lists[name] = await countsOf(table.column(column).slice(0, COUNT), tokenizer);
  }
  return lists;
}
