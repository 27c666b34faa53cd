import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  AutoConfig,
  AutoModel,
  AutoModelForSequenceClassification,
  AutoTokenizer,
  HubError,
  type HubProgress,
  loadModel,
  pipeline,
} from '../../lib/index.js';
import { gitBlob, HubServer, sha256 } from './hub_server.js';
import { tinyClassifier } from './tiny_repo.js';

const NAME = 'some-org/tiny-bert';
const server = new HubServer();
let folder: string;
let files: Record<string, Buffer>;

beforeAll(async () => {
  await server.start();
  files = await tinyClassifier();
  files['README.md'] = Buffer.from('nobody asks for this');
});
afterAll(() => server.stop());
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'gridstride-hub-'));
  server.seen.length = 0;
  server.faults = [];
  server.repos.clear();
  server.repos.set(NAME, { files: { ...files }, lfs: ['model.safetensors'] });
  vi.stubEnv('HF_ENDPOINT', server.url);
  vi.stubEnv('HF_HOME', folder);
  vi.stubEnv('HF_HUB_OFFLINE', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const repoFolder = () => path.join(folder, 'hub/models--some-org--tiny-bert');
const snapshot = (commit = server.commitOf(NAME)) => path.join(repoFolder(), 'snapshots', commit);

describe('a model of the hub', () => {
  it('loads into the layout that Python knows, with the files that are needed and no more', async () => {
    using model = await AutoModelForSequenceClassification.fromPretrained(NAME);
    expect(model.loadReport).toEqual({ newWeights: [], unexpected: [] });
    const commit = server.commitOf(NAME);
    expect(readFileSync(path.join(repoFolder(), 'refs/main'), 'utf8')).toBe(commit);
    const weights = path.join(snapshot(), 'model.safetensors');
    expect(readlinkSync(weights)).toBe(`../../blobs/${sha256(files['model.safetensors']!)}`);
    expect(readlinkSync(path.join(snapshot(), 'config.json'))).toBe(`../../blobs/${gitBlob(files['config.json']!)}`);
    expect(readFileSync(weights)).toEqual(files['model.safetensors']);
    const absent = path.join(repoFolder(), '.no_exist', commit);
    expect(readFileSync(path.join(absent, 'adapter_config.json'), 'utf8')).toBe('');
    expect(server.requests('README')).toEqual([]);
    expect(existsSync(path.join(snapshot(), 'tokenizer.json'))).toBe(false);
  });

  it('gives the numbers of the same files in a folder', async () => {
    const local = path.join(folder, 'local');
    mkdirSync(local);
    for (const [name, data] of Object.entries(files)) writeFileSync(path.join(local, name), data);
    using there = await loadModel(NAME);
    using here = await loadModel(local);
    const values = async (model: typeof there) =>
      Promise.all(model.parameters().map(async (parameter) => Array.from((await parameter.data()) as Float32Array)));
    expect(await values(there)).toEqual(await values(here));
  });

  it('is not downloaded twice, and asked for one commit alone when it is there', async () => {
    (await AutoModel.fromPretrained(NAME)).dispose();
    server.seen.length = 0;
    (await AutoModel.fromPretrained(NAME)).dispose();
    expect(server.seen.map(({ method, path: place }) => [method, place.split('?')[0]])).toEqual([
      ['GET', `hub /api/models/${NAME}/revision/main`],
    ]);
  });

  it('needs no server for a commit that is there', async () => {
    (await AutoModel.fromPretrained(NAME)).dispose();
    server.seen.length = 0;
    const model = await AutoModel.fromPretrained(NAME, { revision: server.commitOf(NAME) });
    model.dispose();
    expect(server.seen).toEqual([]);
  });

  it('is taken from the cache when the server is away, and when it is not to be asked', async () => {
    (await AutoModel.fromPretrained(NAME)).dispose();
    server.seen.length = 0;
    (await AutoModel.fromPretrained(NAME, { localFilesOnly: true })).dispose();
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    (await AutoModel.fromPretrained(NAME)).dispose();
    expect(server.seen).toEqual([]);
    vi.stubEnv('HF_HUB_OFFLINE', '0');
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
    (await AutoModel.fromPretrained(NAME)).dispose();
  });

  it('offline and not in the cache says what to put where', async () => {
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const error = await AutoModel.fromPretrained(NAME).catch((e: unknown) => e as HubError);
    expect(error).toBeInstanceOf(HubError);
    expect(String(error)).toMatch(/some-org\/tiny-bert must be a folder or in the cache, got neither.*HF_HUB_OFFLINE/);
    expect(String(error)).toContain(`into a folder ./${NAME}`);
    expect(String(error)).toContain(`copy models--some-org--tiny-bert into ${path.join(folder, 'hub')}`);
    expect(server.seen).toEqual([]);
  });

  it('offline and in the cache without its weights names them', async () => {
    await AutoConfig.fromPretrained(NAME);
    const error = await AutoModel.fromPretrained(NAME, { localFilesOnly: true }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(HubError);
    expect(String(error)).toContain('put config.json and model.safetensors into a folder');
  });

  it('whose download the cache of Python holds is found', async () => {
    // As huggingface_hub leaves it: no marks of absent files, the ref without a line's end.
    const commit = server.commitOf(NAME);
    for (const name of ['config.json', 'model.safetensors']) {
      const place = path.join(snapshot(commit), name);
      mkdirSync(path.dirname(place), { recursive: true });
      writeFileSync(place, files[name]!);
    }
    mkdirSync(path.join(repoFolder(), 'refs'), { recursive: true });
    writeFileSync(path.join(repoFolder(), 'refs/main'), commit);
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    using model = await AutoModelForSequenceClassification.fromPretrained(NAME);
    expect(model.loadReport?.newWeights).toEqual([]);
  });

  it('gives way to a folder of its name', async () => {
    const cwd = process.cwd();
    mkdirSync(path.join(folder, NAME), { recursive: true });
    for (const [name, data] of Object.entries(files)) writeFileSync(path.join(folder, NAME, name), data);
    process.chdir(folder);
    try {
      (await AutoModel.fromPretrained(NAME)).dispose();
    } finally {
      process.chdir(cwd);
    }
    expect(server.seen).toEqual([]);
  });

  it('of another revision loads beside the first, and a new commit of main replaces it', async () => {
    const other = { ...files, 'config.json': Buffer.from(files['config.json']!.toString().replace('LABEL_0', 'spam')) };
    server.repos.get(NAME)!.refs = { 'refs/pr/1': other };
    const config = await AutoConfig.fromPretrained(NAME, { revision: 'refs/pr/1' });
    expect(config.id2label[0]).toBe('spam');
    expect(readFileSync(path.join(repoFolder(), 'refs/refs/pr/1'), 'utf8')).toBe(server.commitOf(NAME, 'refs/pr/1'));
    expect((await AutoConfig.fromPretrained(NAME)).id2label[0]).toBe('LABEL_0');
    server.repos.get(NAME)!.files = other;
    expect((await AutoConfig.fromPretrained(NAME)).id2label[0]).toBe('spam');
  });

  it('in shards loads all that its index names', async () => {
    const shards = await tinyClassifier(2500);
    const names = Object.keys(shards).filter((name) => /^model-.*safetensors$/.test(name));
    expect(names.length).toBeGreaterThan(2);
    server.repos.set(NAME, { files: shards, lfs: names });
    const told: HubProgress[] = [];
    using model = await loadModel(NAME, { progress: (state) => void told.push(state) });
    expect(model.loadReport).toEqual({ newWeights: [], unexpected: [] });
    for (const name of names) expect(lstatSync(path.join(snapshot(), name)).isSymbolicLink()).toBe(true);
    const bytes = names.reduce((sum, name) => sum + shards[name]!.length, 0);
    expect(told.at(-1)).toEqual({ repo: NAME, totalBytes: bytes, loadedBytes: bytes });
    expect(told.every(({ totalBytes, loadedBytes }) => loadedBytes <= totalBytes)).toBe(true);
  });

  it('is asked for with the token, which the server of its blobs does not see', async () => {
    server.repos.get(NAME)!.token = 'hf_secret';
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    (await AutoModel.fromPretrained(NAME)).dispose();
    expect(server.requests('hub ').every(({ authorization }) => authorization === 'Bearer hf_secret')).toBe(true);
    const blobs = server.requests('cdn ');
    expect(blobs.length).toBe(1);
    expect(blobs[0]!.authorization).toBeUndefined();
  });

  it('finds the token that the command line of Python stored, and takes one that is given', async () => {
    server.repos.get(NAME)!.token = 'hf_stored';
    vi.stubEnv('HF_TOKEN', '');
    await expect(AutoConfig.fromPretrained(NAME)).rejects.toThrow(/HF_TOKEN must hold a token, got 401/);
    writeFileSync(path.join(folder, 'token'), 'hf_stored\n');
    await AutoConfig.fromPretrained(NAME);
    rmSync(repoFolder(), { recursive: true });
    await expect(AutoConfig.fromPretrained(NAME, { token: false })).rejects.toThrow(HubError);
    await expect(AutoConfig.fromPretrained(NAME, { token: 'hf_other' })).rejects.toThrow(/the token must have access/);
  });

  it('is downloaded once by callers at the same time', async () => {
    const models = await Promise.all(Array.from({ length: 4 }, () => AutoModel.fromPretrained(NAME)));
    for (const model of models) model.dispose();
    expect(server.requests('cdn ').length).toBe(1);
  });
});

describe('beside models', () => {
  it('a tokenizer loads, with its own files alone', async () => {
    const tokenizer = await AutoTokenizer.fromPretrained(NAME);
    expect(tokenizer.tokenize('money now')).toEqual(['money', 'now']);
    tokenizer.dispose();
    expect(server.requests('vocab.txt')).toEqual([]);
    expect(server.requests('cdn ')).toEqual([]);
  });

  it('a pipeline loads, and is asked for one commit', async () => {
    const classify = await pipeline('text-classification', NAME, { device: 'cpu' });
    expect((await classify('win money', { topK: null })).length).toBe(3);
    classify.dispose();
    expect(server.requests('/revision/').length).toBe(1);
  });

  it('a pipeline of embeddings loads the modules of sentence-transformers', async () => {
    server.repos.get(NAME)!.files = {
      ...files,
      'modules.json': Buffer.from(
        JSON.stringify([
          { path: '', type: 'sentence_transformers.models.Transformer' },
          { path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
        ]),
      ),
      '1_Pooling/config.json': Buffer.from('{"pooling_mode_cls_token": true}'),
      'sentence_bert_config.json': Buffer.from('{"max_seq_length": 8}'),
    };
    const extract = await pipeline('feature-extraction', NAME, { device: 'cpu' });
    expect(extract.pooling).toBe('cls');
    extract.dispose();
    expect(readlinkSync(path.join(snapshot(), '1_Pooling/config.json'))).toMatch(/^\.\.\/\.\.\/\.\.\/blobs\//);
  });
});
