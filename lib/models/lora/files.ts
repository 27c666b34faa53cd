import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonFile } from '../../io/json_file.js';
import { readSafetensors, writeSafetensors } from '../../io/safetensors.js';
import { readTorchTensors } from '../../io/torch/read_torch.js';
import type { Need } from '../../hub/resolve.js';
import { entryView, listNames } from '../../nn/state_dict.js';
import type { Tensor } from '../../tensor/tensor.js';
import { writeFileAtomic } from '../../util/atomic_write.js';
import { CheckpointError, ConfigError } from '../../util/errors.js';
import type { PreTrainedModel } from '../shared/pretrained.js';
import type { Adapter } from './adapter.js';
import { LoraConfig } from './config.js';

/** Names of PEFT's files. @internal */
export const ADAPTER_CONFIG = 'adapter_config.json';
const WEIGHTS = 'adapter_model.safetensors';
const TORCH_WEIGHTS = 'adapter_model.bin';
/** What stands before a model's own names. */
const PREFIX = 'base_model.model.';

/** The files of an adapter, where there is one. @internal */
export const adapterNeed: Need = async (snapshot) => {
  if (!(await snapshot.fetch([ADAPTER_CONFIG])).has(ADAPTER_CONFIG)) return;
  if ((await snapshot.fetch([WEIGHTS])).size > 0) return;
  if ((await snapshot.fetch([TORCH_WEIGHTS])).size === 0) throw snapshot.lacks(WEIGHTS);
};

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** The adapter's config of a folder; undefined where there is none. @throws ConfigError @internal */
export async function readAdapterConfig(folder: string): Promise<LoraConfig | undefined> {
  const file = join(folder, ADAPTER_CONFIG);
  if (!(await isThere(file))) return undefined;
  return LoraConfig.fromJson((await readJsonFile(file, { ErrorClass: ConfigError })) as Record<string, unknown>);
}

/** Writes a model's adapter as PEFT does. @throws CheckpointError, AbortError @internal */
export async function saveAdapter(
  folder: string,
  adapter: Adapter,
  base: { source: string; revision: string | undefined } | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const state = new Map(adapter.entries().map((entry) => [PREFIX + entry.name, entryView(entry, entry.parameter)]));
  try {
    await writeSafetensors(join(folder, WEIGHTS), state, { signal });
  } finally {
    for (const tensor of state.values()) tensor.dispose();
  }
  const { config } = adapter;
  const { baseModelNameOrPath, revision } = config;
  const json = config.toJson(
    base === undefined
      ? { baseModelNameOrPath, revision }
      : { baseModelNameOrPath: base.source, revision: base.revision },
  );
  await writeFileAtomic(join(folder, ADAPTER_CONFIG), `${JSON.stringify(json, null, 2)}\n`);
}

/** A tensor's name in the model: those of PEFT name the adapter, or what wraps a module, in some versions. */
function ownName(name: string): string {
  const bare = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
  return bare.replace(/\.(lora_[AB])\.[^.]+\.weight$/, '.$1.weight').replace(/\.modules_to_save(?:\.default)?\./, '.');
}

/**
 * Copies an adapter's tensors into a model that has its layers.
 * @throws CheckpointError when the files are of another adapter, ShapeError for a tensor of another shape
 * @internal
 */
export async function loadAdapterWeights(
  model: PreTrainedModel,
  adapter: Adapter,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const { device, dtype } = model;
  const place = { device, dtype, signal };
  const loaded = (await isThere(join(folder, WEIGHTS)))
    ? await readSafetensors(join(folder, WEIGHTS), place)
    : await readTorchTensors(join(folder, TORCH_WEIGHTS), place);
  try {
    const named = new Map<string, Tensor>([...loaded].map(([name, tensor]) => [ownName(name), tensor]));
    const wanted = adapter.entries().map(({ name }) => name);
    const missing = wanted.filter((name) => !named.has(name));
    const unexpected = [...named.keys()].filter((name) => !wanted.includes(name));
    if (missing.length + unexpected.length > 0) {
      const parts = [
        ...(missing.length > 0 ? [`none of ${listNames(missing)}`] : []),
        ...(unexpected.length > 0 ? [`unexpected ${listNames(unexpected)}`] : []),
      ];
      const rule = `${model.architecture}: the adapter must be of this model and config`;
      throw new CheckpointError(`${rule}, got ${parts.join('; ')} in ${folder}`, { missing, unexpected });
    }
    const wasMerged = adapter.isMerged;
    adapter.merge(false);
    model.loadStateDict(named, { strict: false });
    adapter.merge(wasMerged);
  } finally {
    for (const tensor of loaded.values()) tensor.dispose();
  }
}
