import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const header = readFileSync(join(import.meta.dirname, '../../native/text/unicode_tables.h'), 'utf8');
const made = /from Unicode (\S+);/.exec(header)?.[1];
const here = process.versions.unicode;
if (made !== here) console.warn(`skipped: unicode_tables.h is of Unicode ${made}, this Node of ${here}`);

describe.skipIf(made !== here)('native/text/unicode_tables.h', () => {
  it('is what scripts/make_unicode_tables.mjs writes', async () => {
    const script = '../../scripts/make_unicode_tables.mjs';
    const { makeTables } = (await import(script)) as { makeTables(): string };
    expect(makeTables() === header).toBe(true);
  });
});
