export * from './dropout.js';
export * from './embedding.js';
export { type InitOptions, type ParameterInit, SeededInit } from './init.js';
export * from './linear.js';
export { Module } from './module.js';
export * from './norm.js';
export type { LoadOptions, LoadResult } from './state_dict.js';
export * from './summary.js';
