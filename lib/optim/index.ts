export { AdamW, type AdamWOptions } from './adamw.js';
export { clipGradNorm, gradientState, type GradientStateOptions } from './clip_grad_norm.js';
export { Optimizer, type OptimizerState, type ParameterGroup } from './optimizer.js';
export { SGD, type SGDOptions } from './sgd.js';
