export { Pipeline } from './base.js';
export type { LatencySummary, PipelineStats } from './batching/stats.js';
export {
  type Features,
  type FeatureExtractionOptions,
  FeatureExtractionPipeline,
  type FeaturePooling,
} from './feature_extraction.js';
export type { GenerationCallOptions } from './generation/base.js';
export {
  SummarizationPipeline,
  type SummaryResult,
  Text2TextGenerationPipeline,
  type Text2TextResult,
} from './generation/tasks.js';
export {
  type GeneratedText,
  type GenerationInput,
  type TextGenerationOptions,
  TextGenerationPipeline,
} from './generation/text_generation.js';
export { type TranslationOptions, TranslationPipeline, type TranslationResult } from './generation/translation.js';
export type { CallOptions, PipelineOptions, ServiceOptions } from './options.js';
export { pipeline, type PipelineTaskName, type PipelineTasks } from './pipeline.js';
export type { LabelScore, ScoreFunction } from './scores.js';
export { type TextClassificationOptions, TextClassificationPipeline } from './text_classification.js';
export type { Inputs, TextInput, TextPair } from './texts/text_input.js';
