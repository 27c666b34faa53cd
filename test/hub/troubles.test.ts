import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AbortError, AutoConfig, AutoModel, AutoTokenizer, ConfigError, HubError } from '../../lib/index.js';
import { Transport } from '../../lib/hub/transport.js';
import { type Fault, gitBlob, HubServer, refuse, sendJson, sendRange, sha256 } from './hub_server.js';
import { tinyClassifier } from './tiny_repo.js';

const NAME = 'some-org/tiny-bert';
const server = new HubServer();
let folder: string;
let files: Record<string, Buffer>;

beforeAll(async () => {
  await server.start();
  files = await tinyClassifier();
});
afterAll(() => server.stop());
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gridstride-troubles-'));
  server.seen.length = 0;
  server.faults = [];
  server.repos.clear();
  server.repos.set(NAME, { files: { ...files }, lfs: ['model.safetensors'] });
  vi.stubEnv('HF_ENDPOINT', server.url);
  vi.stubEnv('HF_HUB_CACHE', folder);
  vi.stubEnv('HF_HUB_OFFLINE', '');
  vi.stubEnv('HF_TOKEN', 'hf_test');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const blobs = () => path.join(folder, 'models--some-org--tiny-bert/blobs');
const weights = () => files['model.safetensors']!;
const weightsBlob = () => path.join(blobs(), sha256(weights()));
const load = async (): Promise<void> => (await AutoModel.fromPretrained(NAME)).dispose();
const failure = async (work: Promise<unknown>): Promise<HubError> => {
  const error: unknown = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(HubError);
  return error as HubError;
};

/** Tries follow each other without rest, where a test is to see the last one. */
const impatient = () => vi.spyOn(Transport.prototype, 'waitOf').mockReturnValue(1);

/** A fault of requests whose address holds a text: of the first `times` of them. */
function fault(part: string, times: number, answer: Fault): Fault {
  let left = times;
  return (request, response) => request.url!.includes(part) && left-- > 0 && answer(request, response);
}

/** Sends the beginning of a file and breaks the connection. */
const broken =
  (share: number): Fault =>
  (request, response) => {
    const begin = Number(/\d+/.exec(request.headers.range ?? '0')![0]);
    const rest = weights().subarray(begin);
    const range = { 'content-range': `bytes ${begin}-${weights().length - 1}/${weights().length}` };
    response.writeHead(begin > 0 ? 206 : 200, { 'content-length': rest.length, ...(begin > 0 && range) });
    response.write(rest.subarray(0, Math.ceil(rest.length * share)), () => setTimeout(() => response.destroy(), 20));
    return true;
  };

describe('a connection', () => {
  it('that breaks is taken up where it broke, as often as that takes', async () => {
    server.faults = [fault('/blob/', 8, broken(0.3))];
    await load();
    const ranges = server.requests('cdn ').map(({ range }) => Number(/\d+/.exec(range ?? '0')![0]));
    expect(ranges.length).toBe(9);
    expect(ranges).toEqual([...ranges].sort((a, b) => a - b));
    expect(ranges[1]).toBeGreaterThan(0);
    expect(readFileSync(weightsBlob())).toEqual(weights());
    expect(readdirSync(blobs()).filter((name) => name.includes('incomplete'))).toEqual([]);
  });

  it('that never gives a byte ends in an error, and what was there stays for the next time', async () => {
    impatient();
    server.faults = [
      fault('/blob/', 1, broken(0.5)),
      fault('/blob/', 99, (_, response) => {
        response.destroy();
        return true;
      }),
    ];
    const error = await failure(load());
    expect(error.message).toMatch(/must be reachable to read some-org\/tiny-bert, got .*127\.0\.0\.2/);
    const partial = `${weightsBlob()}.incomplete`;
    expect(readFileSync(partial)).toEqual(weights().subarray(0, Math.ceil(weights().length * 0.5)));
    server.faults = [];
    server.seen.length = 0;
    await load();
    expect(server.requests('cdn ').map(({ range }) => range)).toEqual([`bytes=${Math.ceil(weights().length * 0.5)}-`]);
    expect(existsSync(partial)).toBe(false);
  });

  it('that falls silent is given up and tried again', async () => {
    vi.stubEnv('HF_HUB_DOWNLOAD_TIMEOUT', '0.2');
    server.faults = [
      fault('/blob/', 1, (_, response) => {
        response.writeHead(200, { 'content-length': weights().length }).write(weights().subarray(0, 100));
        return true;
      }),
      fault('/revision/', 1, () => true),
    ];
    await load();
    expect(server.requests('cdn ').map(({ range }) => range)).toEqual([undefined, 'bytes=100-']);
  });

  it('to nobody names the address', async () => {
    impatient();
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
    const error = await failure(AutoConfig.fromPretrained(NAME));
    expect(error.message).toMatch(/^fromPretrained: http:\/\/127.0.0.1:9 must be reachable/);
  });

  it('ends when the caller says so', async () => {
    const caller = new AbortController();
    server.faults = [
      fault('/blob/', 9, (_, response) => {
        response.writeHead(200, { 'content-length': weights().length }).write(weights().subarray(0, 500));
        setTimeout(() => caller.abort(), 50);
        return true;
      }),
    ];
    await expect(AutoModel.fromPretrained(NAME, { signal: caller.signal })).rejects.toThrow(AbortError);
    expect(readFileSync(`${weightsBlob()}.incomplete`).length).toBe(500);
  });
});

