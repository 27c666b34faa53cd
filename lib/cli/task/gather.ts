/** What ends a list of rows: their number, and the sum of their sizes. @internal */
export interface GatherLimits<Row> {
  rows: number;
  size: number;
  sizeOf(row: Row): number;
}

/** How long rows wait for further ones: those of a file come at once, those of a person may never. */
const PATIENCE_MS = 10;

async function isSettled(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), milliseconds)));
  const settled = promise.then(
    () => true,
    () => true,
  );
  const found = await Promise.race([settled, tooLate]);
  clearTimeout(timer);
  return found;
}

/**
 * Rows that come in pieces of any length, in lists that are as long as they may be, unless the next piece is not there
 * soon. What was read before an error comes before it.
 * @internal
 */
export async function* gather<Row>(
  pieces: AsyncIterable<readonly Row[]>,
  { rows, size, sizeOf }: GatherLimits<Row>,
): AsyncGenerator<Row[]> {
  const iterator = pieces[Symbol.asyncIterator]();
  let [list, sum]: [Row[], number] = [[], 0];
  const take = (): Row[] => {
    const taken = list;
    [list, sum] = [[], 0];
    return taken;
  };
  try {
    for (;;) {
      const next = iterator.next();
      // Told of where it is awaited.
      next.catch(() => undefined);
      if (list.length > 0 && !(await isSettled(next, PATIENCE_MS))) yield take();
      const { done, value } = await next;
      if (done === true) break;
      for (const row of value) {
        list.push(row);
        sum += sizeOf(row);
        if (list.length >= rows || sum >= size) yield take();
      }
    }
  } catch (error) {
    if (list.length > 0) yield take();
    throw error;
  } finally {
    await iterator.return?.();
  }
  if (list.length > 0) yield take();
}
