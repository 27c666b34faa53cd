export { grad } from './backward.js';
export { checkpoint, type CheckpointOptions } from './checkpoint.js';
export { type BackwardContext, type Context, defineOp, type OpDefinition } from './define_op.js';
export { noGrad } from './tape.js';
