import { access } from 'node:fs/promises';
import path from 'node:path';
import { readSafetensors, writeSafetensors } from '../../io/safetensors.js';
import { readTorchOptimizer } from '../../io/torch/training_state.js';
import type { Optimizer } from '../../optim/optimizer.js';
import { tensor } from '../../tensor/create.js';
import { callOne, Tensor, tidy } from '../../tensor/tensor.js';
import { CheckpointError, type ErrorFields } from '../../util/errors.js';

const FILE = 'optimizer.safetensors';
const PYTHON_FILE = 'optimizer.pt';
const INDEXED = /^state\.(\d+)\.(.+)$/;

type State = Map<string, Tensor>;

/** The parameters of an optimizer: their names in its order, and those that Python holds with their axes exchanged. */
interface Named {
  names: readonly string[];
  transposed: ReadonlySet<string>;
}

/** Where an entry of an optimizer's state lies in a file, `<parameter>.exp_avg`. */
function nameInFile(key: string, names: readonly string[]): string {
  const [, index, part] = INDEXED.exec(key) ?? [];
  return index === undefined ? key : `${names[Number(index)]!}.${part}`;
}

/** Writes `optimizer.safetensors`. @param names of the parameters, in the optimizer's order @internal */
export async function writeOptimizer(folder: string, optimizer: Optimizer, names: readonly string[]): Promise<void> {
  const named = [...optimizer.stateDict()].map(([key, value]) => [nameInFile(key, names), value] as const);
  await writeSafetensors(path.join(folder, FILE), new Map(named));
}

/** Parts of a matrix's state whose roles change with its axes. */
const EXCHANGED: Readonly<Record<string, string>> = {
  exp_avg_sq_row: 'exp_avg_sq_col',
  exp_avg_sq_col: 'exp_avg_sq_row',
};

/** A part of the state of a parameter that Python holds with its axes exchanged. */
function turned(part: string, value: Tensor): [part: string, value: Tensor] {
  if (value.rank !== 2) return [EXCHANGED[part] ?? part, value];
  const dense = tidy(() => {
    const view = callOne((ops) => ops.permute(value.handle, [1, 0]));
    return callOne((ops) => ops.contiguous(view.handle));
  });
  value.dispose();
  return [part, dense];
}

/** What Python's Trainer saved: its optimizers count parameters in the order of ours. */
async function readPython(folder: string, { names, transposed }: Named): Promise<State> {
  const { groups, states } = await readTorchOptimizer(folder, { device: 'cpu' });
  const state: State = new Map();
  let step = 0;
  const order = groups.flatMap(({ params }) => params);
  for (const [index, parts] of states)
    for (const [part, value] of parts) {
      if (value instanceof Tensor) {
        const name = names[order.indexOf(index)] ?? `parameter ${index}`;
        const [own, fitting] = transposed.has(name) ? turned(part, value) : [part, value];
        state.set(`${name}.${own}`, fitting);
      } else if (part === 'step') step = Math.max(step, value);
    }
  return state.set('step', tensor(Float32Array.of(step), { device: 'cpu' }));
}

/**
 * The state of an optimizer in a checkpoint, ours or Python's, by the names of its parameters: `<parameter>.exp_avg` ...,
 * and `step`.
 * @throws CheckpointError when the folder holds none that can be read
 * @internal
 */
export async function readOptimizer(folder: string, named: Named): Promise<State> {
  const has = (name: string) =>
    access(path.join(folder, name)).then(
      () => true,
      () => false,
    );
  if (await has(FILE)) return readSafetensors(path.join(folder, FILE), { device: 'cpu' });
  if (await has(PYTHON_FILE)) return readPython(folder, named);
  throw new CheckpointError(
    `Trainer: the checkpoint must hold ${FILE} or ${PYTHON_FILE} to resume from, got neither in ${folder}`,
    { path: folder },
  );
}

/**
 * Gives an optimizer the state of a checkpoint.
 * @throws CheckpointError when it is of other parameters or another optimizer
 * @internal
 */
export async function loadOptimizer(folder: string, optimizer: Optimizer, named: Named): Promise<void> {
  const saved = await readOptimizer(folder, named);
  const { names } = named;
  const refuse = (got: string, fields: ErrorFields, cause?: unknown): CheckpointError => {
    const rule = "Trainer: the optimizer's state must be of this model and optimizer";
    return new CheckpointError(`${rule}, got ${got} in ${folder}`, { path: folder, ...fields }, { cause });
  };
  try {
    const wanted = new Map([...optimizer.stateDict().keys()].map((key) => [nameInFile(key, names), key]));
    const other = [...saved.keys()].find((name) => !wanted.has(name)) ?? [...wanted.keys()].find((n) => !saved.has(n));
    if (other !== undefined) throw refuse(`a difference at ${other}`, { name: other });
    await optimizer.loadStateDict(new Map([...saved].map(([name, value]) => [wanted.get(name)!, value])));
  } catch (error) {
    const isOther = error instanceof CheckpointError && error.message.startsWith('optimizer: ');
    throw isOther ? refuse(`another (${error.message})`, error.fields, error) : error;
  } finally {
    for (const value of saved.values()) value.dispose();
  }
}
