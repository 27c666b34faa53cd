import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** What a side says about itself before its first run. */
export interface PeerReport {
  readonly peer: string;
  readonly version: string;
  /** Memory of the process once it has imported its library, where the side tells. */
  readonly importedBytes?: number;
}

/** A rival that cannot run here, and why: its rows say "skipped". */
export interface SkippedPeer {
  readonly skipped: string;
}

const KEPT_ERROR_LINES = 5;

/**
 * A side in a process of its own that answers each line on its standard input with one of JSON, so that the sides of a
 * comparison can be interleaved.
 */
export class InteractivePeer {
  readonly report: PeerReport;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    report: PeerReport,
    child: ChildProcessByStdio<Writable, Readable, Readable>,
    lines: AsyncIterator<string>,
  ) {
    this.report = report;
    this.#child = child;
    this.#lines = lines;
  }

  /** Starts `command` and waits for its report; a process that ends first gives the last lines it wrote as reason. */
  static async open(command: string, args: readonly string[]): Promise<InteractivePeer | SkippedPeer> {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    // A rival that dies while it is written to is reported by the line it does not answer.
    child.stdin.on('error', () => undefined);
    const failure = new Promise<string>((resolve) => child.once('error', (error) => resolve(error.message)));
    const errors: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      errors.push(line);
      if (errors.length > KEPT_ERROR_LINES) errors.shift();
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await Promise.race([nextLine(lines), failure.then((reason) => ({ reason }))]);
    if (typeof first === 'string') return new InteractivePeer(JSON.parse(first) as PeerReport, child, lines);
    return { skipped: first?.reason ?? `${command} ended before its first run: ${errors.join(' | ')}` };
  }

  /** The answer to one line; throws when the rival has ended. */
  async ask<Answer>(line: string): Promise<Answer> {
    this.#child.stdin.write(`${line}\n`);
    const answer = await nextLine(this.#lines);
    if (answer === undefined) throw new Error(`${this.report.peer}: must answer each line, got end of its output`);
    return JSON.parse(answer) as Answer;
  }

  /** Ends the process and waits until it is gone. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin.end();
    await gone;
  }
}

async function nextLine(lines: AsyncIterator<string>): Promise<string | undefined> {
  const { done, value } = await lines.next();
  return done === true ? undefined : value;
}
