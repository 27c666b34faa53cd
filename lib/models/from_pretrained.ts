import { HUB_OPTIONS, type HubOptions } from '../hub/settings.js';
import { loadCheckpoint } from '../io/checkpoint.js';
import { PlaceholderInit, SeededInit } from '../nn/init.js';
import { adoptParameters } from '../nn/sharing.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { throwIfAborted } from '../util/abort.js';
import { checkOptionNames, didYouMean } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { shown } from '../util/shown.js';
import { snakeCase } from '../util/case_names.js';
import { askedDType, type ModelDType } from './model_dtype.js';
import { type CommonConfig, ModelConfig } from './config.js';
import { LoraConfig } from './lora/config.js';
import { loadAdapterWeights } from './lora/files.js';
import { adaptForLoading, adaptForSharing } from './lora/peft.js';
import { architectureOf, familyOf, knownArchitectures, knownModelTypes, type ModelFamily } from './registry.js';
import { expectInt8, fillInt8, quantizeModel } from './shared/int8.js';
import { dtypeOf, fillModel } from './shared/load.js';
import type { ModelClass, PreTrainedModel } from './shared/pretrained.js';
import type { SharedModel } from './shared/share.js';
import {
  checkConfigObject,
  configNeed,
  readGenerationConfig,
  type JsonObject,
  type Opened,
  openSource,
  wholeNeed,
} from './source.js';

/** Where a model goes, in which element type, and the seed of what is new. */
export interface PlaceOptions {
  /** `auto` (the default: a GPU that works, else the CPU), `cpu`, `cuda` or `cuda:1`. */
  device?: string | undefined;
  /** `auto` (the default): the checkpoint's own, or f32 for a new model; `fastest`, `int8`: see {@link ModelDType}. */
  dtype?: ModelDType | undefined;
  /** Of new weights; when absent they come from the default generator, which `manualSeed` seeds. */
  seed?: number | undefined;
}

/**
 * Options of `fromPretrained`: labels, and any other field of the config, may be given anew; where a model is no folder,
 * which revision of it the hub is asked for, and how.
 */
export interface FromPretrainedOptions
  extends PlaceOptions, HubOptions, Pick<CommonConfig, 'numLabels' | 'id2label' | 'label2id' | 'problemType'> {
  /** Other fields of the family's config, in camelCase: `{ hiddenDropoutProb: 0 }`. */
  config?: Readonly<Record<string, unknown>> | undefined;
  /** Stops the loading. */
  signal?: AbortSignal | undefined;
}

const PLACE_OPTIONS = ['device', 'dtype', 'seed'];
const LABEL_OPTIONS = ['numLabels', 'id2label', 'label2id', 'problemType'];
const LOAD_OPTIONS = [...PLACE_OPTIONS, ...HUB_OPTIONS, ...LABEL_OPTIONS, 'config', 'signal'];

/** Picks the class for a family, or for what its config.json says. */
type PickClass<Model extends PreTrainedModel> = (family: ModelFamily, json: JsonObject) => ModelClass<never, Model>;

function familyFor(where: string, json: JsonObject): ModelFamily {
  const type = json['model_type'];
  const family = typeof type === 'string' ? familyOf(type) : undefined;
  if (family !== undefined) return family;
  const known = knownModelTypes();
  const hint = typeof type === 'string' ? didYouMean(type, known) : '';
  const fields = { field: 'model_type', value: type, known };
  throw new ConfigError(`${where}: model_type must be one of ${known.join(', ')}, got ${shown(type)}${hint}`, fields);
}

/** A config from the object of a config.json. @throws ConfigError @internal */
export function configFromJson(json: JsonObject): ModelConfig {
  checkConfigObject(json);
  return new (familyFor('config.json', json).Config)(json, 'snake');
}

/** A file's config with the caller's changes. */
function changedConfig(family: ModelFamily, json: JsonObject, options: FromPretrainedOptions): ModelConfig {
  const { numLabels, id2label, label2id, problemType, config: fields = {} } = options;
  const file = new family.Config(json, 'snake');
  const changed: JsonObject = { ...json };
  const named = id2label !== undefined || label2id !== undefined;
  if (named || (numLabels !== undefined && numLabels !== file.numLabels))
    Object.assign(changed, { id2label, label2id, num_labels: numLabels });
  if (problemType !== undefined) changed['problem_type'] = problemType;
  // Made for its checks alone: it refuses names the family does not have.
  void new family.Config(fields);
  for (const [name, value] of Object.entries(fields)) changed[snakeCase(name)] = value;
  return new family.Config(changed, 'snake');
}

/** The config of a source. @throws ConfigError, HubError, AbortError @internal */
export async function loadConfig(
  source: string,
  options: HubOptions & { signal?: AbortSignal | undefined },
): Promise<ModelConfig> {
  checkOptionNames('fromPretrained', options, [...HUB_OPTIONS, 'signal']);
  return configFromJson((await openSource(source, options, configNeed)).json);
}

/** Gives a model the adapter that it was opened with. */
async function loadOwnAdapter(
  model: PreTrainedModel,
  { folder, config }: NonNullable<Opened['adapter']>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const adapter = adaptForLoading(model, config);
  await loadAdapterWeights(model, adapter, folder, signal);
  const filled = new Set(adapter.entries().map(({ name }) => name));
  const { newWeights, unexpected } = model.loadReport!;
  model.loadReport = { newWeights: newWeights.filter((name) => !filled.has(name)), unexpected };
}

