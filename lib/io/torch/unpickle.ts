import type { LoopPacer } from '../../util/yield.js';
import type { ByteSource } from './byte_source.js';
import { FormatFault, PickleCutShort } from './fault.js';
import { PickleCursor } from './pickle_cursor.js';
import { MAX_PICKLE_BYTES, PickleMachine } from './pickle_machine.js';
import type { PickleHost, PickleValue } from './pickle_values.js';

/** Where one of unknown length may end: first try, then four times as much. */
const FIRST_WINDOW = 1 << 20;

/** A pickle's value and the byte of the source behind it. */
export interface Unpickled {
  value: PickleValue;
  end: number;
}

/**
 * The pickle at `[begin, end)` of a source; it may end earlier.
 * @param makeHost A host for every try: what a pickle that was cut short referred to is dropped.
 * @throws {FormatFault} It is malformed, too large, or names what is not allowed.
 */
export async function unpickle<Host extends PickleHost>(
  source: ByteSource,
  begin: number,
  end: number,
  makeHost: () => Host,
  pacer: LoopPacer,
): Promise<Unpickled & { host: Host }> {
  const longest = Math.min(end - begin, MAX_PICKLE_BYTES);
  for (let size = Math.min(FIRST_WINDOW, longest); ; size = Math.min(size * 4, longest)) {
    const cursor = new PickleCursor(await source.read(begin, size));
    const host = makeHost();
    try {
      const value = await new PickleMachine(cursor, host).run(pacer);
      return { value, end: begin + cursor.at, host };
    } catch (error) {
      if (!(error instanceof PickleCutShort) || size === end - begin) throw error;
      if (size === longest) throw new FormatFault(`a pickle must have at most ${MAX_PICKLE_BYTES} bytes, got more`);
    }
  }
}
