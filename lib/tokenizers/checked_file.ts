import { constants, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { TokenizerError } from '../util/errors.js';
import { parseJson } from '../util/json.js';

/** Largest file read: the tokenizer.json of the largest vocabularies in use has about 35 MB. */
const MAX_FILE_BYTES = 128 * 2 ** 20;

/** Largest id a file may use: vocabularies in use stay under 2^19. @internal */
export const MAX_TOKEN_ID = 2 ** 24 - 1;

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

/**
 * A value from a file that nobody vouches for, with the file's name and the path of the field: every look at it is
 * checked, and what breaks a rule throws a TokenizerError that names both.
 * @internal
 */
export class CheckedValue {
  readonly file: string;
  readonly field: string;
  readonly value: unknown;

  constructor(file: string, field: string, value: unknown) {
    this.file = file;
    this.field = field;
    this.value = value;
  }

  /** Throws: this value breaks `rule`. */
  fail(rule: string): never {
    const where = this.field === '' ? this.file : `${this.file}: ${this.field}`;
    throw new TokenizerError(`${where} ${rule}, got ${describe(this.value)}`, { file: this.file, field: this.field });
  }

  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** A property of an object; names that JSON did not put there are absent. */
  get(name: string): CheckedValue {
    const object = this.object();
    const field = this.field === '' ? name : `${this.field}.${name}`;
    return new CheckedValue(this.file, field, Object.hasOwn(object, name) ? object[name] : undefined);
  }

  object(): Record<string, unknown> {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('must be an object');
    return value as Record<string, unknown>;
  }

  /** The items of an array of at most `most`. */
  items(most: number): CheckedValue[] {
    const { value } = this;
    if (!Array.isArray(value)) this.fail('must be an array');
    if (value.length > most) this.fail(`must have at most ${most} items`);
    return value.map((item: unknown, i) => new CheckedValue(this.file, `${this.field}[${i}]`, item));
  }

  string(): string {
    const { value } = this;
    return typeof value === 'string' ? value : this.fail('must be a string');
  }

  boolean(): boolean {
    const { value } = this;
    return typeof value === 'boolean' ? value : this.fail('must be true or false');
  }

  integer(least: number, most: number): number {
    const { value } = this;
    const isInRange = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
    return isInRange ? value : this.fail(`must be an integer from ${least} to ${most}`);
  }

  /** `read`, or `otherwise` where the value is absent or null. */
  optional<T>(read: (value: CheckedValue) => T, otherwise: T): T {
    return this.isAbsent ? otherwise : read(this);
  }
}

function refuseFile(path: string, rule: string, cause?: unknown): never {
  throw new TokenizerError(`${basename(path)}: ${rule} (${path})`, { file: path }, { cause });
}

/**
 * A file of at most 128 MiB, or undefined when there is none.
 * @throws {TokenizerError} It is no regular file, too large or unreadable.
 * @internal
 */
export async function readByteFile(path: string): Promise<Uint8Array | undefined> {
  const refuse = (rule: string, cause?: unknown): never => refuseFile(path, rule, cause);
  try {
    // Non-blocking: opening a pipe that nobody writes to would never return.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) refuse('must be a regular file');
      if (stat.size > MAX_FILE_BYTES) refuse(`must have at most ${MAX_FILE_BYTES} bytes, got ${stat.size}`);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof TokenizerError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return refuse(`must be readable, got ${(error as NodeJS.ErrnoException).code ?? String(error)}`, error);
  }
}

/**
 * The text of such a file.
 * @throws {TokenizerError} As {@link readByteFile}, or it is no UTF-8.
 * @internal
 */
export async function readTextFile(path: string): Promise<string | undefined> {
  const bytes = await readByteFile(path);
  try {
    return bytes && new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    return refuseFile(path, 'must be UTF-8 text', error);
  }
}

/**
 * A JSON file as a checked value, or undefined when there is none.
 * @throws {TokenizerError} As {@link readTextFile}, or the text is no JSON, or nested too deep.
 * @internal
 */
export async function readJsonFile(path: string): Promise<CheckedValue | undefined> {
  const text = await readTextFile(path);
  if (text === undefined) return undefined;
  const refuse = (got: string, cause?: unknown): TokenizerError =>
    new TokenizerError(`${basename(path)}: must be JSON, got ${got}`, { file: path }, { cause });
  return new CheckedValue(basename(path), '', parseJson(text, refuse));
}
