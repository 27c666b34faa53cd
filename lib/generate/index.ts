export { GenerationConfig, type GenerationConfigFields } from './config.js';
export type { GenerateOutput } from './generate.js';
export type { GenerateOptions, LogitsProcessor, StoppingCriterion, TokenDecoder } from './options.js';
export type { GeneratedToken } from './stream.js';
export { TextStream } from './text_stream.js';
