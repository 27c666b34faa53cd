export { type CallOptions, Pipeline, type PipelineOptions } from './base.js';
export type { TextInput } from './batches.js';
export { pipeline, type PipelineTaskName, type PipelineTasks } from './pipeline.js';
export type { LabelScore, ScoreFunction } from './scores.js';
export { type TextClassificationOptions, TextClassificationPipeline } from './text_classification.js';
