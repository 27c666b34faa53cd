import { LoraUpdate, type LoraOptions } from '../../nn/lora.js';
import type { Linear } from '../../nn/linear.js';
import type { ParameterInit } from '../../nn/init.js';
import type { StateEntry } from '../../nn/state_dict.js';
import { ConfigError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import type { PreTrainedModel } from '../shared/pretrained.js';
import type { LoraConfig } from './config.js';
import { chooseTargets, endsLike, linearLayers, scalesOf, type Target } from './targets.js';

/** Heads that PEFT trains whole in classifiers, taggers and readers. */
const HEADS = ['classifier', 'score', 'qa_outputs'];

/** The updates that a model's layers have, and what else of the model is trained and saved with them. @internal */
export class Adapter {
  readonly config: LoraConfig;
  readonly #model: PreTrainedModel;
  readonly #layers: readonly Linear[];
  readonly #whole: readonly string[];

  constructor(model: PreTrainedModel, config: LoraConfig, layers: readonly Linear[], whole: readonly string[]) {
    this.#model = model;
    this.config = config;
    this.#layers = layers;
    this.#whole = whole;
  }

  /** What the adapter's checkpoints hold. */
  entries(): StateEntry[] {
    return this.#model.stateEntries().filter(({ name }) => this.#holds(name));
  }

  /** Whether the layers' weights hold their updates. */
  get isMerged(): boolean {
    return this.#layers.some(({ lora }) => lora!.isMerged);
  }

  merge(isMerged: boolean): void {
    for (const layer of this.#layers) layer.lora!.merge(layer.weight, isMerged);
  }

  /** Only the adapter takes gradients. */
  freezeRest(): void {
    const trained = new Set(this.entries().map(({ parameter }) => parameter));
    for (const parameter of this.#model.parameters()) parameter.requiresGrad = trained.has(parameter);
  }

  /** Takes the updates out of the layers; the weights keep what was merged, and are trained again. */
  remove(): void {
    for (const layer of this.#layers) {
      layer.lora!.dispose();
      delete layer.lora;
    }
    for (const parameter of this.#model.parameters()) parameter.requiresGrad = true;
  }

  #holds(name: string): boolean {
    if (/\.lora_[AB]\.weight$/.test(name)) return true;
    if (this.config.bias === 'all' && /(?:^|\.)bias$/.test(name)) return true;
    return this.#whole.some((path) => name.startsWith(`${path}.`));
  }
}

/** Paths of the modules that `modulesToSave` means. */
function wholeModules(model: PreTrainedModel, { modulesToSave }: LoraConfig): string[] {
  const wanted = modulesToSave ?? defaultHeads(model);
  const paths = model
    .namedModules()
    .flatMap(([path, module]) => (path !== '' && module !== model.encoder ? [path] : []));
  const found = paths.filter((path) => endsLike(path, wanted));
  if (found.length > 0 || wanted.length === 0) return found;
  const known = [...new Set(paths.map((path) => path.split('.').at(-1)!))].filter((end) => !/^\d+$/.test(end));
  throw new ConfigError(
    `lora: modulesToSave must fit modules of the model, which end in ${known.join(', ')}; got ${shown(wanted)}`,
    { field: 'modulesToSave', value: wanted, known },
  );
}

/** What PEFT trains whole by itself, and whatever the model's checkpoint lacked. */
function defaultHeads(model: PreTrainedModel): string[] {
  const paths = model.namedModules().map(([path]) => path);
  const made = (model.loadReport?.newWeights ?? []).map((name) => name.slice(0, name.lastIndexOf('.')));
  return [...new Set([...paths.filter((path) => endsLike(path, HEADS)), ...made])];
}

/**
 * Gives a model's layers updates, of values that `init` makes.
 * @param isStrict whether every name among the targets must fit a layer
 * @throws ConfigError when nothing fits, or there is an adapter already
 * @internal
 */
export function adapt(model: PreTrainedModel, config: LoraConfig, init: ParameterInit, isStrict: boolean): Adapter {
  if (model.adapter !== undefined)
    throw new ConfigError('lora: the model must have no adapter yet, got one; mergeAndUnload() ends it');
  const whole = wholeModules(model, config);
  const { vocabSize } = model.encoder.spec;
  const isHead = ({ name, layer }: Target): boolean =>
    whole.some((path) => name === path || name.startsWith(`${path}.`)) || layer.weight.shape[0] === vocabSize;
  const targets = chooseTargets(model, config, { isHead, isStrict });
  const scaled = scalesOf(config, linearLayers(model));
  const layers = [...new Set(targets.map(({ layer }) => layer))];
  const { initLoraWeights: start } = config;
  for (const layer of layers) {
    const [outFeatures, inFeatures] = layer.weight.shape as [number, number];
    const options: LoraOptions = {
      inFeatures,
      outFeatures,
      dropout: config.loraDropout,
      start: { distribution: start === 'gaussian' ? 'normal' : 'uniform', isRandom: start === false },
      init,
      generator: () => model.generator,
    };
    const own = targets.filter((target) => target.layer === layer);
    layer.lora = new LoraUpdate(
      own.map((target) => ({ name: target.part, rows: target.rows, ...scaled(target) })),
      options,
    );
    layer.lora.train(layer.training);
  }
  const adapter = new Adapter(model, config, layers, whole);
  adapter.freezeRest();
  return adapter;
}
