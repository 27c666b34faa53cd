import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';

// Workers and child processes need the compiled package.
const library = pathToFileURL(join(import.meta.dirname, '../../dist/lib/tokenizers/index.js')).href;

const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  import(workerData.library).then(async ({ trainWordPiece }) => {
    const texts = Array.from({ length: 400 }, (_, i) => 'some words of worker ' + (i % 7) + ' and more');
    const tokenizer = await trainWordPiece(texts, { vocabSize: 90, minFrequency: 1 });
    const { inputIds } = await tokenizer(texts);
    parentPort.postMessage(JSON.stringify(inputIds.slice(0, 10)));
  });
`;

/** Starts a vocabulary training that goes on for long, and leaves in its midst. */
const LEAVING = `
  import(process.argv[1]).then(({ trainWordPiece }) => {
    const words = Array.from({ length: 400_000 }, (_, i) => (i * 2654435761 % 4294967296).toString(36));
    const texts = Array.from({ length: 40 }, (_, i) => words.slice(i * 10_000, (i + 1) * 10_000).join(' '));
    void trainWordPiece(texts, { vocabSize: 1_000_000, minFrequency: 0 });
    setTimeout(() => process.exit(3), 300);
  });
`;

describe('threads and processes', () => {
  it('give the same ids in four worker threads at once', async () => {
    const workers = Array.from({ length: 4 }, () => new Worker(WORKER, { eval: true, workerData: { library } }));
    const exits = workers.map((worker) => once(worker, 'exit'));
    const messages = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0] as string));
    expect(new Set(messages).size).toBe(1);
    expect(JSON.parse(messages[0]!)).toHaveLength(10);
    const codes = (await Promise.all(exits)).map(([code]) => code as number);
    expect(codes).toEqual([0, 0, 0, 0]);
  });

  it('are ended while a training goes on', async () => {
    const worker = new Worker(LEAVING.replace('process.argv[1]', JSON.stringify(library)), { eval: true });
    expect((await once(worker, 'exit'))[0]).toBe(3);
    const child = spawn(process.execPath, ['-e', LEAVING, library], { stdio: 'inherit' });
    const start = performance.now();
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect([code, signal]).toEqual([3, null]);
    expect(performance.now() - start).toBeLessThan(30_000);
  });
});
