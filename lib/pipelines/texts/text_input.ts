import { DataError } from '../../util/errors.js';

/** A text, or two that belong together (premise and hypothesis, question and passage). */
export type TextInput = string | TextPair;

/** Two texts that belong together; the second may be missing. */
export interface TextPair {
  text: string;
  textPair?: string | undefined;
}

/** One input, a list of them, or a stream: anything that can be iterated, once read as results are taken. */
export type Inputs<Input> = Input | readonly Input[] | Iterable<Input> | AsyncIterable<Input>;

/** Which kind of {@link Inputs} a call got: one input alone, a list, or a stream. @internal */
export function kindOfInputs(inputs: unknown): 'one' | 'list' | 'stream' {
  if (Array.isArray(inputs)) return 'list';
  const isObject = typeof inputs === 'object' && inputs !== null;
  return isObject && (Symbol.asyncIterator in inputs || Symbol.iterator in inputs) ? 'stream' : 'one';
}

/**
 * The texts of an input.
 * @param place What errors say after the value, such as ` at index 3`.
 * @throws {DataError} It is neither a text nor a pair.
 * @internal
 */
export function readTextInput(where: string, input: unknown, place = ''): TextPair {
  const pair = typeof input === 'object' && input !== null ? (input as TextPair) : { text: input as string };
  const { text, textPair } = pair;
  if (typeof text === 'string' && (textPair === undefined || typeof textPair === 'string')) return { text, textPair };
  const got = input === null ? 'null' : typeof input;
  throw new DataError(`${where}: an input must be a string or { text, textPair } of strings, got ${got}${place}`);
}

/**
 * Checks an input of tasks that take texts alone.
 * @param place What errors say after the value, such as ` at index 3`.
 * @throws {DataError} It is no text.
 * @internal
 */
export function checkPlainText(where: string, input: unknown, place: string): asserts input is string {
  if (typeof input === 'string') return;
  throw new DataError(`${where}: an input must be a string, got ${input === null ? 'null' : typeof input}${place}`);
}

/**
 * Checks a list before anything of it is computed.
 * @throws {DataError} An input is neither a text nor a pair, or only some are pairs.
 * @internal
 */
export function checkTextInputs(where: string, inputs: readonly unknown[]): void {
  let pairs = 0;
  for (let i = 0; i < inputs.length; i++)
    if (readTextInput(where, inputs[i], ` at index ${i}`).textPair !== undefined) pairs += 1;
  if (pairs === 0 || pairs === inputs.length) return;
  throw new DataError(`${where}: either every input has a textPair or none, got ${pairs} of ${inputs.length}`);
}
