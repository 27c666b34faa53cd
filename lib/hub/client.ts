import type { modelInfo, pathsInfo } from '@huggingface/hub';
import { GridstrideError, HubError } from '../util/errors.js';
import { parseJson } from '../util/json.js';
import { shown } from '../util/shown.js';
import { isCommit } from './repo_id.js';
import type { HubSettings } from './settings.js';
import { type Answer, ATTEMPTS, NetworkTrouble, type Question, Transport } from './transport.js';

/** A file of a commit. @internal */
export interface RemoteFile {
  path: string;
  size: number;
  /** SHA-256 of the contents, or git's SHA-1 of them: the name of the blob in the cache. */
  checksum: string;
}

/** Longest answer about files. */
const MOST_BYTES = 8 << 20;
const LARGEST_FILE = 2 ** 46;

type Paths = Awaited<ReturnType<typeof pathsInfo>>;

/** What the hub says of a repository. @internal */
export class HubClient {
  readonly repo: string;
  readonly settings: HubSettings;
  readonly transport: Transport;
  readonly #where: string;

  constructor(where: string, repo: string, settings: HubSettings, signal: AbortSignal | undefined) {
    this.#where = where;
    this.repo = repo;
    this.settings = settings;
    this.transport = new Transport(where, settings, signal);
  }

