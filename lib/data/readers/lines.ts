import { type DataSource, MAX_RECORD, type TextReadOptions, lineError, textOf } from './source.js';

/**
 * The lines of a text, some at a time, without line feed and carriage return. Only line feeds end a line: the other
 * separators of Unicode may stand inside JSON strings. What follows the last line feed is a line unless it is empty.
 *
 * @throws {DataError} A line is longer than any record may be.
 * @internal
 */
export async function* readLines(
  where: string,
  source: DataSource,
  options: TextReadOptions,
): AsyncGenerator<string[]> {
  let rest = '';
  let line = 0;
  for await (const piece of textOf(where, source, options.encoding)) {
    const lines = piece.split('\n');
    lines[0] = rest + lines[0]!;
    rest = lines.pop()!;
    line += lines.length;
    if (rest.length > MAX_RECORD)
      throw lineError(source, line + 1, `a line must be under ${MAX_RECORD} characters, got more`);
    if (lines.length > 0) yield lines.map(withoutReturn);
  }
  if (rest !== '') yield [withoutReturn(rest)];
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
