import { join } from 'node:path';
import { allOf, type Need, resolveSource } from '../hub/resolve.js';
import { HUB_OPTIONS, type HubOptions, hubOptionsOf } from '../hub/settings.js';
import { checkpointNeed, loadCheckpoint } from '../io/checkpoint.js';
import { readJsonFile } from '../io/json_file.js';
import { PlaceholderInit, SeededInit } from '../nn/init.js';
import { adoptParameters } from '../nn/sharing.js';
import { type DType, parseDType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { throwIfAborted } from '../util/abort.js';
import { checkPath } from '../util/checked_path.js';
import { checkOptionNames, didYouMean } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { shown } from '../util/shown.js';
import { snakeCase } from './config_fields.js';
import { type CommonConfig, ModelConfig } from './config.js';
import { LoraConfig } from './lora/config.js';
import { ADAPTER_CONFIG, adapterNeed, loadAdapterWeights, readAdapterConfig } from './lora/files.js';
import { adaptForLoading, adaptForSharing } from './lora/peft.js';
import { architectureOf, familyOf, knownArchitectures, knownModelTypes, type ModelFamily } from './registry.js';
import { dtypeOf, fillModel } from './shared/load.js';
import type { ModelClass, PreTrainedModel } from './shared/pretrained.js';
import type { SharedModel } from './shared/share.js';

/** Where a model goes, in which element type, and the seed of what is new. */
export interface PlaceOptions {
  /** `auto` (the default: a GPU that works, else the CPU), `cpu`, `cuda` or `cuda:1`. */
  device?: string | undefined;
  /** `auto` (the default): the checkpoint's own, or f32 for a new model. */
  dtype?: DType | 'auto' | undefined;
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

const CONFIG_FILE = 'config.json';

/** The files of a config. */
const configNeed: Need = async (snapshot) => {
  if ((await snapshot.fetch([CONFIG_FILE])).size === 0) throw snapshot.lacks(CONFIG_FILE);
};

/** An adapter's own files, or else `otherwise`. */
function adapterOr(otherwise: Need): Need {
  return async (snapshot) => {
    await snapshot.look([CONFIG_FILE, ADAPTER_CONFIG]);
    const isAdapter = (await snapshot.fetch([ADAPTER_CONFIG])).size > 0;
    if (isAdapter) await snapshot.fetch([CONFIG_FILE]);
    await (isAdapter ? adapterNeed : otherwise)(snapshot);
  };
}

const wholeNeed = allOf(configNeed, checkpointNeed);

/** The files of a model, or of an adapter of one. @internal */
export const modelNeed: Need = adapterOr(wholeNeed);

type JsonObject = Record<string, unknown>;

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

function checkConfigObject(json: unknown): asserts json is JsonObject {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return;
  throw new ConfigError(`config.json: must hold an object, got ${shown(json)}`);
}

/** The object of a config.json. @throws ConfigError @internal */
export async function readConfigFile(path: string): Promise<JsonObject> {
  const json = await readJsonFile(path, { ErrorClass: ConfigError });
  checkConfigObject(json);
  return json;
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

function askedDType(dtype: DType | 'auto' | undefined): DType | undefined {
  return dtype === undefined || dtype === 'auto' ? undefined : parseDType(dtype);
}

/** What a source was found to be. */
interface Opened {
  /** Holds the weights. */
  folder: string;
  /** The config of these weights. */
  weights: JsonObject;
  /** The config asked for: an adapter may have another head than what it was trained on. */
  json: JsonObject;
  adapter?: { folder: string; config: LoraConfig };
  origin: { source: string; revision: string | undefined };
}

/** Finds a source's files. @param need those of a plain model */
async function openSource(
  source: string,
  options: HubOptions & { signal?: AbortSignal | undefined },
  need: Need,
): Promise<Opened> {
  const { signal, revision } = options;
  checkPath('fromPretrained', 'the folder', source, ConfigError);
  const hub = { ...hubOptionsOf(options), signal };
  const folder = await resolveSource('fromPretrained', source, adapterOr(need), hub);
  const config = await readAdapterConfig(folder);
  const base = config?.baseModelNameOrPath;
  const own = (place: string): Promise<JsonObject> => readConfigFile(join(place, CONFIG_FILE));
  if (config === undefined || !base) {
    const json = await own(folder);
    return {
      folder,
      weights: json,
      json,
      ...(config && { adapter: { folder, config } }),
      origin: { source, revision },
    };
  }
  const origin = { source: base, revision: config.revision ?? undefined };
  const below = await resolveSource('fromPretrained', base, need, { ...hub, revision: origin.revision });
  const weights = await own(below);
  const json = await own(folder).catch((error: unknown) => {
    if (error instanceof ConfigError && error.fields['reason'] === 'ENOENT') return weights;
    throw error;
  });
  return { folder: below, weights, json, adapter: { folder, config }, origin };
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
  const config = changedConfig(family, json, options);
  const asked = askedDType(options.dtype) ?? config.dtype;
  const place = { ...(device !== undefined && { device }) };
  const placeholders = new PlaceholderInit(place);
  let init: SeededInit | undefined;
  let loaded: ReadonlyMap<string, Tensor> = new Map();
  let model: Model | undefined;
  try {
    // The config is checked as a whole before any weights are read.
    model = new Class(config as never, placeholders);
    loaded = await loadCheckpoint(folder, { dtype: asked, signal, ...place });
    const dtype = asked ?? dtypeOf(loaded);
    init = new SeededInit({ dtype, ...(seed !== undefined && { seed }), ...place });
    const { prefix, buffers } = family;
    const labelsChanged = config.numLabels !== new family.Config(weights, 'snake').numLabels;
    model.loadReport = fillModel(model, placeholders, loaded, { prefix, buffers, labelsChanged, init, dtype });
    model.origin = origin;
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
  const type = askedDType(dtype) ?? made.dtype ?? 'f32';
  const init = new SeededInit({
    dtype: type,
    ...(device !== undefined && { device }),
    ...(seed !== undefined && { seed }),
  });
  try {
    return new Class(made as never, init).eval();
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
    if (shared.adapter !== undefined) adaptForSharing(model, LoraConfig.fromJson(shared.adapter), placeholders);
    adoptParameters(model, shared.parameters);
    return model.eval();
  } finally {
    placeholders.dispose();
  }
}
