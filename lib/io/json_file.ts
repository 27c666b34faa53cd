import { constants, open } from 'node:fs/promises';
import { CheckpointError, type ErrorFields, type GridstrideError } from '../util/errors.js';
import { parseJson } from '../util/json.js';

/** What {@link readJsonFile} takes. @internal */
export interface JsonFileOptions {
  /** Longest file that is read, in bytes; 16 MiB by default. */
  maxBytes?: number;
  /** Class of the errors thrown; {@link CheckpointError} by default. */
  ErrorClass?: new (message: string, fields?: ErrorFields, options?: ErrorOptions) => GridstrideError;
}

const DEFAULT_MAX_BYTES = 16 << 20;

/**
 * A JSON file's value, of any form: the caller checks it. The file's length is checked before it is read, the
 * depth before it is parsed.
 *
 * @throws {CheckpointError} (or the class given) It is not there, too long, not UTF-8, not JSON or nested too deep; fields:
 *   path, and reason (the system's code) when it cannot be read.
 * @internal
 */
export async function readJsonFile(path: string, options: JsonFileOptions = {}): Promise<unknown> {
  const { maxBytes = DEFAULT_MAX_BYTES, ErrorClass = CheckpointError } = options;
  const fail = (rule: string, got: string, fields: ErrorFields = {}, cause?: unknown): GridstrideError =>
    new ErrorClass(`readJsonFile: ${rule}, got ${got} for ${path}`, { path, ...fields }, { cause });
  let bytes: Uint8Array;
  try {
    // Non-blocking: opening a pipe that nobody writes to would never return.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const info = await file.stat();
      if (!info.isFile())
        throw fail('the file must be a regular one', info.isDirectory() ? 'a folder' : 'another kind');
      if (info.size > maxBytes) throw fail(`the file must have at most ${maxBytes} bytes`, `${info.size}`);
      bytes = await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof ErrorClass) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw fail('the file must be readable', reason, { reason }, error);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw fail('the file must be UTF-8', 'other bytes', {}, error);
  }
  return parseJson(text, (got, cause) => fail('the file must be JSON', got, {}, cause));
}
