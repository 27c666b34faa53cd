/** Who wants the results: why it has left, if it has, and how it is woken. @internal */
export interface Sleeper {
  readonly left: { readonly error: unknown } | undefined;
  wake: (() => void) | undefined;
}

/** How a call's inputs are worked through. @internal */
export interface InOrderOptions<Input, Output> {
  /** Sum of weights that may be under way or wait to be taken. */
  ahead: number;
  weightOf(input: Input): number;
  /** Whether another input may start; if not, the caller is woken when it may. */
  hasRoom(): boolean;
  start(input: Input): Promise<Output>;
}

/** An input under way. */
interface Pending<Output> {
  readonly weight: number;
  outcome: { value: Output } | { error: unknown } | undefined;
}

/**
 * Results in the order of the inputs. Inputs are read only as far ahead as `ahead` allows, results that nobody takes count
 * too, so memory stays the same however many there are; a result never waits for the input after it. An error of the source
 * comes in its place, after the results before it. Ends with the caller's error when that leaves.
 * @internal
 */
export async function* inOrder<Input, Output>(
  inputs: Iterable<Input> | AsyncIterable<Input>,
  caller: Sleeper,
  { ahead, weightOf, hasRoom, start }: InOrderOptions<Input, Output>,
): AsyncGenerator<Output, void, undefined> {
  const iterator =
    Symbol.asyncIterator in inputs ? inputs[Symbol.asyncIterator]() : (inputs as Iterable<Input>)[Symbol.iterator]();
  const pending: Pending<Output>[] = [];
  let [weight, isReading, isAtEnd] = [0, false, false];
  const wake = (): void => caller.wake?.();
  const add = (own: number, result: Promise<Output>): void => {
    const entry: Pending<Output> = { weight: own, outcome: undefined };
    pending.push(entry);
    weight += own;
    const settle = (outcome: Pending<Output>['outcome']): void => {
      entry.outcome = outcome;
      if (pending[0] === entry) wake();
    };
    result.then(
      (value) => settle({ value }),
      (error: unknown) => settle({ error }),
    );
  };
  const read = async (): Promise<void> => {
    isReading = true;
    try {
      const { done, value } = await iterator.next();
      if (done === true) isAtEnd = true;
      else if (caller.left === undefined) add(weightOf(value), start(value));
    } catch (error) {
      isAtEnd = true;
      add(0, Promise.reject(error as Error));
    }
    isReading = false;
    wake();
  };
  try {
    for (;;) {
      if (caller.left !== undefined) throw caller.left.error;
      if (!isReading && !isAtEnd && weight < ahead && hasRoom()) void read();
      const outcome = pending[0]?.outcome;
      if (outcome !== undefined) {
        weight -= pending.shift()!.weight;
        if ('error' in outcome) throw outcome.error;
        yield outcome.value;
      } else if (isAtEnd && pending.length === 0) {
        return;
      } else {
        await new Promise<void>((resolve) => (caller.wake = resolve));
      }
    }
  } finally {
    // Not awaited: a source that waits for its next input ends only after that.
    if (!isAtEnd) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
