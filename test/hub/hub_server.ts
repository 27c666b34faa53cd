import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Another machine, as names go. */
const CDN_HOST = '127.0.0.2';

/** One request as it came. */
export interface Seen {
  method: string;
  /** With the part of the server: `hub` or `cdn`. */
  path: string;
  range: string | undefined;
  authorization: string | undefined;
}

/** Answers a request in the server's place; false: it goes on as usual. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A repository: files by path, those of `lfs` kept on another server. */
export interface Repo {
  files: Record<string, Buffer>;
  lfs?: string[];
  /** What a request must bear. */
  token?: string;
  /** Branches and tags beside main. */
  refs?: Record<string, Record<string, Buffer>>;
}

interface FileInfo {
  path: string;
  type: string;
  size: number;
  oid: string;
  lfs?: { oid: string; size: number; pointerSize: number };
}

const sha1 = (text: string | Buffer): string => createHash('sha1').update(text).digest('hex');

/** What git calls a file's contents. */
export const gitBlob = (data: Buffer): string => sha1(Buffer.concat([Buffer.from(`blob ${data.length}\0`), data]));
export const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

/** A stand-in for the hub on this machine: its API, its headers, its redirects to a second server, ranges. */
export class HubServer {
  readonly repos = new Map<string, Repo>();
  readonly seen: Seen[] = [];
  /** Asked before the server itself, first to last. */
  faults: Fault[] = [];
  readonly #hub: Server;
  readonly #cdn: Server;

  constructor() {
    const on = (name: string, answer: (request: IncomingMessage, response: ServerResponse) => void): Server =>
      createServer((request, response) => {
        const { method = '', url = '', headers } = request;
        const { range, authorization } = headers;
        this.seen.push({ method, path: `${name} ${url}`, range, authorization });
        if (!this.faults.some((fault) => fault(request, response))) answer(request, response);
      });
    this.#hub = on('hub', (request, response) => void this.#answer(request, response));
    this.#cdn = on('cdn', (request, response) => this.#serveBlob(request, response));
  }

  async start(): Promise<void> {
    for (const [server, host] of [
      [this.#hub, '127.0.0.1'],
      [this.#cdn, CDN_HOST],
    ] as const)
      await new Promise<void>((resolve) => server.listen(0, host, () => resolve()));
  }

  async stop(): Promise<void> {
    for (const server of [this.#hub, this.#cdn]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#hub.address() as AddressInfo).port}`;
  }

  /** The commit that a revision is. */
  commitOf(name: string, revision = 'main'): string {
    const files = this.#files(name, revision)!;
    return sha1(JSON.stringify(Object.entries(files).map(([path, data]) => [path, gitBlob(data)])));
  }

  /** Requests whose path holds a text. */
  requests(part: string): Seen[] {
    return this.seen.filter(({ path }) => path.includes(part));
  }

  #files(name: string, revision: string): Record<string, Buffer> | undefined {
    const repo = this.repos.get(name);
    if (repo === undefined) return undefined;
    const all = { main: repo.files, ...repo.refs };
    return Object.entries(all).find(([ref]) => ref === revision || this.#isCommit(name, ref, revision))?.[1];
  }

  #isCommit(name: string, ref: string, revision: string): boolean {
    return revision.length === 40 && this.commitOf(name, ref) === revision;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url!, this.url);
    const api = /^\/api\/models\/(.+)\/(revision|paths-info)\/([^/]+)$/.exec(pathname);
    const file = /^\/(.+)\/resolve\/([^/]+)\/(.+)$/.exec(pathname);
    const [, name, kind = 'resolve', ref] = (api ?? file?.toSpliced(2, 0, 'resolve') ?? []) as (string | undefined)[];
    const repo = this.repos.get(name ?? '');
    const isKnown =
      repo !== undefined && (repo.token === undefined || request.headers.authorization === `Bearer ${repo.token}`);
    if (!isKnown) return refuse(response, 401, 'RepoNotFound');
    const revision = decodeURIComponent(ref!);
    const files = this.#files(name!, revision);
    if (files === undefined) return refuse(response, 404, 'RevisionNotFound');
    const commit = this.commitOf(name!, revision);
    if (kind === 'revision') return sendJson(response, { _id: '0', id: name, sha: commit, lastModified: 0 });
    if (kind === 'paths-info') {
      const { paths } = JSON.parse(await textOf(request)) as { paths: string[] };
      const present = paths.filter((path) => files[path] !== undefined);
      return sendJson(
        response,
        present.map((path) => infoOf(path, files[path]!, repo)),
      );
    }
    const path = decodeURIComponent(file![3]!);
    if (files[path] === undefined) return refuse(response, 404, 'EntryNotFound');
    this.#serveFile(request, response, { ...infoOf(path, files[path], repo), commit, data: files[path] });
  }

  #serveFile(
    request: IncomingMessage,
    response: ServerResponse,
    { commit, lfs, oid, data }: FileInfo & { commit: string; data: Buffer },
  ): void {
    response.setHeader('x-repo-commit', commit);
    response.setHeader('etag', `"${lfs?.oid ?? oid}"`);
    if (lfs === undefined) return sendRange(request, response, data);
    response.setHeader('x-linked-etag', `"${lfs.oid}"`);
    response.setHeader('x-linked-size', String(lfs.size));
    const { port } = this.#cdn.address() as AddressInfo;
    response.writeHead(302, { location: `http://${CDN_HOST}:${port}/blob/${lfs.oid}?signature=1` }).end();
  }

  #serveBlob(request: IncomingMessage, response: ServerResponse): void {
    const oid = /^\/blob\/([0-9a-f]{64})/.exec(request.url!)?.[1];
    const all = [...this.repos.values()].flatMap(({ files, refs }) => [files, ...Object.values(refs ?? {})]);
    const data = all.flatMap((files) => Object.values(files)).find((each) => sha256(each) === oid);
    if (data === undefined) return refuse(response, 404, 'NoSuchKey');
    response.setHeader('etag', `"${gitBlob(data).slice(0, 32)}"`);
    sendRange(request, response, data);
  }
}

function infoOf(path: string, data: Buffer, { lfs = [] }: Repo): FileInfo {
  const plain = { path, type: 'file', size: data.length, oid: gitBlob(data) };
  return lfs.includes(path) ? { ...plain, lfs: { oid: sha256(data), size: data.length, pointerSize: 130 } } : plain;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

/** Answers as the hub refuses. */
export function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-error-code': code, 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: code }));
}

export function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** Sends a file, or the part of it that was asked for. */
export function sendRange(request: IncomingMessage, response: ServerResponse, data: Buffer): void {
  const begin = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.setHeader('accept-ranges', 'bytes');
  if (begin >= data.length && begin > 0) {
    response.writeHead(416, { 'content-range': `bytes */${data.length}` }).end();
    return;
  }
  const part = data.subarray(begin);
  const range = { 'content-range': `bytes ${begin}-${data.length - 1}/${data.length}` };
  response.writeHead(begin > 0 ? 206 : 200, { 'content-length': part.length, ...(begin > 0 && range) }).end(part);
}
