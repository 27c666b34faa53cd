// node label_mails.js FOLDER MAILS.json: labels mails with a saved classifier.
import { DataError, pipeline } from 'gridstride';
import { readFile } from 'node:fs/promises';
import type { Mail } from './mails.js';

const [folder, file] = process.argv.slice(2);
if (folder === undefined || file === undefined) throw new DataError('label_mails: a folder and a file must be given');
const mails = JSON.parse(await readFile(file, 'utf8')) as Mail[];
using classify = await pipeline('text-classification', folder);
const found = await classify(mails.map(({ text }) => text));
for (const [i, { label, score }] of found.entries()) {
  const { text, label: actual } = mails[i]!;
  const mark = label === actual ? ' ' : '!';
  console.log(`  ${mark} ${label.padEnd(4)} ${score.toFixed(4)}  (is ${actual.padEnd(4)})  ${text.slice(0, 70)}`);
}
