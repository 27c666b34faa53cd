import { access } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Need } from '../hub/resolve.js';
import { readJsonFile } from '../io/json_file.js';
import type { Pooling } from '../models/index.js';
import { ConfigError } from '../util/errors.js';
import { integer, parseFields, text } from '../util/fields.js';

const MODULES_FILE = 'modules.json';
const LIMITS_FILE = 'sentence_bert_config.json';

/** What a folder of sentence-transformers states beside its model. @internal */
export interface SentenceSettings {
  pooling: Pooling | undefined;
  normalize: boolean;
  /** Most tokens of a text. */
  maxLength: number | undefined;
}

/** Poolings by the ends of their flags' names in files, and by the names that stand there without flags. */
const MODES: Readonly<Record<string, Pooling>> = {
  cls_token: 'cls',
  mean_tokens: 'mean',
  max_tokens: 'max',
  lasttoken: 'last_token',
  cls: 'cls',
  mean: 'mean',
  max: 'max',
};
const FLAG = 'pooling_mode_';

const moduleSchema = z.array(z.object({ path: text().default(''), type: text() }));

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

async function readObject(file: string): Promise<Record<string, unknown>> {
  const json = await readJsonFile(file, { ErrorClass: ConfigError });
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw new ConfigError(`${path.basename(file)}: must hold an object, got another value`, { path: file });
}

/** The one mode a pooling's config.json states. */
async function readPooling(folder: string): Promise<Pooling> {
  const where = 'pooling config.json';
  const json = await readObject(path.join(folder, 'config.json'));
  const { pooling_mode: named } = parseFields(where, { pooling_mode: text().nullish() }, json);
  const flagged = Object.keys(json).filter((name) => name.startsWith(FLAG) && json[name] === true);
  const stated = named == null ? flagged.map((name) => name.slice(FLAG.length)) : [named];
  const pooling = stated.length === 1 && Object.hasOwn(MODES, stated[0]!) ? MODES[stated[0]!] : undefined;
  if (pooling !== undefined) return pooling;
  const known = Object.keys(MODES);
  throw new ConfigError(
    `${where}: pooling_mode must be one of ${known.join(', ')}, got ${stated.join(' and ') || 'none'}`,
    {
      known,
      stated,
    },
  );
}

/** A module of a folder: what it does, and where its files are. */
interface SentenceModule {
  kind: string;
  /** Within the folder; '' for the folder itself. */
  place: string;
}

/** The modules that `modules.json` lists; undefined where there is none. */
async function readModules(folder: string): Promise<SentenceModule[] | undefined> {
  const file = path.join(folder, MODULES_FILE);
  if (!(await isThere(file))) return undefined;
  const parsed = moduleSchema.safeParse(await readJsonFile(file, { ErrorClass: ConfigError }));
  if (!parsed.success) throw new ConfigError(`${MODULES_FILE}: must be a list of { path, type }, got another value`);
  return parsed.data.map(({ type, path: place }) => {
    if (path.isAbsolute(place) || place.split(/[/\\]/).includes('..'))
      throw new ConfigError(`${MODULES_FILE}: a path must lie within the folder, got ${place}`, { path: place });
    const kind = type.split('.').at(-1)!;
    if (kind === 'Pooling' || kind === 'Normalize' || (kind === 'Transformer' && place === '')) return { kind, place };
    const rule = 'modules must be a Transformer in the folder itself, a Pooling and a Normalize';
    throw new ConfigError(`${MODULES_FILE}: ${rule}, got ${type}${place && ` in ${place}`}`, { type, path: place });
  });
}

/** The files that {@link readSentenceFolder} reads. @internal */
export const sentenceNeed: Need = async (snapshot) => {
  if (!(await snapshot.fetch([MODULES_FILE, LIMITS_FILE])).has(MODULES_FILE)) return;
  const modules = (await readModules(snapshot.folder)) ?? [];
  const poolings = modules.filter(({ kind }) => kind === 'Pooling');
  await snapshot.fetch(poolings.map(({ place }) => path.posix.join(place, 'config.json')));
};

/**
 * Reads `modules.json` and what it names, where a folder has it: how token states become a text's embedding.
 * @throws {ConfigError} A file is malformed, or names a module that is not there.
 * @internal
 */
export async function readSentenceFolder(folder: string): Promise<SentenceSettings> {
  const settings: SentenceSettings = { pooling: undefined, normalize: false, maxLength: undefined };
  const modules = await readModules(folder);
  if (modules === undefined) return settings;
  for (const { kind, place } of modules) {
    if (kind === 'Pooling') settings.pooling = await readPooling(path.join(folder, place));
    else if (kind === 'Normalize') settings.normalize = true;
  }
  const limits = path.join(folder, LIMITS_FILE);
  if (!(await isThere(limits))) return settings;
  const { max_seq_length: longest } = parseFields(
    LIMITS_FILE,
    { max_seq_length: integer().nullish() },
    await readObject(limits),
  );
  return { ...settings, maxLength: longest ?? undefined };
}
