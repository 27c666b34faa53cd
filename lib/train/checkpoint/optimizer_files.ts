import { access } from 'node:fs/promises';
import path from 'node:path';
import { readSafetensors, writeSafetensors } from '../../io/safetensors.js';
import type { Optimizer } from '../../optim/optimizer.js';
import type { Tensor } from '../../tensor/tensor.js';
import { CheckpointError } from '../../util/errors.js';

const FILE = 'optimizer.safetensors';
const INDEXED = /^state\.(\d+)\.(.+)$/;

/** The state of an optimizer under the names of its parameters, as the file holds it: `<parameter>.exp_avg`, `step`. */
function byParameter(state: ReadonlyMap<string, Tensor>, names: readonly string[]): Map<string, Tensor> {
  return new Map(
    [...state].map(([key, tensor]) => {
      const [, index, part] = INDEXED.exec(key) ?? [];
      return [index === undefined ? key : `${names[Number(index)]!}.${part}`, tensor];
    }),
  );
}

/** Writes `optimizer.safetensors`. @param names of the parameters, in the optimizer's order @internal */
export async function writeOptimizer(folder: string, optimizer: Optimizer, names: readonly string[]): Promise<void> {
  await writeSafetensors(path.join(folder, FILE), byParameter(optimizer.stateDict(), names));
}

/**
 * The state of an optimizer in a checkpoint, by the names of its parameters: `<parameter>.exp_avg` ..., and `step`.
 * @param names of the parameters, in the optimizer's order, which is also that of Python's `optimizer.pt`
 * @throws CheckpointError when the folder holds none that can be read
 * @internal
 */
export async function readOptimizer(folder: string, names: readonly string[]): Promise<Map<string, Tensor>> {
  const file = path.join(folder, FILE);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere) return readSafetensors(file, { device: 'cpu' });
  throw new CheckpointError(
    `Trainer: the checkpoint must hold ${FILE} for ${names.length} parameters to resume from, got none in ${folder}`,
    { path: folder },
  );
}

/**
 * Gives an optimizer the state of a checkpoint.
 * @throws CheckpointError when it is of other parameters or another optimizer
 * @internal
 */
export async function loadOptimizer(folder: string, optimizer: Optimizer, names: readonly string[]): Promise<void> {
  const saved = await readOptimizer(folder, names);
  try {
    const known = new Set(byParameter(optimizer.stateDict(), names).keys());
    const other = [...saved.keys()].find((name) => !known.has(name)) ?? [...known].find((name) => !saved.has(name));
    if (other !== undefined)
      throw new CheckpointError(
        `Trainer: the optimizer's state must be of this model and optimizer, got a difference at ${other} in ${folder}`,
        { path: folder, name: other },
      );
    const own = new Map(
      [...optimizer.stateDict().keys()].map((key) => {
        const [, index, part] = INDEXED.exec(key) ?? [];
        return [key, saved.get(index === undefined ? key : `${names[Number(index)]!}.${part}`)!];
      }),
    );
    await optimizer.loadStateDict(own);
  } finally {
    for (const tensor of saved.values()) tensor.dispose();
  }
}
