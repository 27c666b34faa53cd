import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureWritableFolder, writeFileAtomic } from '../../lib/util/atomic_write.js';
import { AbortError, CheckpointError } from '../../lib/util/errors.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridstride_'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writeFileAtomic', () => {
  it('writes strings, bytes and pieces of both, and leaves no other file', async () => {
    async function* parts(): AsyncIterable<string | Uint8Array> {
      yield 'a';
      yield new Uint8Array([98]);
    }
    for (const [contents, text] of [
      ['plain', 'plain'],
      ['', ''],
      [new TextEncoder().encode('bytes'), 'bytes'],
      [['one ', 'two'], 'one two'],
      [parts(), 'ab'],
    ] as const) {
      await writeFileAtomic(join(folder, 'x.json'), contents);
      expect(await readFile(join(folder, 'x.json'), 'utf8')).toBe(text);
    }
    expect(await readdir(folder)).toEqual(['x.json']);
  });

  it('does not split a surrogate pair at the edge of its pieces', async () => {
    const text = `${'x'.repeat((1 << 18) - 1)}😀tail`;
    await writeFileAtomic(join(folder, 'x'), text);
    expect((await readFile(join(folder, 'x'), 'utf8')) === text).toBe(true);
  });

  it('keeps the old file and removes the temporary one when the contents fail', async () => {
    const path = join(folder, 'x');
    await writeFile(path, 'old');
    function* broken(): Iterable<string> {
      yield 'new';
      throw new RangeError('no more');
    }
    await expect(writeFileAtomic(path, broken())).rejects.toThrow(RangeError);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['x']);
  });

  it('keeps the old file when the signal fires between two pieces', async () => {
    const path = join(folder, 'x');
    await writeFile(path, 'old');
    const controller = new AbortController();
    function* parts(): Iterable<string> {
      yield 'new';
      controller.abort();
      yield 'er';
    }
    await expect(writeFileAtomic(path, parts(), { signal: controller.signal })).rejects.toThrow(AbortError);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['x']);
  });

  it('names the path when the folder is missing, is a file, or the path is a folder', async () => {
    await writeFile(join(folder, 'file'), '');
    await mkdir(join(folder, 'sub'));
    for (const [path, reason] of [
      [join(folder, 'none', 'x'), 'ENOENT'],
      [join(folder, 'file', 'x'), 'ENOTDIR'],
      [join(folder, 'sub'), 'EISDIR'],
    ] as const) {
      const error = await writeFileAtomic(path, 'x').catch((e: unknown) => e);
      expect(error).toBeInstanceOf(CheckpointError);
      expect(error).toMatchObject({ fields: { path, reason } });
      expect((error as Error).message).toBe(`writeFileAtomic: the file must be writable, got ${reason} for ${path}`);
    }
    expect((await readdir(folder)).sort()).toEqual(['file', 'sub']);
  });
});

describe('ensureWritableFolder', () => {
  it('makes the folder and those above it', async () => {
    await ensureWritableFolder(join(folder, 'a', 'b'));
    await ensureWritableFolder(join(folder, 'a', 'b'));
    expect(await readdir(join(folder, 'a'))).toEqual(['b']);
  });

  it('names a path that is a file', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(ensureWritableFolder(join(folder, 'file'))).rejects.toThrow(CheckpointError);
    await expect(ensureWritableFolder(join(folder, 'file', 'x'))).rejects.toThrow(
      `ensureWritableFolder: the output folder must be writable, got ENOTDIR for ${join(folder, 'file', 'x')}`,
    );
  });

  it.skipIf(!existsSync('/proc/self'))('returns where the system denies that the folder can be there', async () => {
    for (const path of ['/proc/x', '/proc/x/y', '/proc']) {
      const error = await ensureWritableFolder(path).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(CheckpointError);
      expect(error).toMatchObject({ fields: { path } });
    }
  });

  it('refuses what is no path', async () => {
    for (const path of [null, undefined, '', 'a\0b'] as string[])
      await expect(ensureWritableFolder(path)).rejects.toThrow(
        /^ensureWritableFolder: the output folder must be a path/,
      );
  });

  it('takes a link to a folder, and leaves nothing in a folder that is there', async () => {
    await symlink(folder, join(folder, 'link'));
    await ensureWritableFolder(join(folder, 'link', 'below'));
    expect((await readdir(folder)).sort()).toEqual(['below', 'link']);
  });

  it.skipIf(process.getuid?.() === 0)('names a folder without write permission', async () => {
    await chmod(folder, 0o555);
    await expect(ensureWritableFolder(folder)).rejects.toThrow(/got EACCES/);
    await chmod(folder, 0o755);
  });
});
