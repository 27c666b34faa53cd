import { join } from 'node:path';
import { saveCheckpoint } from '../../io/checkpoint.js';
import { ensureWritableFolder, writeFileAtomic } from '../../util/atomic_write.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { refuseInt8 } from './int8.js';
import { ADAPTED_CONFIG, saveAdapter } from '../lora/files.js';
import { GENERATION_FILE } from '../source.js';
import type { PreTrainedModel } from './pretrained.js';

/** Options of `savePretrained`. */
export interface SavePretrainedOptions {
  /** Bytes, or text like `5GB`: weights above it are cut into several files with an index. By default one file. */
  maxShardSize?: number | string | undefined;
  signal?: AbortSignal | undefined;
}

/** Fields that Python transformers takes as floats alone. */
const FLOATS = /(?:_eps|_epsilon|initializer_(?:range|factor)|init_std|layerdrop|_penalty|^temperature)$/;

/** The text of config.json: whole numbers of fields that must be floats get their point. */
function configText(json: Readonly<Record<string, unknown>>): string {
  const mark = (name: string, value: unknown): unknown =>
    FLOATS.test(name) && Number.isInteger(value) ? `\0${String(value)}.0` : value;
  return `${JSON.stringify(json, mark, 2).replace(/"\\u0000(-?\d+\.0)"/g, '$1')}\n`;
}

async function saveWeights(model: PreTrainedModel, folder: string, options: SavePretrainedOptions): Promise<void> {
  const state = model.savedState();
  try {
    await saveCheckpoint(folder, state, options);
  } finally {
    for (const tensor of state.values()) tensor.dispose();
  }
}

/** Writes config.json and the weights of a model, or of its adapter. @internal */
export async function saveModel(model: PreTrainedModel, folder: string, options: SavePretrainedOptions): Promise<void> {
  checkOptionNames('savePretrained', options, ['maxShardSize', 'signal']);
  refuseInt8('savePretrained', model);
  const { config, architecture, dtype, adapter, origin } = model;
  await ensureWritableFolder(folder);
  if (adapter === undefined) await saveWeights(model, folder, options);
  else await saveAdapter(folder, adapter, origin, options.signal);
  const json = config.toJson({ architectures: [architecture], dtype });
  await writeFileAtomic(join(folder, adapter === undefined ? 'config.json' : ADAPTED_CONFIG), configText(json));
  if (model.writing !== undefined)
    await writeFileAtomic(join(folder, GENERATION_FILE), configText(model.generationConfig.toJson()));
}
