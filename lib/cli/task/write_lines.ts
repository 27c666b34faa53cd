import { oneOf } from '../../util/fields.js';
import type { Fields } from '../flags/fields.js';
import type { CliIo } from '../io.js';
import { inTurn } from './in_turn.js';
import type { TextRow } from './read_rows.js';

/** Options of verbs that write a line for each row. @internal */
export const lineFields = {
  onError: oneOf('stop', 'record')
    .default('stop')
    .describe('whether a bad row ends the run, or becomes {"error"} in its place'),
} satisfies Fields;

/** Lines of rows in their order: what `tell` makes of the good ones, and what is wrong with the others. */
async function linesOf<Row extends TextRow>(
  rows: readonly Row[],
  tell: (good: readonly Row[]) => Promise<readonly object[]>,
): Promise<string> {
  const good = rows.filter(({ error }) => error === undefined);
  const told = good.length === 0 ? [] : await tell(good);
  let next = 0;
  const lines = rows.map(({ error }) => JSON.stringify(error === undefined ? told[next++] : { error }));
  return `${lines.join('\n')}\n`;
}

/**
 * Writes a JSON line for each row, in order, as rows come.
 * @param tell Makes the lines' values of some rows, each of which is a good one.
 * @internal
 */
export async function writeLines<Row extends TextRow>(
  chunks: AsyncIterable<readonly Row[]>,
  tell: (good: readonly Row[]) => Promise<readonly object[]>,
  io: CliIo,
): Promise<void> {
  for await (const lines of inTurn(chunks, (rows) => linesOf(rows, tell))) {
    io.stdout(lines);
    await io.drained();
  }
}