describe('a server', () => {
  it('that is busy is asked again when it says so', async () => {
    const busy: Fault = (_, response) => {
      response.writeHead(429, { 'retry-after': '1' }).end();
      return true;
    };
    server.faults = [fault('/revision/', 1, busy)];
    const begin = performance.now();
    await AutoConfig.fromPretrained(NAME);
    expect(performance.now() - begin).toBeGreaterThan(950);
    expect(server.requests('/revision/').length).toBe(2);
  });

  it('that asks for too long a rest is not waited for', async () => {
    server.faults = [
      fault('/revision/', 9, (_, response) => {
        response.writeHead(429, { 'retry-after': '3600' }).end();
        return true;
      }),
    ];
    const error = await failure(AutoConfig.fromPretrained(NAME));
    expect(error.message).toMatch(/must serve some-org\/tiny-bert \(it asks to try again after "3600"\), got 429/);
    expect(error.fields['status']).toBe(429);
    expect(server.seen.length).toBe(1);
  });

  it('that fails for a moment is asked again', async () => {
    const failing: Fault = (_, response) => (refuse(response, 503, ''), true);
    server.faults = [fault('/revision/', 2, failing), fault('/paths-info/', 1, failing), fault('/blob/', 1, failing)];
    await load();
  });

  it.each([
    [401, 'RepoNotFound', /some-org\/tiny-bert must exist; the token must have access, got 401 \(RepoNotFound\)/],
    [403, 'GatedRepo', /the terms of http.*some-org\/tiny-bert must be accepted, and a token be in HF_TOKEN, got 403/],
    [404, 'RepoNotFound', /some-org\/tiny-bert must be a folder, or a model on the hub, got 404/],
    [418, '', /the hub must serve some-org\/tiny-bert, got 418/],
  ])('that answers %i %s tells why', async (status, code, text) => {
    server.faults = [fault('/revision/', 9, (_, response) => (refuse(response, status, code), true))];
    const error = await failure(load());
    expect(error.message).toMatch(text);
    expect(error.fields).toMatchObject({ repo: NAME, status });
    expect(error.message).not.toContain('hf_test');
  });

  it('that has no such repository, revision or weights says so', async () => {
    expect((await failure(AutoModel.fromPretrained('some-org/other'))).message).toMatch(/some-org\/other must exist/);
    expect((await failure(AutoModel.fromPretrained(NAME, { revision: 'v9' }))).message).toMatch(
      /some-org\/tiny-bert must have the revision v9, got 404 \(RevisionNotFound\)/,
    );
    const { 'model.safetensors': _, ...others } = files;
    server.repos.get(NAME)!.files = others;
    expect((await failure(load())).message).toMatch(/must hold config.json and model.safetensors, got none at main of/);
    server.repos.get(NAME)!.files = { 'README.md': Buffer.from('') };
    expect((await failure(AutoTokenizer.fromPretrained(NAME))).message).toMatch(/must hold tokenizer.json, /);
  });

  it('that sends on to a repository of another name is followed', async () => {
    server.repos.set('new-org/tiny-bert', server.repos.get(NAME)!);
    server.faults = [
      (request, response) => {
        if (!request.url!.includes(NAME)) return false;
        response.writeHead(307, { location: request.url!.replace(NAME, 'new-org/tiny-bert') }).end();
        return true;
      },
    ];
    await load();
    expect(server.requests('new-org').every(({ authorization }) => authorization === 'Bearer hf_test')).toBe(true);
  });

  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/x', 'http://[', ''])(
    'that sends on to %j is not',
    async (location) => {
      server.faults = [fault('/resolve/', 9, (_, response) => (response.writeHead(302, { location }).end(), true))];
      expect((await failure(load())).message).toMatch(/the hub must lead to a file, got a redirect to/);
    },
  );

  it('that sends on without end is left', async () => {
    server.faults = [
      fault('/resolve/', 99, ({ url }, response) => (response.writeHead(302, { location: url }).end(), true)),
    ];
    expect((await failure(load())).message).toMatch(/got more than 10 redirects/);
  });
});

