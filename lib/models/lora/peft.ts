import { resolveSource } from '../../hub/resolve.js';
import { HUB_OPTIONS, type HubOptions } from '../../hub/settings.js';
import { PlaceholderInit, SeededInit } from '../../nn/init.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import type { PreTrainedModel } from '../shared/pretrained.js';
import { adapt, type Adapter } from './adapter.js';
import { LoraConfig, type LoraConfigInit } from './config.js';
import { ADAPTER_CONFIG, adapterNeed, loadAdapterWeights, readAdapterConfig } from './files.js';

/** Options of {@link getPeftModel}. */
export interface PeftOptions {
  /** Of the adapter's values; when absent they come from the default generator, which `manualSeed` seeds. */
  seed?: number | undefined;
}

/** Options of {@link loadAdapter}. */
export interface LoadAdapterOptions extends HubOptions {
  /** Stops the loading. */
  signal?: AbortSignal | undefined;
}

/**
 * Adapts a model with low-rank updates of some of its linear layers: from now on only these, and the modules that
 * `modulesToSave` means, are trained and saved. The model itself is changed and returned. `savePretrained` and the
 * Trainer's checkpoints write PEFT's files (`adapter_config.json`, `adapter_model.safetensors`), which Python reads.
 * Source: Hu et al., LoRA: Low-Rank Adaptation of Large Language Models (arXiv 2106.09685).
 * @throws ConfigError for a config that fits no layer, naming those there are, or a model with an adapter
 *
 * @example
 * ```ts
 * import { AutoModelForSequenceClassification, BertConfig, getPeftModel, summary } from 'gridstride';
 * const sizes = { vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 };
 * const model = AutoModelForSequenceClassification.fromConfig(new BertConfig(sizes));
 * getPeftModel(model, { r: 2, loraAlpha: 4, targetModules: ['query', 'value'] });
 * console.log(summary(model).trainable); // 82
 * ```
 */
export function getPeftModel<Model extends PreTrainedModel>(
  model: Model,
  config: LoraConfig | LoraConfigInit,
  options: PeftOptions = {},
): Model {
  checkOptionNames('getPeftModel', options, ['seed']);
  const { seed } = options;
  const { device, dtype } = model;
  const made = config instanceof LoraConfig ? config : new LoraConfig(config);
  const init = new SeededInit({ device, dtype, ...(seed !== undefined && { seed }) });
  try {
    model.adapter = adapt(model, made, init, true);
    return model;
  } finally {
    init.dispose();
  }
}

/** Gives a model the layers of an adapter whose tensors follow. @internal */
export function adaptForLoading(model: PreTrainedModel, config: LoraConfig): Adapter {
  const init = new SeededInit({ device: model.device, dtype: model.dtype, seed: 0 });
  try {
    return (model.adapter = adapt(model, config, init, false));
  } finally {
    init.dispose();
  }
}

/** The same, of a model that another thread shares. @internal */
export function adaptForSharing(model: PreTrainedModel, config: LoraConfig, init: PlaceholderInit): Adapter {
  return (model.adapter = adapt(model, config, init, false));
}

/**
 * Adapts a model as a folder or a repository of the hub says, PEFT's or one of `savePretrained`. `fromPretrained` of an
 * adapter does so by itself where that names the model it was trained on.
 * @throws ConfigError for a config that is not there or does not fit, CheckpointError and ShapeError for the weights,
 * HubError, AbortError
 *
 * @example
 * ```ts
 * import { AutoModel, BertConfig, getPeftModel, loadAdapter } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const adapted = getPeftModel(AutoModel.fromConfig(config, { seed: 1 }), { r: 2 });
 * await adapted.savePretrained('adapter');
 * const model = await loadAdapter(AutoModel.fromConfig(config, { seed: 1 }), 'adapter');
 * console.log(model.peftConfig?.r); // 2
 * ```
 */
export async function loadAdapter<Model extends PreTrainedModel>(
  model: Model,
  source: string,
  options: LoadAdapterOptions = {},
): Promise<Model> {
  checkOptionNames('loadAdapter', options, ['signal', ...HUB_OPTIONS]);
  const folder = await resolveSource('loadAdapter', source, adapterNeed, options);
  const config = await readAdapterConfig(folder);
  if (config === undefined)
    throw new ConfigError(`loadAdapter: the folder must hold ${ADAPTER_CONFIG}, got none in ${folder}`, { folder });
  const adapter = adaptForLoading(model, config);
  try {
    await loadAdapterWeights(model, adapter, folder, options.signal);
    return model;
  } catch (error) {
    adapter.remove();
    model.adapter = undefined;
    throw error;
  }
}

function adapterOf(where: string, { adapter }: PreTrainedModel): Adapter {
  if (adapter !== undefined) return adapter;
  throw new ConfigError(`${where}: the model must have an adapter, got none`);
}

/**
 * Adds the adapter's updates to the weights: passes cost no more than those of the plain model. Nothing of the adapter
 * is trained until {@link unmergeAdapter}. Returns the model.
 * @throws ConfigError without an adapter
 */
export function mergeAdapter<Model extends PreTrainedModel>(model: Model): Model {
  adapterOf('mergeAdapter', model).merge(true);
  return model;
}

/** Undoes {@link mergeAdapter}, but for rounding. Returns the model. @throws ConfigError without an adapter */
export function unmergeAdapter<Model extends PreTrainedModel>(model: Model): Model {
  adapterOf('unmergeAdapter', model).merge(false);
  return model;
}

/**
 * Adds the adapter's updates to the weights and ends it: a plain model, saved whole, all of it trained. Returns the
 * model.
 * @throws ConfigError without an adapter
 *
 * @example
 * ```ts
 * import { AutoModel, BertConfig, getPeftModel, mergeAndUnload } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const model = mergeAndUnload(getPeftModel(AutoModel.fromConfig(config), { r: 2 }));
 * console.log(model.peftConfig); // undefined
 * ```
 */
export function mergeAndUnload<Model extends PreTrainedModel>(model: Model): Model {
  const adapter = adapterOf('mergeAndUnload', model);
  adapter.merge(true);
  adapter.remove();
  model.adapter = undefined;
  return model;
}
