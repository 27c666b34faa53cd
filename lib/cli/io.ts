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
  /** Resolves when standard output takes more. */
  drained(): Promise<void>;
  /** Bytes of standard input. */
  stdin: AsyncIterable<Uint8Array>;
  /** Fires on the first SIGINT or SIGTERM, with its name as reason. */
  signal: AbortSignal;
  /** Set by a verb that ran well and has bad news, such as a bench that got slower. */
  exitCode: number;
}

/**
 * Adds one verb, from one file, to the program.
 * @internal
 */
export type RegisterVerb = (program: Command, io: CliIo) => void;
