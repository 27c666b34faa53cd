export { AdamW, type AdamWOptions } from './adamw.js';
export { Adafactor, type AdafactorOptions } from './adafactor.js';
export { clipGradNorm, gradientState, type GradientStateOptions } from './clip_grad_norm.js';
export { type ComputedWith, Optimizer, type OptimizerState, type ParameterGroup } from './optimizer.js';
export { SGD, type SGDOptions } from './sgd.js';
