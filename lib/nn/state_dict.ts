import { checkState } from '../tensor/state.js';
import { aliasTensor, callOne, copyInto, type Shape, type Tensor, tidy } from '../tensor/tensor.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { CheckpointError, DeviceError, DisposedError, ShapeError } from '../util/errors.js';

/** A name in a checkpoint and the parameter, or the rows of a parameter, that it stands for. @internal */
export interface StateEntry {
  name: string;
  parameter: Tensor;
  /** First row and the one past the last, where a checkpoint saves one parameter in parts. */
  rows?: readonly [begin: number, end: number];
  /** Whether a checkpoint holds the parameter, all of it, with its two axes exchanged. */
  isTransposed?: boolean;
  /** Puts another tensor in the parameter's place. */
  replace(next: Tensor): void;
}

/** Options of `loadStateDict`. */
export interface LoadOptions {
  /** Whether a missing or unexpected name is an error; true by default. */
  strict?: boolean;
}

/** Names that a state dict lacked, and names it held that the module does not have. */
export interface LoadResult {
  missing: string[];
  unexpected: string[];
}

/** Shape of an entry. @internal */
export function entryShape({ parameter, rows, isTransposed }: StateEntry): Shape {
  if (isTransposed === true) return parameter.shape.toReversed();
  return rows === undefined ? parameter.shape : [rows[1] - rows[0], ...parameter.shape.slice(1)];
}

/** What an entry stands for of a tensor: a new handle, outside autograd. @internal */
export function entryView({ rows, isTransposed }: StateEntry, whole: Tensor): Tensor {
  if (isTransposed === true) return transposedView(whole);
  return rows === undefined ? aliasTensor(whole) : callOne((ops) => ops.slice(whole.handle, 0, rows[0], rows[1]));
}

/** The view of a matrix with its axes exchanged: a new handle, outside autograd. @internal */
export function transposedView(matrix: Tensor): Tensor {
  return callOne((ops) => ops.permute(matrix.handle, [1, 0]));
}

/** Refuses a tensor that has not the shape of its entry. @internal */
export function checkEntryShape(where: string, entry: StateEntry, value: Tensor): void {
  const expected = entryShape(entry);
  if (value.shape.length === expected.length && value.shape.every((size, i) => size === expected[i])) return;
  throw new ShapeError(
    `${where}: ${entry.name} must have shape (${expected.join(', ')}), got (${value.shape.join(', ')})`,
    { name: entry.name, expected, shape: value.shape },
  );
}

/** Tensors of all entries by name. @internal */
export function readEntries(entries: readonly StateEntry[]): Map<string, Tensor> {
  return new Map(entries.map((entry) => [entry.name, entryView(entry, entry.parameter)]));
}

/** Some names for an error's text. @internal */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

function checkFits(where: string, entry: StateEntry, value: Tensor): void {
  const { name, parameter } = entry;
  if (parameter.isDisposed) throw new DisposedError(`${where}: ${name} was disposed`, { name });
  if (value.device !== parameter.device)
    throw new DeviceError(`${where}: ${name} must be on the parameter's ${parameter.device}, got ${value.device}`, {
      name,
    });
  checkEntryShape(where, entry, value);
}

/** Copies the tensors of `state` into the entries' parameters; nothing is copied when one does not fit. @internal */
export function loadEntries(
  where: string,
  entries: readonly StateEntry[],
  state: ReadonlyMap<string, Tensor>,
  options: LoadOptions,
): LoadResult {
  checkOptionNames(`${where}.loadStateDict`, options, ['strict']);
  checkState(where, state);
  const { strict = true } = options;
  const known = new Set(entries.map(({ name }) => name));
  const missing = entries.flatMap(({ name }) => (state.has(name) ? [] : [name]));
  const unexpected = [...state.keys()].filter((name) => !known.has(name));
  if (strict && missing.length + unexpected.length > 0) {
    const parts = [
      ...(missing.length > 0 ? [`missing ${listNames(missing)}`] : []),
      ...(unexpected.length > 0 ? [`unexpected ${listNames(unexpected)}`] : []),
    ];
    const rule = 'the names in a state dict must be those of the module';
    throw new CheckpointError(`${where}: ${rule}, got ${parts.join('; ')}`, { missing, unexpected });
  }
  const present = entries.filter(({ name }) => state.has(name));
  for (const entry of present) checkFits(where, entry, state.get(entry.name)!);
  tidy(() => {
    for (const entry of present) copyInto(entryView(entry, entry.parameter), state.get(entry.name)!);
  });
  return { missing, unexpected };
}
