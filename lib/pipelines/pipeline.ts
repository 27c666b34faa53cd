import { allOf, resolveSource } from '../hub/resolve.js';
import { hubOptionsOf } from '../hub/settings.js';
import { modelNeed } from '../models/source.js';
import type { BaseModel, CausalLM, PreTrainedModel, Seq2SeqLM, SequenceClassifier } from '../models/index.js';
import { tokenizerNeed } from '../tokenizers/auto_tokenizer.js';
import { AutoTokenizer } from '../tokenizers/index.js';
import { throwIfAborted } from '../util/abort.js';
import { checkOptionNames, didYouMean } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { featureExtraction, type FeatureExtractionPipeline } from './feature_extraction.js';
import {
  summarization,
  type SummarizationPipeline,
  text2TextGeneration,
  type Text2TextGenerationPipeline,
} from './generation/tasks.js';
import { textGeneration, type TextGenerationPipeline } from './generation/text_generation.js';
import { translation, type TranslationPipeline } from './generation/translation.js';
import type { PipelineTask } from './loading.js';
import { PIPELINE_OPTIONS, type PipelineOptions, serviceSettings } from './options.js';
import { textClassification, type TextClassificationPipeline } from './text_classification.js';

/** All tasks, one line each; a task may have a second name. */
const TASKS = {
  'feature-extraction': featureExtraction,
  summarization,
  'text-classification': textClassification,
  'sentiment-analysis': textClassification,
  'text-generation': textGeneration,
  'text2text-generation': text2TextGeneration,
  translation,
} as const;

/** The pipeline and the model of each task. */
export interface PipelineTasks {
  'feature-extraction': { pipeline: FeatureExtractionPipeline; model: BaseModel };
  summarization: { pipeline: SummarizationPipeline; model: Seq2SeqLM };
  'text-classification': { pipeline: TextClassificationPipeline; model: SequenceClassifier };
  'sentiment-analysis': { pipeline: TextClassificationPipeline; model: SequenceClassifier };
  'text-generation': { pipeline: TextGenerationPipeline; model: CausalLM };
  'text2text-generation': { pipeline: Text2TextGenerationPipeline; model: Seq2SeqLM };
  translation: { pipeline: TranslationPipeline; model: Seq2SeqLM };
}

/** The names of tasks. */
export type PipelineTaskName = keyof PipelineTasks;

/**
 * A model with everything around it that a task needs, called like a function: texts in, plain values out. Calls at the
 * same time share batches, packed without padding; a text's scores do not depend on what it shares one with but for
 * rounding (1e-6 in f32).
 *
 * @param task `text-classification`, or `sentiment-analysis`, which is the same; `feature-extraction`;
 * `text-generation`, `text2text-generation`, `summarization`, `translation`.
 * @param source A folder in Hugging Face's layout, a model of the hub by its name (`org/name`), or a model that is loaded
 * already (with `tokenizer` in the options), which stays the caller's to dispose.
 * @throws {ConfigError} The task or an option is unknown, or the folder's config does not fit.
 * @throws {CheckpointError} The weights are missing or malformed.
 * @throws {TokenizerError} The tokenizer is.
 * @throws {HubError} The hub cannot be reached, or has no such model.
 * @throws {AbortError} The signal fired.
 *
 * @example
 * ```ts
 * import { AutoModelForSequenceClassification, BertConfig, pipeline, trainWordPiece } from 'gridstride';
 * const tokenizer = await trainWordPiece(['win money now', 'see you at noon'], { vocabSize: 60, minFrequency: 1 });
 * const sizes = { hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, id2label: { 0: 'ham', 1: 'spam' } };
 * const config = new BertConfig({ vocabSize: tokenizer.totalVocabSize, ...sizes });
 * const model = AutoModelForSequenceClassification.fromConfig(config, { seed: 1 });
 * const classify = await pipeline('text-classification', model, { tokenizer });
 * console.log((await classify('win money', { topK: null })).length); // 2
 * ```
 */
export async function pipeline<Name extends PipelineTaskName>(
  task: Name,
  source: string | PipelineTasks[Name]['model'],
  options: PipelineOptions = {},
): Promise<PipelineTasks[Name]['pipeline']> {
  const known = Object.keys(TASKS);
  if (!Object.hasOwn(TASKS, task)) {
    const text = `pipeline: task must be one of ${known.join(', ')}, got ${task}${didYouMean(String(task), known)}`;
    throw new ConfigError(text, { task, known });
  }
  checkOptionNames('pipeline', options, PIPELINE_OPTIONS);
  const service = serviceSettings(options);
  // TypeScript does not pair a task's settings with its pipeline.
  const { loadModel, settingsNeed, readSettings, Pipeline } = TASKS[task] as unknown as PipelineTask<
    PreTrainedModel,
    PipelineTasks[Name]['pipeline'],
    unknown
  >;
  const { device, dtype, signal } = options;
  throwIfAborted(signal, 'pipeline');
  if (typeof source !== 'string') {
    const { tokenizer } = options;
    if (tokenizer === undefined)
      throw new ConfigError('pipeline: a model that is loaded already needs a tokenizer in the options, got none');
    return new Pipeline({ task, model: source, tokenizer, ownsModel: false, service });
  }
  const needs = [settingsNeed, options.tokenizer === undefined ? tokenizerNeed : undefined, modelNeed];
  const need = allOf(...needs.filter((each) => each !== undefined));
  const hub = { ...hubOptionsOf(options), signal };
  const folder = await resolveSource('pipeline', source, need, hub);
  // The model last: all else is small, and its errors are soon told.
  const settings = await readSettings?.(folder);
  const tokenizer = options.tokenizer ?? (await AutoTokenizer.fromPretrained(folder));
  const model = await loadModel(folder, { ...hub, device, dtype });
  return new Pipeline({ task, model, tokenizer, ownsModel: true, service }, settings);
}
