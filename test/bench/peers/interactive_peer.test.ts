import { expect, it } from 'vitest';
import { InteractivePeer } from '../../../bench/peers/interactive_peer.js';

const report = { peer: 'fake', version: '1' };

/** A side of one line of JavaScript. */
function openFake(script: string): ReturnType<typeof InteractivePeer.open> {
  return InteractivePeer.open(process.execPath, ['-e', script]);
}

it('reads the report and one answer per line', async () => {
  const peer = await openFake(
    `console.log(${JSON.stringify(JSON.stringify(report))}); let n = 0;
     process.stdin.on('data', (data) => { for (const _ of String(data)) console.log(JSON.stringify({ ms: ++n })); });`,
  );
  if (!(peer instanceof InteractivePeer)) throw new Error(peer.skipped);
  expect(peer.report).toEqual(report);
  expect([await peer.ask(''), await peer.ask('')]).toEqual([{ ms: 1 }, { ms: 2 }]);
  await peer.close();
  await peer.close();
});

it('is skipped, with its last words, when it ends before its first line', async () => {
  expect(await openFake('console.error("no such graph"); process.exit(3)')).toEqual({
    skipped: expect.stringContaining('no such graph') as string,
  });
});

it('is skipped when there is no such command', async () => {
  expect(await InteractivePeer.open('no-such-command-here', [])).toEqual({
    skipped: expect.stringContaining('ENOENT') as string,
  });
});

it('throws from a line that gets no answer', async () => {
  const peer = await openFake(
    `console.log(${JSON.stringify(JSON.stringify(report))}); process.stdin.once('data', () => process.exit(1))`,
  );
  if (!(peer instanceof InteractivePeer)) throw new Error(peer.skipped);
  await expect(peer.ask('')).rejects.toThrow('fake: must answer each line, got end of its output');
  await peer.close();
});
