import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A file's bytes from a header (text, or a value put as JSON) and the tensors' bytes. */
export function safetensorsBytes(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

/** A folder for one test file, removed when its tests are done. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gridstride_'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A new file of these bytes in `folder`. */
export function writeBytes(folder: string, bytes: Uint8Array): string {
  const path = join(folder, `${randomBytes(6).toString('hex')}.safetensors`);
  writeFileSync(path, bytes);
  return path;
}
