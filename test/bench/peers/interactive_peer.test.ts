import { expect, it } from 'vitest';
import { InteractivePeer } from '../../../bench/peers/interactive_peer.js';
import { exportOrtGraphs, openOrtPeer } from '../../../bench/peers/ort_peer.js';

const report = { peer: 'fake', version: '1', language: 'node', variant: 'raw', threads: 1, outputSummary: [1] };

/** A rival of one line of JavaScript. */
function openFake(script: string): ReturnType<typeof InteractivePeer.open> {
  return InteractivePeer.open(process.execPath, ['-e', script]);
}

it('reads the report and one time per run', async () => {
  const peer = await openFake(
    `console.log(${JSON.stringify(JSON.stringify(report))}); let n = 0;
     process.stdin.on('data', (data) => { for (const _ of String(data)) console.log(JSON.stringify({ ms: ++n })); });`,
  );
  if (!(peer instanceof InteractivePeer)) throw new Error(peer.skipped);
  expect(peer.report).toEqual(report);
  expect([await peer.run(), await peer.run()]).toEqual([1, 2]);
  await peer.close();
  await peer.close();
});

it('is skipped, with its last words, when it ends before its first run', async () => {
  expect(await openFake('console.error("no such graph"); process.exit(3)')).toEqual({
    skipped: expect.stringContaining('no such graph') as string,
  });
});

it('is skipped when there is no such command', async () => {
  expect(await InteractivePeer.open('no-such-command-here', [])).toEqual({
    skipped: expect.stringContaining('ENOENT') as string,
  });
});

it('throws from a run that gets no answer', async () => {
  const peer = await openFake(
    `console.log(${JSON.stringify(JSON.stringify(report))}); process.stdin.once('data', () => process.exit(1))`,
  );
  if (!(peer instanceof InteractivePeer)) throw new Error(peer.skipped);
  await expect(peer.run()).rejects.toThrow('fake: must answer each run, got end of its output');
  await peer.close();
});

it('skips onnxruntime without Python or without graphs', async () => {
  const cache = 'no-such-cache';
  expect(await exportOrtGraphs({ cache, config: 'none.json', python: 'no-such-python' })).toEqual({
    skipped: expect.stringContaining('no-such-python') as string,
  });
  expect(await openOrtPeer({ cache, variant: 'raw', batch: 1, seq: 8, threads: 1 })).toEqual({
    skipped: expect.stringMatching(/onnxruntime-node is not installed|no raw.onnx/) as string,
  });
});
