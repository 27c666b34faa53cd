import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BertConfig } from 'gridstride';
import { packageRoot } from '../../lib/util/package_info.js';

/** BERT-base: 12 layers, C 768, V 30,522. */
export function bertBaseConfig(): BertConfig {
  const file = path.join(packageRoot(), 'bench', 'peers', 'bert_base.json');
  return new BertConfig(JSON.parse(readFileSync(file, 'utf8')) as object, 'snake');
}

/** A folder beside the project that holds real models and texts, where there is one. */
export function sharedFolder(name: string): string | undefined {
  const folder = path.join(packageRoot(), '..', 'shared', name);
  return existsSync(folder) ? folder : undefined;
}
