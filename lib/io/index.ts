export * from './checkpoint.js';
export type { ReadOptions } from './read_options.js';
export * from './safetensors.js';