  /** The commit that the revision is. @throws HubError, AbortError */
  async commitOf(attempts = ATTEMPTS): Promise<string> {
    const { repo: name, settings } = this;
    const { sha } = await this.#call(attempts, ({ modelInfo: ask }, options) =>
      ask({ name, revision: settings.revision, additionalFields: ['sha'], ...options }),
    );
    if (isCommit(sha)) return sha;
    throw this.#odd(`a commit's name of 40 digits, got ${shown(sha)}`);
  }

  /** Those of some files that a commit has. @throws HubError, AbortError */
  async describe(commit: string, paths: readonly string[]): Promise<RemoteFile[]> {
    const found: Paths = await this.#call(ATTEMPTS, ({ pathsInfo: ask }, options) =>
      ask({ repo: this.repo, revision: commit, paths: [...paths], ...options }),
    );
    const files = found.filter(({ type }) => type === 'file').map((file) => this.#checked(file, paths));
    const twice = files.find((file, i) => files.findIndex(({ path }) => path === file.path) !== i);
    if (twice === undefined) return files;
    throw this.#odd(`each file once, got ${twice.path} twice`);
  }

  /** Asks for a file's bytes, from `begin` on. @throws HubError, AbortError */
  async open(commit: string, { path, size, checksum }: RemoteFile, begin: number): Promise<Answer> {
    const place = path.split('/').map(encodeURIComponent).join('/');
    const url = `${this.settings.endpoint}/${this.repo}/resolve/${commit}/${place}`;
    const question = { url, ...(begin > 0 && { headers: { range: `bytes=${begin}-` } }) };
    const answer = await this.transport
      .ask(question, ATTEMPTS, (got) => Promise.resolve(got))
      .catch((error: unknown) => {
        throw error instanceof NetworkTrouble ? this.unreachable(error) : error;
      });
    if (answer.status !== 200 && answer.status !== 206 && answer.status !== 416) {
      answer.drop();
      throw this.#refusal(url, answer);
    }
    const expected = { 'x-repo-commit': commit, 'x-linked-etag': checksum, 'x-linked-size': `${size}` };
    for (const [name, value] of Object.entries(expected)) {
      const told = answer.hubHeaders.get(name)?.replace(/^W\/|"/g, '');
      if (told === undefined || told === value) continue;
      answer.drop();
      throw this.#odd(`${name} ${value} for ${path}, got ${shown(told)}`, { path });
    }
    return answer;
  }

  /** Calls the hub's library, through our own connection. */
  async #call<T>(
    attempts: number,
    body: (
      library: { modelInfo: typeof modelInfo; pathsInfo: typeof pathsInfo },
      options: { hubUrl: string; fetch: typeof fetch },
    ) => Promise<T>,
  ): Promise<T> {
    const ask = async (input: Parameters<typeof fetch>[0], init: RequestInit = {}): Promise<Response> => {
      const headers = Object.fromEntries(new Headers(init.headers));
      const url = String(input);
      const text = await this.#text({ url, method: init.method, headers, body: init.body as string }, attempts);
      parseJson(text, (got) => this.#odd(`JSON, got ${got}`));
      return new Response(text, { headers: { 'content-type': 'application/json' } });
    };
    const library = await import('@huggingface/hub');
    try {
      return await body(library, { hubUrl: this.settings.endpoint, fetch: ask });
    } catch (error) {
      if (error instanceof GridstrideError) throw error;
      if (error instanceof NetworkTrouble) throw this.unreachable(error);
      throw this.#odd(`what a repository is, got ${(error as Error).message}`, {}, error);
    }
  }

  #text(question: Question, attempts: number): Promise<string> {
    return this.transport.ask(question, attempts, async (answer) => {
      if (answer.status !== 200) {
        answer.drop();
        throw this.#refusal(question.url, answer);
      }
      const pieces: Uint8Array[] = [];
      let bytes = 0;
      for await (const piece of answer.body()) {
        bytes += piece.length;
        if (bytes > MOST_BYTES) throw this.#odd(`at most ${MOST_BYTES} bytes, got more`);
        pieces.push(piece);
      }
      return Buffer.concat(pieces).toString('utf8');
    });
  }

  #checked({ path, size: plain, oid, lfs }: Paths[number], asked: readonly string[]): RemoteFile {
    if (!asked.includes(path)) throw this.#odd(`only files that were asked for, got ${shown(path)}`);
    const size = lfs?.size ?? plain;
    const checksum = lfs?.oid ?? oid;
    if (!Number.isSafeInteger(size) || size < 0 || size > LARGEST_FILE)
      throw this.#odd(`the size of ${path}, got ${shown(size)}`, { path });
    const isChecksum = typeof checksum === 'string' && (lfs ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(checksum);
    if (!isChecksum) throw this.#odd(`the checksum of ${path}, got ${shown(checksum)}`, { path });
    return { path, size, checksum };
  }

  /** The error of an answer that is none to what was asked. @internal */
  #odd(rule: string, fields: Readonly<Record<string, unknown>> = {}, cause?: unknown): HubError {
    const { repo, settings } = this;
    const text = `${this.#where}: ${settings.endpoint} must answer about ${repo} with ${rule}`;
    return new HubError(text, { repo, ...fields }, { cause });
  }

  /** The error of a hub that does not answer. @internal */
  unreachable(cause: Error): HubError {
    const { repo, settings } = this;
    const text = `${this.#where}: ${settings.endpoint} must be reachable to read ${repo}, got ${cause.message}`;
    return new HubError(text, { repo, endpoint: settings.endpoint }, { cause });
  }

  #refusal(url: string, { status, hubHeaders, headers }: Answer): HubError {
    const { repo, settings } = this;
    const { revision, token, endpoint } = settings;
    const code = hubHeaders.get('x-error-code') ?? '';
    const fields = { repo, revision, status, url, ...(code !== '' && { reason: code }) };
    const refuse = (rule: string): HubError =>
      new HubError(
        `${this.#where}: ${rule}, got ${status}${code && ` (${shown(code).slice(1, -1)})`} from ${endpoint}`,
        fields,
      );
    if (code === 'GatedRepo')
      return refuse(`the terms of ${endpoint}/${repo} must be accepted, and a token be in HF_TOKEN`);
    if (code === 'RevisionNotFound') return refuse(`${repo} must have the revision ${revision}`);
    if (status === 404 && code === 'EntryNotFound')
      return refuse(`${repo} must have the file ${new URL(url).pathname}`);
    if (status === 401 || status === 403) {
      const hint =
        token === undefined ? 'where it is private, HF_TOKEN must hold a token' : 'the token must have access';
      return refuse(`${repo} must exist; ${hint}`);
    }
    if (status === 404) return refuse(`${repo} must be a folder, or a model on the hub`);
    const wait = headers.get('retry-after');
    return refuse(`the hub must serve ${repo}${wait === null ? '' : ` (it asks to try again after ${shown(wait)})`}`);
  }
}
