import type { HubOptions } from '../hub/settings.js';
import { ConfigError } from '../util/errors.js';
import type { ModelConfig } from './config.js';
import {
  configFromJson,
  createAs,
  type FromPretrainedOptions,
  loadAs,
  loadConfig,
  type PlaceOptions,
} from './from_pretrained.js';
import { knownModelTypes, type ModelFamily, type Task, type TaskModels } from './registry.js';
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
  /**
   * @param source a folder, or a name on the hub: `org/name`
   * @throws ConfigError when the file is missing, malformed, or of an unknown family; HubError
   */
  static fromPretrained(
    source: string,
    options: HubOptions & { signal?: AbortSignal | undefined } = {},
  ): Promise<ModelConfig> {
    return loadConfig(source, options);
  }

  /** @throws ConfigError naming the field that breaks its rule */
  static fromJson(json: Readonly<Record<string, unknown>>): ModelConfig {
    return configFromJson(json);
  }
}

/** What the Auto classes do, for one task. */
export interface AutoClass<Model> {
  /**
   * Loads a folder in Hugging Face's layout, or a model of the hub by its name (`org/name`; a folder of that name wins),
   * which is downloaded to the cache that Python's tools share, unless it is there. A head that the checkpoint lacks, or
   * that gets another number of labels, is made anew; `model.loadReport` names it. Of an adapter of PEFT the model is
   * loaded that it names, with the adapter in its layers.
   * @throws ConfigError for the config, CheckpointError for the weights, HubError, AbortError, OutOfMemoryError
   */
  fromPretrained(source: string, options?: FromPretrainedOptions): Promise<Model>;
  /**
   * A new model with random weights: the same seed, the same bits.
   * @param config a config, or the object of a config.json
   * @throws ConfigError
   */
  fromConfig(config: ModelConfig | Readonly<Record<string, unknown>>, options?: PlaceOptions): Model;
}

function autoClass<T extends Task>(task: T): AutoClass<TaskModels[T]> {
  const pick = ({ classes, modelType }: ModelFamily): ModelClass<never, PreTrainedModel> => {
    const Class: ModelClass<never, PreTrainedModel> | undefined = classes[task];
    if (Class !== undefined) return Class;
    const known = knownModelTypes(task);
    const rule = `model_type must be one of ${known.join(', ')} for this task`;
    const got = `${modelType}, which has ${Object.values(classes)
      .map(({ name }) => name)
      .join(', ')}`;
    throw new ConfigError(`config.json: ${rule}, got ${got}`, { field: 'model_type', value: modelType, known });
  };
  const made: AutoClass<PreTrainedModel> = {
    fromPretrained: (source, options = {}) => loadAs(source, options, pick),
    fromConfig: (config, options = {}) => createAs(config, options, pick),
  };
  // TypeScript does not follow a family's class of a task into the model of that task.
  return made as unknown as AutoClass<TaskModels[T]>;
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
export const AutoModel = autoClass('base');

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
export const AutoModelForSequenceClassification = autoClass('sequenceClassification');

/**
 * Models that choose among the texts of each question.
 *
 * @example
 * ```ts
 * import { AutoModelForMultipleChoice, BertConfig } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const questions = [[[2, 7, 3], [2, 8, 9, 3]]]; // one, with two choices
 * const { logits, loss } = AutoModelForMultipleChoice.fromConfig(config).forward({ inputIds: questions, labels: [1] });
 * console.log(logits.shape, loss.shape); // [ 1, 2 ] []
 * ```
 */
export const AutoModelForMultipleChoice = autoClass('multipleChoice');

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
export const AutoModelForTokenClassification = autoClass('tokenClassification');

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
export const AutoModelForMaskedLM = autoClass('maskedLM');

/**
 * Models that predict the next word.
 *
 * @example
 * ```ts
 * import { AutoModelForCausalLM, GPT2Config, noGrad } from 'gridstride';
 * const model = AutoModelForCausalLM.fromConfig(new GPT2Config({ vocabSize: 20, nEmbd: 8, nLayer: 1, nHead: 2 }));
 * const { logits, pastKeyValues } = model.forward({ inputIds: [[2, 7, 3], [4]], useCache: true });
 * const next = model.forward({ inputIds: [[9], [5]], pastKeyValues });
 * console.log(logits.shape, next.logits.shape, pastKeyValues.map(({ length }) => length)); // [ 2, 3, 20 ] [ 2, 1, 20 ] [ 4, 2 ]
 * ```
 */
export const AutoModelForCausalLM = autoClass('causalLM');

/**
 * Models that write a text from another.
 *
 * @example
 * ```ts
 * import { AutoModelForSeq2SeqLM, T5Config } from 'gridstride';
 * const config = new T5Config({ vocabSize: 20, dModel: 8, dKv: 4, dFf: 16, numLayers: 1, numHeads: 2 });
 * const model = AutoModelForSeq2SeqLM.fromConfig(config);
 * const { loss } = model.forward({ inputIds: [[7, 9, 1]], labels: [[5, 1]] });
 * console.log(loss.shape); // []
 * ```
 */
export const AutoModelForSeq2SeqLM = autoClass('seq2SeqLM');

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
export const AutoModelForQuestionAnswering = autoClass('questionAnswering');

/**
 * Models as they are pre-trained, where that is another task than masked words: ELECTRA's discriminator.
 *
 * @example
 * ```ts
 * import { AutoModelForPreTraining, ElectraConfig } from 'gridstride';
 * const config = new ElectraConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = AutoModelForPreTraining.fromConfig(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(logits.shape); // [ 1, 3 ]
 * ```
 */
export const AutoModelForPreTraining = autoClass('preTraining');
