import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '../../lib/io/safetensors.js';
import { addon } from '../../lib/native/addon.js';
import { full } from '../../lib/tensor/create.js';
import type { Tensor } from '../../lib/tensor/tensor.js';

/** Work that must leave the event loop free, ready to run. */
export interface Work {
  /** Once: returns when everything it started is done. */
  run(): Promise<void>;
  /** What `run` is timed against, in turns. */
  readonly rival?: { readonly name: string; run(): Promise<void> };
  /** Sizes and options, for the result. */
  readonly params: Readonly<Record<string, string | number | boolean>>;
}

/** What a scenario is set up with. */
export interface Setting {
  /** A folder for files, empty at first and the same for all scenarios. */
  readonly folder: string;
  /** Size of checkpoints. */
  readonly megabytes: number;
}

const TENSORS = 100;

/** Weights of about the form of a model's: many tensors of a few megabytes. */
function weights(megabytes: number): Map<string, Tensor> {
  const rows = Math.ceil((megabytes * 1e6) / 4 / TENSORS / 1024);
  return new Map(Array.from({ length: TENSORS }, (_, i) => [`layer.${i}.weight`, full([rows, 1024], i)]));
}

function disposeAll(tensors: ReadonlyMap<string, Tensor>): void {
  for (const tensor of tensors.values()) tensor.dispose();
}

async function loadWork({ folder, megabytes }: Setting): Promise<Work> {
  const file = join(folder, 'load.safetensors');
  const tensors = weights(megabytes);
  await writeSafetensors(file, tensors);
  disposeAll(tensors);
  return {
    run: async () => {
      disposeAll(await readSafetensors(file));
      addon().releaseCache('cpu'); // each run takes its memory anew, as the first load of a process does
    },
    rival: {
      name: 'fs.promises.readFile',
      run: async () => {
        await readFile(file);
      },
    },
    params: { megabytes },
  };
}

async function saveWork({ folder, megabytes }: Setting): Promise<Work> {
  const tensors = weights(megabytes);
  return { run: () => writeSafetensors(join(folder, 'save.safetensors'), tensors), params: { megabytes } };
}

/** Every scenario by name; a new one is a line here. */
export const SCENARIOS: Readonly<Record<string, (setting: Setting) => Promise<Work>>> = {
  load: loadWork,
  save: saveWork,
};
