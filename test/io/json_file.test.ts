import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readJsonFile } from '../../lib/io/json_file.js';
import { CheckpointError, ConfigError } from '../../lib/util/errors.js';
import { testFolder } from './safetensors_bytes.js';

const folder = testFolder();
async function file(contents: string | Uint8Array): Promise<string> {
  const path = join(folder, 'x.json');
  await writeFile(path, contents);
  return path;
}

describe('readJsonFile', () => {
  it('gives the value, also behind a byte order mark', async () => {
    expect(await readJsonFile(await file('{"a":[1,null]}'))).toEqual({ a: [1, null] });
    expect(await readJsonFile(await file('\ufeff[2]'))).toEqual([2]);
  });

  it('names the file and the reason, in the class asked for', async () => {
    for (const [contents, rule] of [
      ['{"a":', 'the file must be JSON, got '],
      ['', 'the file must be JSON, got '],
      [Uint8Array.of(0x22, 0xff, 0x22), 'the file must be UTF-8, got other bytes for '],
      [' '.repeat(101), 'the file must have at most 100 bytes, got 101 for '],
    ] as const) {
      const path = await file(contents);
      const error = (await readJsonFile(path, { maxBytes: 100, ErrorClass: ConfigError }).catch(
        (e: unknown) => e,
      )) as Error;
      expect(error).toBeInstanceOf(ConfigError);
      expect(error.message).toContain(rule);
      expect(error.message).toContain(path);
      expect(error.message).not.toContain('\n');
    }
  });

  it('refuses what is absent or no file', async () => {
    await expect(readJsonFile(join(folder, 'absent'))).rejects.toThrow(/readable, got ENOENT for .*absent/);
    await expect(readJsonFile(folder)).rejects.toThrow(/regular one, got a folder/);
    await expect(readJsonFile('/dev/zero')).rejects.toThrow(CheckpointError);
  });

  it('refuses a value nested a hundred thousand deep', async () => {
    const path = await file('['.repeat(100_000) + ']'.repeat(100_000));
    await expect(readJsonFile(path)).rejects.toThrow(CheckpointError);
    await expect(readJsonFile(path)).rejects.toThrow(/must be JSON, got values nested more than 500 deep for /);
  });

  it('does not wait for the writer of a pipe', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(readJsonFile(pipe)).rejects.toThrow(/regular one, got another kind/);
  });
});
