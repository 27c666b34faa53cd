import type { Command } from 'commander';

/**
 * What a verb may touch of the process: tests hand in their own.
 * @internal
 */
export interface CliIo {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Whether standard output shows colours. */
  hasColors: boolean;
  /** Fires on Ctrl-C. */
  signal: AbortSignal;
  /** Set by a verb that ran well and has bad news, such as a bench that got slower. */
  exitCode: number;
}

/**
 * Adds one verb, from one file, to the program.
 * @internal
 */
export type RegisterVerb = (program: Command, io: CliIo) => void;