async function load<Model extends PreTrainedModel>(
  source: string,
  options: FromPretrainedOptions,
  pick: PickClass<Model>,
): Promise<Model> {
  checkOptionNames('fromPretrained', options, LOAD_OPTIONS);
  const { device, seed, signal } = options;
  throwIfAborted(signal, 'fromPretrained');
  const { folder, weights, json, adapter, origin } = await openSource(source, options, wholeNeed);
  const family = familyFor('config.json', json);
  const Class = pick(family, json);
  const generation = await readGenerationConfig(folder);
  const config = changedConfig(family, json, options);
  const isInt8 = options.dtype === 'int8';
  const asked = askedDType(options.dtype, device) ?? config.dtype;
  const place = { ...(device !== undefined && { device }) };
  const placeholders = new PlaceholderInit(place);
  let init: SeededInit | undefined;
  let loaded: ReadonlyMap<string, Tensor> = new Map();
  let model: Model | undefined;
  try {
    // The config is checked as a whole before any weights are read.
    model = new Class(config as never, placeholders);
    if (!isInt8) loaded = await loadCheckpoint(folder, { dtype: asked, signal, ...place });
    const dtype = asked ?? dtypeOf(loaded);
    init = new SeededInit({ dtype, ...(seed !== undefined && { seed }), ...place });
    const { prefix, buffers } = family;
    const labelsChanged = config.numLabels !== new family.Config(weights, 'snake').numLabels;
    const rules = { prefix, buffers, labelsChanged, init, dtype };
    model.loadReport = isInt8
      ? await fillInt8(model, placeholders, { folder, signal, ...place }, rules)
      : fillModel(model, placeholders, loaded, rules);
    model.origin = origin;
    if (generation !== undefined && model.writing !== undefined) model.generationConfig = generation;
    if (adapter !== undefined) await loadOwnAdapter(model, adapter, signal);
    return model.eval();
  } catch (error) {
    placeholders.dispose();
    for (const tensor of loaded.values()) tensor.dispose();
    model?.dispose();
    throw error;
  } finally {
    init?.dispose();
  }
}

/** Loads a source into the class that `pick` chooses. @internal */
export function loadAs<Model extends PreTrainedModel>(
  source: string,
  options: FromPretrainedOptions,
  pick: PickClass<Model>,
): Promise<Model> {
  return load(source, options, pick);
}

/** A new model of a config, in evaluation mode as loaded ones are. @internal */
export function createAs<Model extends PreTrainedModel>(
  config: ModelConfig | JsonObject,
  options: PlaceOptions,
  pick: PickClass<Model>,
): Model {
  checkOptionNames('fromConfig', options, PLACE_OPTIONS);
  const { device, dtype, seed } = options;
  const made = config instanceof ModelConfig ? config : configFromJson(config);
  const family = familyFor('fromConfig', { model_type: made.modelType });
  const Class = pick(family, made.toJson());
  const type: DType = askedDType(dtype, device) ?? made.dtype ?? 'f32';
  const init = new SeededInit({
    dtype: type,
    ...(device !== undefined && { device }),
    ...(seed !== undefined && { seed }),
  });
  try {
    const model = new Class(made as never, init);
    if (dtype === 'int8') quantizeModel(model);
    return model.eval();
  } finally {
    init.dispose();
  }
}

/** The class that a config.json's `architectures` names. @throws ConfigError naming the known ones @internal */
export function namedClass(json: JsonObject): ModelClass<never, PreTrainedModel> {
  const names = Array.isArray(json['architectures']) ? (json['architectures'] as unknown[]) : [];
  const found = names.map((name) => architectureOf(String(name))).find((Class) => Class !== undefined);
  if (found !== undefined) return found;
  const known = knownArchitectures(json['model_type']);
  const hint = typeof names[0] === 'string' ? didYouMean(names[0], known) : '';
  throw new ConfigError(
    `config.json: architectures must name one of ${known.join(', ')}, got ${shown(json['architectures'])}${hint}`,
    { field: 'architectures', value: json['architectures'], known },
  );
}

/**
 * Loads a folder, or a model of the hub, into the class that its config.json names in `architectures`.
 * @param source a folder, or a name on the hub: `org/name`
 * @throws ConfigError for a config that is malformed or of an unknown architecture, CheckpointError for the weights,
 * HubError
 *
 * @example
 * ```ts
 * import { AutoModel, BertConfig, loadModel } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * await AutoModel.fromConfig(config).savePretrained('out');
 * const model = await loadModel('out');
 * console.log(model.architecture); // BertModel
 * ```
 */
export function loadModel(source: string, options: FromPretrainedOptions = {}): Promise<PreTrainedModel> {
  return load(source, options, (_, json) => namedClass(json));
}

/**
 * Opens a model that another thread of this process shares: the same memory, no copy. Its weights take no gradients.
 * @param shared what `model.share()` returned there
 * @throws DisposedError when it is no longer shared
 *
 * @example
 * ```ts
 * import { AutoModel, BertConfig, fromShared } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const model = AutoModel.fromConfig(config);
 * const twin = fromShared(model.share()); // in a worker: fromShared(workerData)
 * console.log(twin.architecture); // BertModel
 * ```
 */
export function fromShared(shared: SharedModel): PreTrainedModel {
  const Class = namedClass({ architectures: [shared.architecture] });
  const placeholders = new PlaceholderInit({ device: shared.device });
  try {
    const model = new Class(configFromJson(shared.config) as never, placeholders);
    if (shared.isInt8) expectInt8(model, placeholders);
    if (shared.adapter !== undefined) adaptForSharing(model, LoraConfig.fromJson(shared.adapter), placeholders);
    adoptParameters(model, shared.parameters);
    return model.eval();
  } finally {
    placeholders.dispose();
  }
}
