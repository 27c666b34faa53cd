import type { ModelConfig } from './config.js';
import {
  configFromJson,
  createAs,
  type FromPretrainedOptions,
  loadAs,
  type PlaceOptions,
  readConfigJson,
} from './from_pretrained.js';
import type { ModelFamily } from './registry.js';
import type { ModelClass, PreTrainedModel } from './shared/pretrained.js';

/**
 * Reads the config.json of any known family.
 *
 * @example
 * ```ts
 * import { AutoConfig } from 'gridstride';
 * const config = AutoConfig.fromJson({ model_type: 'bert', hidden_size: 128, num_attention_heads: 2 });
 * console.log(config.modelType, config.numLabels); // bert 2
 * ```
 */
export class AutoConfig {
  /** @throws ConfigError when the file is missing, malformed, or of an unknown family */
  static async fromPretrained(folder: string): Promise<ModelConfig> {
    return configFromJson(await readConfigJson(folder));
  }

  /** @throws ConfigError naming the field that breaks its rule */
  static fromJson(json: Readonly<Record<string, unknown>>): ModelConfig {
    return configFromJson(json);
  }
}

/** What the Auto classes do, for one task. */
export interface AutoClass<Model> {
  /**
   * Loads a folder in Hugging Face's layout. A head that the folder lacks, or that gets another number of labels, is
   * made anew; `model.loadReport` names it.
   * @throws ConfigError for the config, CheckpointError for the weights, AbortError, OutOfMemoryError
   */
  fromPretrained(folder: string, options?: FromPretrainedOptions): Promise<Model>;
  /**
   * A new model with random weights: the same seed, the same bits.
   * @param config a config, or the object of a config.json
   * @throws ConfigError
   */
  fromConfig(config: ModelConfig | Readonly<Record<string, unknown>>, options?: PlaceOptions): Model;
}

function autoClass<Model extends PreTrainedModel>(
  pick: (family: ModelFamily) => ModelClass<never, Model>,
): AutoClass<Model> {
  return {
    fromPretrained: (folder, options = {}) => loadAs(folder, options, pick),
    fromConfig: (config, options = {}) => createAs(config, options, pick),
  };
}

/**
 * Encoders without a head.
 *
 * @example
 * ```ts
 * import { AutoModel, BertConfig } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { lastHiddenState } = AutoModel.fromConfig(config, { seed: 1 }).forward({ inputIds: [[2, 7, 3]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export const AutoModel = autoClass(({ classes }) => classes.base);

/**
 * Models with one prediction per sequence.
 *
 * @example
 * ```ts
 * import { AutoModelForSequenceClassification, BertConfig } from 'gridstride';
 * const sizes = { vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, numLabels: 3 };
 * const model = AutoModelForSequenceClassification.fromConfig(new BertConfig(sizes));
 * const { logits, loss } = model.forward({ inputIds: [[2, 7, 3], [2, 3]], labels: [0, 2] });
 * console.log(logits.shape, loss.shape); // [ 2, 3 ] []
 * ```
 */
export const AutoModelForSequenceClassification = autoClass(({ classes }) => classes.sequenceClassification);

/**
 * Models with one class per token.
 *
 * @example
 * ```ts
 * import { AutoModelForTokenClassification, BertConfig } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = AutoModelForTokenClassification.fromConfig(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(logits.shape); // [ 1, 3, 2 ]
 * ```
 */
export const AutoModelForTokenClassification = autoClass(({ classes }) => classes.tokenClassification);

/**
 * Models that predict masked words.
 *
 * @example
 * ```ts
 * import { AutoModelForMaskedLM, BertConfig } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = AutoModelForMaskedLM.fromConfig(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(logits.shape); // [ 1, 3, 20 ]
 * ```
 */
export const AutoModelForMaskedLM = autoClass(({ classes }) => classes.maskedLM);

/**
 * Models that point at answers.
 *
 * @example
 * ```ts
 * import { AutoModelForQuestionAnswering, BertConfig } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { startLogits } = AutoModelForQuestionAnswering.fromConfig(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(startLogits.shape); // [ 1, 3 ]
 * ```
 */
export const AutoModelForQuestionAnswering = autoClass(({ classes }) => classes.questionAnswering);
