import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { HubServer } from '../hub/hub_server.js';
import { tinyClassifier } from '../hub/tiny_repo.js';
import { runInProcess, temporaryFolder } from './fixtures.js';
import { linesOf, writeRows } from './tiny_task.js';

const NAME = 'some-org/tiny-bert';
const server = new HubServer();
beforeAll(async () => {
  await server.start();
  const files = await tinyClassifier();
  server.repos.set(NAME, {
    files,
    lfs: ['model.safetensors'],
    refs: { v1: { ...files, 'README.md': Buffer.from('') } },
  });
});
afterAll(() => server.stop());

let folder: string;
let rows: string;
beforeEach(() => {
  folder = temporaryFolder();
  rows = writeRows(path.join(folder, 'rows.jsonl'), [
    { text: 'win money', label: 'LABEL_0' },
    { text: 'see you', label: 'LABEL_1' },
  ]);
  server.seen.length = 0;
  vi.stubEnv('HF_ENDPOINT', server.url);
  vi.stubEnv('HF_HUB_CACHE', folder);
  vi.stubEnv('HF_HUB_OFFLINE', '');
});
afterEach(() => void vi.unstubAllEnvs());

describe('--model with a name on the hub', () => {
  it.each<[string, string[], number]>([
    ['predict', ['--input'], 2],
    ['eval', ['--json', '--data'], 1],
    ['embed', ['--input'], 2],
    ['tokenize', ['--input'], 2],
  ])('works for %s', async (verb, flags, lines) => {
    const { code, stdout, stderr } = await runInProcess(verb, '--model', NAME, ...flags, rows, '--revision', 'v1');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(linesOf(stdout)).toHaveLength(lines);
    expect(server.requests('/revision/v1').length).toBeGreaterThan(0);
    expect(server.requests('/revision/main')).toEqual([]);
  });

  it('works for train, which keeps the name in an adapter', async () => {
    const out = path.join(folder, 'out');
    const flags = ['--max-steps', '1', '--report-to', 'none', '--disable-tqdm', '--device', 'cpu', '--lora-r', '2'];
    const { code, stderr } = await runInProcess(
      'train',
      '--model',
      NAME,
      '--train',
      rows,
      '--output-dir',
      out,
      ...flags,
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    const predicted = await runInProcess('predict', '--model', out, '--input', rows);
    expect({ ...predicted, stdout: linesOf(predicted.stdout).length }).toMatchObject({ code: 0, stdout: 2 });
  });

  it('that the hub does not know ends with what is wrong', async () => {
    const { code, stderr } = await runInProcess('predict', '--model', 'some-org/none', '--input', rows);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('predict: some-org/none must exist; where it is private, HF_TOKEN') as string,
    });
  });
});
