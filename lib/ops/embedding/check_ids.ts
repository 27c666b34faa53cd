import type { Tensor } from '../../tensor/tensor.js';
import { DataError } from '../../util/errors.js';

/**
 * Where the ids are known on the host, a wrong one fails on the caller's line and not at the next read. `what`: the
 * caller's word for them.
 * @internal
 */
export function checkIds(op: string, ids: Tensor, vocabulary: number, lowest: number, what = 'ids'): void {
  ids.host?.forEach((id: number | bigint, i: number) => {
    const value = Number(id);
    if (value < lowest || value >= vocabulary)
      throw new DataError(`${op}: ${what} must lie in [${lowest}, ${vocabulary}), got ${value} at position ${i}`, {
        id: value,
        vocabulary,
        position: i,
      });
  });
}
