import { constants, open } from 'node:fs/promises';
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { checkPath } from '../../util/checked_path.js';
import { ConfigError } from '../../util/errors.js';

/** Longest file: far beyond any real one, and parsed in a moment. */
const MAX_BYTES = 1 << 14;
/** Brackets in a file, columns before a line's first character, and nested entries that begin in one line. */
const MAX_BRACKETS = 500;
const MAX_INDENT = 64;
const MAX_INDICATORS = 64;
/** Values that stand for others: a file must not grow in memory. */
const MAX_ALIASES = 32;

type Key = string | number;

/** A YAML file's value, and where each part of it stands. @internal */
export class YamlFile {
  readonly path: string;
  readonly value: unknown;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  /** @throws ConfigError for a value that grows past bounds */
  constructor(path: string, document: Document.Parsed, lines: LineCounter) {
    this.path = path;
    this.#document = document;
    this.#lines = lines;
    try {
      this.value = document.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (cause) {
      throw new ConfigError(`${path}: the file must have few aliases, got ${(cause as Error).message}`, { path });
    }
  }

  /** The line of a key, or of an item of a list, counted from 1; that of what holds it where it is not there. */
  lineOf(...keys: readonly Key[]): number {
    let node: unknown = this.#document.contents;
    let offset = this.#document.contents?.range?.[0] ?? 0;
    for (const key of keys) {
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
        if (pair === undefined) break;
        offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(key)];
        offset = (node as { range?: number[] } | undefined)?.range?.[0] ?? offset;
      } else break;
    }
    return this.#lines.linePos(offset).line;
  }

  /** An error at the line of a part. */
  refuse(keys: readonly Key[], text: string): ConfigError {
    const line = this.lineOf(...keys);
    return new ConfigError(`${this.path}:${line}: ${text}`, { path: this.path, line });
  }
}

/**
 * Whether a text may hold values nested deeper than the parser, which recurses, can stand: found in the text as it is,
 * in places that are none (strings, comments) too.
 */
function isTooDeep(text: string): boolean {
  if ((text.match(/[[{]/g)?.length ?? 0) > MAX_BRACKETS) return true;
  return text.split('\n').some((line) => {
    const indent = line.length - line.trimStart().length;
    return indent > MAX_INDENT || (line.match(/[-?:](?=\s|$)/g)?.length ?? 0) > MAX_INDICATORS;
  });
}

/**
 * Reads a YAML 1.2 text of plain values. Nothing in it is ever executed: tags beyond the core schema's are refused.
 *
 * @param path Names the file in errors.
 * @throws ConfigError naming file and line, for a text that is malformed, too deep or of several documents
 * @internal
 */
export function parseYaml(path: string, text: string): YamlFile {
  const lines = new LineCounter();
  const refuse = (offset: number, rule: string): ConfigError => {
    const { line } = lines.linePos(offset);
    return new ConfigError(`${path}:${line}: ${rule}`, { path, line });
  };
  if (isTooDeep(text)) {
    const rule = `at most ${MAX_BRACKETS} brackets, ${MAX_INDENT} columns of indentation and ${MAX_INDICATORS} entries a line`;
    throw new ConfigError(`${path}: the file must have ${rule}, got more`, { path });
  }
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined)
    throw refuse(problem.pos[0], `the file must be YAML of plain values, got: ${problem.message}`);
  return new YamlFile(path, document, lines);
}

async function readText(path: string): Promise<string> {
  try {
    // Non-blocking: opening a pipe that nobody writes to would never return.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const info = await file.stat();
      if (!info.isFile()) throw new ConfigError(`${path}: the file must be a regular one`, { path });
      if (info.size > MAX_BYTES)
        throw new ConfigError(`${path}: the file must have at most ${MAX_BYTES} bytes, got ${info.size}`, { path });
      return new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    const got = cause instanceof TypeError ? 'bytes that are no UTF-8' : (cause as NodeJS.ErrnoException).code;
    throw new ConfigError(`${path}: the file must be readable text, got ${got}`, { path }, { cause });
  }
}

/** {@link parseYaml} of a file of at most 16 KiB. @throws ConfigError also where it cannot be read @internal */
export async function readYamlFile(path: string): Promise<YamlFile> {
  checkPath('config', 'the file', path, ConfigError);
  return parseYaml(path, await readText(path));
}
