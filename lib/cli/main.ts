#!/usr/bin/env node
import { once } from 'node:events';
import pc from 'picocolors';
import { throwIfAborted, toAbortError } from '../util/abort.js';
import type { CliIo } from './io.js';
import { runCli } from './program.js';

const controller = new AbortController();
let readsInput = false;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
// The first signal stops the verb in an orderly way; a second one finds no listener and ends the process.
function stop(signal: NodeJS.Signals): void {
  for (const name of SIGNALS) process.off(name, stop);
  controller.abort(signal);
  // Whoever waits for input waits no more.
  if (readsInput) process.stdin.destroy(toAbortError(controller.signal, 'gridstride'));
}
for (const name of SIGNALS) process.on(name, stop);
// A reader that has seen enough (head) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.stderr.on('error', () => undefined);

const io: CliIo = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  drained: async () => {
    const { signal } = controller;
    if (!process.stdout.writableNeedDrain) return;
    await once(process.stdout, 'drain', { signal }).catch(() => throwIfAborted(signal, 'gridstride'));
  },
  get stdin() {
    readsInput = true;
    return process.stdin;
  },
  hasColors: process.stdout.isTTY === true && pc.isColorSupported,
  signal: controller.signal,
  exitCode: 0,
};
process.exitCode = await runCli(process.argv.slice(2), io);
