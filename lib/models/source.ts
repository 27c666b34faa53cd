import { join } from 'node:path';
import { GenerationConfig } from '../generate/config.js';
import { allOf, anyOf, type Need, resolveSource } from '../hub/resolve.js';
import { type HubOptions, hubOptionsOf } from '../hub/settings.js';
import { checkpointNeed } from '../io/checkpoint.js';
import { readJsonFile } from '../io/json_file.js';
import { checkPath } from '../util/checked_path.js';
import { ConfigError } from '../util/errors.js';
import { shown } from '../util/shown.js';
import type { LoraConfig } from './lora/config.js';
import { ADAPTED_CONFIG, ADAPTER_CONFIG, adapterNeed, exists, readAdapterConfig } from './lora/files.js';

/** @internal */
export type JsonObject = Record<string, unknown>;

const CONFIG_FILE = 'config.json';
/** How models with a head that writes do it; not there for others. @internal */
export const GENERATION_FILE = 'generation_config.json';

/** The files of a config. @internal */
export const configNeed: Need = async (snapshot) => {
  if ((await snapshot.fetch([CONFIG_FILE])).size === 0) throw snapshot.lacks(CONFIG_FILE);
};

/** An adapter's own files, and `plain` where there is a model too, or a model alone. */
function adapterOr(plain: Need): Need {
  return async (snapshot) => {
    await snapshot.look([CONFIG_FILE, ADAPTER_CONFIG]);
    if ((await snapshot.fetch([ADAPTER_CONFIG])).size === 0) return plain(snapshot);
    await adapterNeed(snapshot);
    if ((await snapshot.fetch([CONFIG_FILE])).size > 0) await plain(snapshot);
  };
}

/** Those of a plain model. @internal */
export const wholeNeed = allOf(configNeed, anyOf(GENERATION_FILE), checkpointNeed);

/** The files of a model, or of an adapter of one. @internal */
export const modelNeed: Need = adapterOr(wholeNeed);

/** @throws ConfigError @internal */
export function checkConfigObject(json: unknown): asserts json is JsonObject {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return;
  throw new ConfigError(`config.json: must hold an object, got ${shown(json)}`);
}

/** The object of a config.json. @throws ConfigError @internal */
export async function readConfigFile(path: string): Promise<JsonObject> {
  const json = await readJsonFile(path, { ErrorClass: ConfigError });
  checkConfigObject(json);
  return json;
}

/** How the model of a folder generates, where it says. @throws ConfigError @internal */
export async function readGenerationConfig(folder: string): Promise<GenerationConfig | undefined> {
  const path = join(folder, GENERATION_FILE);
  if (!(await exists(path))) return undefined;
  return GenerationConfig.fromJson(await readJsonFile(path, { ErrorClass: ConfigError }));
}

/** What a source was found to be. @internal */
export interface Opened {
  /** Holds the weights. */
  folder: string;
  /** The config of these weights. */
  weights: JsonObject;
  /** The config asked for: an adapter may have another head than what it was trained on. */
  json: JsonObject;
  adapter?: { folder: string; config: LoraConfig };
  origin: { source: string; revision: string | undefined };
}

/** Finds a source's files. @param need those of a plain model @throws ConfigError, HubError, AbortError @internal */
export async function openSource(
  source: string,
  options: HubOptions & { signal?: AbortSignal | undefined },
  need: Need,
): Promise<Opened> {
  const { signal, revision } = options;
  checkPath('fromPretrained', 'the folder', source, ConfigError);
  const hub = { ...hubOptionsOf(options), signal };
  const folder = await resolveSource('fromPretrained', source, adapterOr(need), hub);
  const config = await readAdapterConfig(folder);
  const adapter = config && { folder, config };
  const base = config?.baseModelNameOrPath;
  // As in Python: with a config of its own a folder holds the model as well.
  if (adapter === undefined || !base || (await exists(join(folder, CONFIG_FILE)))) {
    const json = await readConfigFile(join(folder, CONFIG_FILE));
    return { folder, weights: json, json, ...(adapter && { adapter }), origin: { source, revision } };
  }
  const origin = { source: base, revision: adapter.config.revision ?? undefined };
  const below = await resolveSource('fromPretrained', base, need, { ...hub, revision: origin.revision });
  const weights = await readConfigFile(join(below, CONFIG_FILE));
  const own = join(folder, ADAPTED_CONFIG);
  const json = (await exists(own)) ? await readConfigFile(own) : weights;
  return { folder: below, weights, json, adapter, origin };
}
