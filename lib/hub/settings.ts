import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { HubError } from '../util/errors.js';
import { flag, parseFields, text } from '../util/fields.js';

/** A download under way, for callers that show it themselves. */
export interface HubProgress {
  /** The repository, `org/name`. */
  repo: string;
  /** Bytes of the files that are needed and were not in the cache. */
  totalBytes: number;
  /** Of them, bytes that are there. */
  loadedBytes: number;
}

/** Where a name of the hub, `org/name`, is read from. Names of folders are not concerned. */
export interface HubOptions {
  /** Branch, tag or commit; `main` by default. */
  revision?: string | undefined;
  /** The cache's folder; by default `HF_HUB_CACHE`, or `hub` in `HF_HOME`, or `~/.cache/huggingface/hub`: Python's. */
  cacheDir?: string | undefined;
  /** By default `HF_TOKEN`, or what `hf auth login` stored; false: none. */
  token?: string | false | undefined;
  /** Whether to look in the cache alone; true where `HF_HUB_OFFLINE` is set. */
  localFilesOnly?: boolean | undefined;
  /** Whether a bar on standard error shows downloads (the default on a terminal), or what is told of them instead. */
  progress?: boolean | ((progress: HubProgress) => void) | undefined;
}

const FIELDS = {
  revision: z.custom<string>(isRevision, 'must be a branch, a tag or a commit').default('main'),
  cacheDir: text({ min: 1, max: 4096 }).optional(),
  token: z.union([text({ min: 1 }), z.literal(false)], 'must be a token or false').optional(),
  localFilesOnly: flag().optional(),
  progress: z
    .custom<boolean | ((progress: HubProgress) => void)>(
      (v) => typeof v === 'boolean' || typeof v === 'function',
      'must be true, false or a function',
    )
    .optional(),
};

/** Names of {@link HubOptions}. @internal */
export const HUB_OPTIONS = Object.keys(FIELDS);

/** The options of the hub among others. @internal */
export function hubOptionsOf(options: HubOptions): HubOptions {
  const { revision, cacheDir, token, localFilesOnly, progress } = options;
  return { revision, cacheDir, token, localFilesOnly, progress };
}

/** {@link HubOptions} and the environment, put together. @internal */
export interface HubSettings {
  endpoint: string;
  cacheDir: string;
  revision: string;
  token: string | undefined;
  isOffline: boolean;
  progress: boolean | ((progress: HubProgress) => void);
  /** Longest silence of the server. */
  timeoutMs: number;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** What git takes for a name, without what would lead out of a folder. */
function isRevision(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > 250) return false;
  // eslint-disable-next-line no-control-regex
  if (/[\s~^:?*[\\\x00-\x1f\x7f]/.test(value)) return false;
  return value.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.includes('..'));
}

function isOn(value: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes(value?.toUpperCase() ?? '');
}

/** `~`, and variables as a shell writes them. */
function expanded(place: string, env: Variables): string {
  const named = place.replace(/\$(\w+)|\$\{([^}]*)\}/g, (whole, a?: string, b?: string) => env[a ?? b ?? ''] ?? whole);
  return path.resolve(named.replace(/^~(?=$|\/)/, () => homedir()));
}

function homeOf(env: Variables): string {
  const caches = env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
  return expanded(env['HF_HOME'] || path.join(caches, 'huggingface'), env);
}

function endpointOf(env: Variables): string {
  const given = (env['HF_ENDPOINT'] || 'https://huggingface.co').replace(/\/+$/, '');
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') return given;
  throw new HubError(`hub: HF_ENDPOINT must be an address, got ${given}`, { endpoint: given });
}

async function tokenOf(env: Variables): Promise<string | undefined> {
  if (isOn(env['HF_HUB_DISABLE_IMPLICIT_TOKEN'])) return undefined;
  const given = env['HF_TOKEN'] || env['HUGGING_FACE_HUB_TOKEN'];
  const file = expanded(env['HF_TOKEN_PATH'] || path.join(homeOf(env), 'token'), env);
  const token = (given ?? (await readFile(file, 'utf8').catch(() => ''))).trim();
  // What cannot stand in a header is no token.
  return /^[\x21-\x7e]+$/.test(token) ? token : undefined;
}

function millisecondsOf(seconds: string | undefined, otherwise: number): number {
  return Number(seconds) > 0 ? Math.min(Number(seconds) * 1e3, 2 ** 31 - 1) : otherwise;
}

/**
 * Options over the environment's variables, which have Python's names and meaning.
 * @throws ConfigError for an option, HubError for `HF_ENDPOINT`
 * @internal
 */
export async function hubSettings(
  where: string,
  options: HubOptions,
  env: Variables = process.env,
): Promise<HubSettings> {
  const { revision, cacheDir, token, localFilesOnly, progress } = parseFields(
    where,
    FIELDS,
    hubOptionsOf(options) as Record<string, unknown>,
  );
  const place = cacheDir ?? (env['HF_HUB_CACHE'] || env['HUGGINGFACE_HUB_CACHE'] || path.join(homeOf(env), 'hub'));
  const hidesProgress = isOn(env['HF_HUB_DISABLE_PROGRESS_BARS']);
  return {
    endpoint: endpointOf(env),
    cacheDir: expanded(place, env),
    revision,
    token: token === false ? undefined : (token ?? (await tokenOf(env))),
    isOffline: localFilesOnly ?? isOn(env['HF_HUB_OFFLINE'] || env['TRANSFORMERS_OFFLINE']),
    progress: progress ?? (process.stderr.isTTY && !hidesProgress),
    timeoutMs: millisecondsOf(env['HF_HUB_DOWNLOAD_TIMEOUT'], 10_000),
  };
}
