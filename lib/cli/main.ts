#!/usr/bin/env node
import pc from 'picocolors';
import type { CliIo } from './io.js';
import { runCli } from './program.js';

const controller = new AbortController();
// The first Ctrl-C stops the verb in an orderly way; the second finds no listener and ends the process.
process.once('SIGINT', () => controller.abort());
// A reader that has seen enough (head) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const io: CliIo = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  hasColors: process.stdout.isTTY === true && pc.isColorSupported,
  signal: controller.signal,
  exitCode: 0,
};
process.exitCode = await runCli(process.argv.slice(2), io);