describe('an earlier download', () => {
  const leave = (name: string, data: Buffer) => {
    mkdirSync(blobs(), { recursive: true });
    writeFileSync(path.join(blobs(), name), data);
  };

  it.each(['incomplete', `${process.pid === 1 ? 'x' : ''}gone-host-1-0123abcd.incomplete`])(
    'that was given up as %s is gone on with',
    async (ending) => {
      const isOld = ending !== 'incomplete';
      leave(`${sha256(weights())}.${ending}`, weights().subarray(0, 300));
      if (isOld) {
        const { utimesSync } = await import('node:fs');
        utimesSync(path.join(blobs(), `${sha256(weights())}.${ending}`), 1, 1);
      }
      await load();
      expect(server.requests('cdn ').map(({ range }) => range)).toEqual(['bytes=300-']);
      expect(readFileSync(weightsBlob())).toEqual(weights());
    },
  );

  it('of other contents is found out by the checksum and begun anew', async () => {
    leave(`${sha256(weights())}.incomplete`, Buffer.alloc(300, 7));
    await load();
    expect(server.requests('cdn ').map(({ range }) => range)).toEqual(['bytes=300-', undefined]);
    expect(readFileSync(weightsBlob())).toEqual(weights());
  });

  it('that is whole or too long needs no range', async () => {
    leave(`${sha256(weights())}.incomplete`, weights());
    await load();
    expect(server.requests('cdn ')).toEqual([]);
    rmSync(path.join(folder, 'models--some-org--tiny-bert'), { recursive: true });
    leave(`${sha256(weights())}.incomplete`, Buffer.concat([weights(), weights()]));
    await load();
    expect(server.requests('cdn ').map(({ range }) => range)).toEqual([undefined]);
  });

  it('is of no use to a server without ranges', async () => {
    leave(`${sha256(weights())}.incomplete`, weights().subarray(0, 300));
    server.faults = [
      fault('/blob/', 1, (request, response) => {
        delete request.headers.range;
        sendRange(request, response, weights());
        return true;
      }),
    ];
    await load();
    expect(readFileSync(weightsBlob())).toEqual(weights());
  });

  it('under way in another process is waited for', async () => {
    const other = `${sha256(weights())}.another-host-1-0123abcd.incomplete`;
    leave(other, weights().subarray(0, 300));
    const loading = load();
    await vi.waitFor(() => expect(server.requests('/paths-info/').length).toBeGreaterThan(1));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(server.requests('cdn ')).toEqual([]);
    leave(sha256(weights()), weights());
    rmSync(path.join(blobs(), other));
    await loading;
    expect(server.requests('cdn ')).toEqual([]);
  });
});

