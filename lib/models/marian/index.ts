import type { ModelFamily } from '../registry.js';
import { MarianConfig } from './config.js';
import { MarianModel, MarianMTModel } from './model.js';

export { MarianConfig, type MarianConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const marianFamily: ModelFamily = {
  modelType: 'marian',
  prefix: 'model',
  // Positions are computed.
  buffers: /(^|\.)embed_positions\.weight$/,
  Config: MarianConfig,
  classes: { base: MarianModel, seq2SeqLM: MarianMTModel },
};
