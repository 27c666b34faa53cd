import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError, Dataset } from 'gridstride';
import { mailText } from './mail_text.js';

/** A mail as the classifier sees it. */
export interface Mail {
  /** Subject and body. */
  text: string;
  label: 'ham' | 'spam';
}

const PACKAGE = join('node_modules', '@stdlib', 'datasets-spam-assassin');

/** The package's folders, and what their mails are. */
const GROUPS: readonly (readonly [folder: string, label: Mail['label']])[] = [
  ['easy-ham-1', 'ham'],
  ['easy-ham-2', 'ham'],
  ['hard-ham-1', 'ham'],
  ['spam-1', 'spam'],
  ['spam-2', 'spam'],
];

/** Files read at a time. */
const FILES_AT_ONCE = 32;

/** The data package beside this example, whether it runs from source or compiled into another folder. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (dirname(folder) !== folder) {
    const candidate = join(folder, 'examples', PACKAGE);
    if (existsSync(candidate)) return candidate;
    folder = dirname(folder);
  }
  throw new DataError('mails: the data package must be installed, got none: run npm ci --prefix examples');
}

async function readGroup(folder: string, label: Mail['label']): Promise<Mail[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const mails: Mail[] = [];
  for (let start = 0; start < files.length; start += FILES_AT_ONCE) {
    const some = files.slice(start, start + FILES_AT_ONCE);
    const texts = await Promise.all(some.map((name) => readFile(join(folder, name), 'utf8')));
    for (const text of texts) mails.push({ text: mailText((JSON.parse(text) as { text: string }).text), label });
  }
  return mails;
}

/**
 * The mails of the SpamAssassin corpus, the same in the same order on every machine: subject and body only, without
 * empty mails and without exact duplicates (the first one stays), so that no mail is on both sides of a split.
 *
 * @throws {DataError} The data package is not installed.
 */
export async function loadMails(): Promise<Dataset<Mail>> {
  const data = join(packageFolder(), 'data');
  const byText = new Map<string, Mail>();
  for (const [folder, label] of GROUPS) {
    for (const mail of await readGroup(join(data, folder), label)) {
      if (mail.text !== '' && !byText.has(mail.text)) byText.set(mail.text, mail);
    }
  }
  return Dataset.fromArray([...byText.values()]);
}