describe('a hostile answer', () => {
  const describeAs = (change: (info: Record<string, unknown>) => unknown): Fault =>
    fault('/paths-info/', 9, (_, response) => {
      const data = files['config.json']!;
      const info = { path: 'config.json', type: 'file', size: data.length, oid: gitBlob(data) };
      sendJson(response, [change(info)]);
      return true;
    });

  it.each<[string, (info: Record<string, unknown>) => unknown, RegExp]>([
    [
      'another file',
      (i) => ({ ...i, path: '../../../evil' }),
      /only files that were asked for, got "..\/..\/..\/evil"/,
    ],
    ['a checksum that leads elsewhere', (i) => ({ ...i, oid: '../../../../evil' }), /the checksum of config.json, got/],
    ['no checksum', (i) => ({ ...i, oid: undefined }), /the checksum of config.json, got undefined/],
    [
      'a short checksum of a large file',
      (i) => ({ ...i, lfs: { oid: 'abc', size: 3 } }),
      /the checksum of config.json/,
    ],
    ['a size below 0', (i) => ({ ...i, size: -1 }), /the size of config.json, got -1/],
    ['a size beyond any disk', (i) => ({ ...i, size: 2 ** 60 }), /the size of config.json/],
    ['a size that is text', (i) => ({ ...i, size: '12' }), /the size of config.json, got "12"/],
    ['nothing', () => null, /must answer about some-org\/tiny-bert with what a repository is/],
  ])('with %s is refused', async (_, change, text) => {
    server.faults = [describeAs(change)];
    expect((await failure(AutoConfig.fromPretrained(NAME))).message).toMatch(text);
    expect(existsSync(blobs())).toBe(false);
  });

  it.each<[string, string | undefined]>([
    ['no commit', '{}'],
    ['a commit that leads elsewhere', '{"sha": "../../evil"}'],
    ['no object', 'null'],
    ['no JSON', '<html>'],
    ['brackets without end', '['.repeat(1e6)],
  ])('of a repository with %s is refused', async (_, text) => {
    server.faults = [fault('/revision/', 9, (__, response) => (response.writeHead(200).end(text), true))];
    expect((await failure(AutoConfig.fromPretrained(NAME))).message).toMatch(/must answer about some-org\/tiny-bert/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that never ends is cut off', async () => {
    const endless: Fault = (_, response) => {
      response.writeHead(200);
      const pour = (): void => void (response.destroyed || response.write(Buffer.alloc(1 << 20, 32), pour));
      pour();
      return true;
    };
    server.faults = [fault('/revision/', 9, endless)];
    expect((await failure(AutoConfig.fromPretrained(NAME))).message).toMatch(/with at most 8388608 bytes, got more/);
    server.faults = [fault('/blob/', 9, endless)];
    expect((await failure(load())).message).toMatch(/model.safetensors of .* must have \d+ bytes, got more/);
    expect(readdirSync(blobs()).filter((name) => name.startsWith(sha256(weights())))).toEqual([]);
  });

  it('with other contents is found out, and nothing of it kept', async () => {
    const wrong = Buffer.from(weights());
    wrong[wrong.length - 1]! ^= 1;
    server.faults = [fault('/blob/', 9, (request, response) => (sendRange(request, response, wrong), true))];
    const error = await failure(load());
    expect(error.message).toMatch(
      /model.safetensors of some-org\/tiny-bert must have the checksum [0-9a-f]{64}, got another/,
    );
    expect(readdirSync(blobs()).filter((name) => name.startsWith(sha256(weights())))).toEqual([]);
    server.faults = [];
    await load();
  });

  it('of a small file with other contents is found out by what git calls it', async () => {
    const wrong = Buffer.from(files['config.json']!.toString().replace('bert', 'bort'));
    server.faults = [fault('/resolve/', 9, (request, response) => (sendRange(request, response, wrong), true))];
    expect((await failure(AutoConfig.fromPretrained(NAME))).message).toMatch(
      /must have the checksum [0-9a-f]{40}, got/,
    );
  });

  it.each([
    ['x-repo-commit', 'f'.repeat(40)],
    ['x-linked-etag', `"${'0'.repeat(64)}"`],
    ['x-linked-size', '3'],
  ])('whose %s is another is refused before its bytes come', async (name, value) => {
    server.faults = [
      (request, response) => {
        if (!request.url!.includes('/resolve/')) return false;
        const end = response.writeHead.bind(response);
        response.writeHead = ((status: number, headers: object) => end(status, { ...headers, [name]: value })) as never;
        return false;
      },
    ];
    expect((await failure(load())).message).toMatch(new RegExp(`with ${name} .* for .*, got`));
    expect(server.requests('cdn ')).toEqual([]);
  });

  it('with an index of files elsewhere is refused', async () => {
    const { 'model.safetensors': _, ...others } = files;
    const index = { weight_map: { x: '../../../evil.safetensors' } };
    server.repos.get(NAME)!.files = { ...others, 'model.safetensors.index.json': Buffer.from(JSON.stringify(index)) };
    await expect(load()).rejects.toThrow(
      /the index must name files of its own folder, got "..\/..\/..\/evil.safetensors"/,
    );
  });
});

describe('a name', () => {
  it.each(['../evil', '/abs/evil', 'a/b/c', 'a//b', '.hidden', 'a--b/c', 'org/..', './x', 'a b', 'org/x.git', ''])(
    '%j is never asked for',
    async (name) => {
      await expect(AutoModel.fromPretrained(name)).rejects.toThrow(ConfigError);
      expect(server.seen).toEqual([]);
    },
  );

  it.each(['../x', 'a..b', '/main', 'x/', 'a\nb', 'a b', '', 7])('of a revision may not be %j', async (revision) => {
    const options = { revision: revision as string };
    await expect(AutoConfig.fromPretrained(NAME, options)).rejects.toThrow(
      /revision must be a branch, a tag or a commit/,
    );
    expect(server.seen).toEqual([]);
  });

  it('of an option that nobody reads is refused', async () => {
    await expect(AutoConfig.fromPretrained(NAME, { revison: 'x' } as object)).rejects.toThrow(/mean "revision"/);
  });
});

it('a cache that cannot be written says so', async () => {
  vi.stubEnv('HF_HUB_CACHE', '/proc/nowhere');
  expect((await failure(AutoConfig.fromPretrained(NAME))).message).toMatch(/the cache must take config.json of/);
});
