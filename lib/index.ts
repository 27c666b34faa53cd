export * from './util/errors.js';
export * from './util/philox.js';
export * from './tensor/index.js';
export * from './autograd/index.js';
export * from './ops/index.js';
export * from './data/index.js';
export * from './metrics/index.js';
export * from './io/index.js';
