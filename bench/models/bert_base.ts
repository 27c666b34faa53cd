import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { AutoModel, type BaseModel, BertConfig, tensor, type Tensor } from 'gridstride';
import { packageRoot } from '../../lib/util/package_info.js';
import { goldenTensor } from '../../test/golden/weights.js';

/** Where BERT-base's sizes stand: 12 layers, C 768, V 30,522. */
export const BERT_BASE_FILE = path.join(packageRoot(), 'bench', 'peers', 'bert_base.json');

/** The config of `BERT_BASE_FILE`. */
export function bertBaseConfig(): BertConfig {
  return new BertConfig(JSON.parse(readFileSync(BERT_BASE_FILE, 'utf8')) as object, 'snake');
}

/** BERT-base with weights that Python computes as well, bit for bit. */
export function goldenBertBase(): BaseModel {
  const model = AutoModel.fromConfig(bertBaseConfig(), { device: 'cpu' });
  const state = new Map<string, Tensor>();
  for (const [name, { shape }] of model.stateDict()) state.set(name, tensor(goldenTensor(name, shape), { shape }));
  model.loadStateDict(state);
  for (const value of state.values()) value.dispose();
  return model;
}

/** A folder beside the project that holds real models and texts, where there is one. */
export function sharedFolder(name: string): string | undefined {
  const folder = path.join(packageRoot(), '..', 'shared', name);
  return existsSync(folder) ? folder : undefined;
}
