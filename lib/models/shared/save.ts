import { join } from 'node:path';
import { saveCheckpoint } from '../../io/checkpoint.js';
import { ensureWritableFolder, writeFileAtomic } from '../../util/atomic_write.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { refuseInt8 } from './int8.js';
import type { PreTrainedModel } from './pretrained.js';

/** Options of `savePretrained`. */
export interface SavePretrainedOptions {
  /** Bytes, or text like `5GB`: weights above it are cut into several files with an index. By default one file. */
  maxShardSize?: number | string | undefined;
  signal?: AbortSignal | undefined;
}

/** Writes config.json and the weights of a model. @internal */
export async function saveModel(model: PreTrainedModel, folder: string, options: SavePretrainedOptions): Promise<void> {
  checkOptionNames('savePretrained', options, ['maxShardSize', 'signal']);
  refuseInt8('savePretrained', model);
  const { config, architecture, dtype } = model;
  await ensureWritableFolder(folder);
  const state = model.stateDict();
  try {
    await saveCheckpoint(folder, state, options);
  } finally {
    for (const tensor of state.values()) tensor.dispose();
  }
  const json = config.toJson({ architectures: [architecture], dtype });
  await writeFileAtomic(join(folder, 'config.json'), `${JSON.stringify(json, null, 2)}\n`);
}
