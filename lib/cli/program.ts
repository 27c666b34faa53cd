import { Command, CommanderError } from 'commander';
import { GridstrideError } from '../util/errors.js';
import { packageVersion } from '../util/package_info.js';
import { registerBench } from './bench.js';
import { registerEval } from './classify/eval.js';
import { registerPredict } from './classify/predict.js';
import { registerEmbed } from './embed.js';
import { registerGenerate } from './generate.js';
import { registerInfo } from './info.js';
import type { CliIo, RegisterVerb } from './io.js';
import { registerPlot } from './plot.js';
import { registerSearch } from './search/search.js';
import { registerTokenize } from './tokenize.js';
import { registerTrain } from './train/train.js';

const VERBS: readonly RegisterVerb[] = [
  registerTrain,
  registerEval,
  registerPredict,
  registerEmbed,
  registerGenerate,
  registerSearch,
  registerTokenize,
  registerPlot,
  registerInfo,
  registerBench,
];

const BAD_INPUT = 2;
const FAILED = 1;
/** 128 and the signal's number, as shells have it. */
const INTERRUPTED: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

/** Failures of the machine or of our own; every other typed error is about what the user gave. */
const OWN_FAILURES = new Set(['OUT_OF_MEMORY', 'QUEUE_FULL', 'CUDA', 'ADDON', 'DISPOSED']);

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}

function makeProgram(io: CliIo): Command {
  const program = new Command('gridstride');
  program
    .description('Train, run and time transformer models in a Node process.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout(text),
      // What the parser writes here beside errors is whole help pages; bad input gets one line.
      writeErr: () => undefined,
      outputError: (text) => io.stderr(`gridstride: ${oneLine(text).replace(/^error: /, '')}\n`),
    });
  for (const register of VERBS) register(program, io);
  return program;
}

function codeOf(error: unknown, { signal }: CliIo): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_INPUT;
  if (!(error instanceof GridstrideError)) return FAILED;
  if (error.code === 'ABORTED') return INTERRUPTED[String(signal.reason)] ?? INTERRUPTED['SIGINT']!;
  return OWN_FAILURES.has(error.code) ? FAILED : BAD_INPUT;
}

function tell(error: unknown, io: CliIo): void {
  if (error instanceof CommanderError) {
    // The parser has told of its errors already, but meets a missing subcommand with help.
    if (error.code === 'commander.help') io.stderr('gridstride: a subcommand is needed: see --help\n');
    return;
  }
  const wantsStack = process.env['GRIDSTRIDE_DEBUG'] === '1' && error instanceof Error;
  const text = wantsStack ? error.stack! : oneLine(error instanceof Error ? error.message : String(error));
  io.stderr(`gridstride: ${text}\n`);
}

/**
 * Runs the command line and gives the exit code: 0, 1 when something failed or got slower, 2 for bad input,
 * 130 or 143 when ended by SIGINT or SIGTERM.
 *
 * @param args What follows the program's name.
 * @internal
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  try {
    const program = makeProgram(io);
    if (args.length === 0) program.error('a verb is needed: see gridstride --help');
    await program.parseAsync(args, { from: 'user' });
    return io.exitCode;
  } catch (error) {
    tell(error, io);
    return codeOf(error, io);
  }
}
