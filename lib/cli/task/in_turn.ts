/**
 * What is made of each chunk, in order, while the next chunk is read. A chunk that cannot be read is told of after all
 * before it.
 * @internal
 */
export async function* inTurn<In, Out>(
  chunks: AsyncIterable<In>,
  work: (chunk: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (let next = iterator.next(); ;) {
      const { done, value } = await next;
      if (done === true) return;
      const made = work(value);
      made.catch(() => undefined);
      next = iterator.next();
      next.catch(() => undefined);
      yield await made;
    }
  } finally {
    await iterator.return?.();
  }
}
