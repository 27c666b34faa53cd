import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** What a run of a verb took. */
export interface Watched {
  /** Peak of resident memory by the end of each quarter of the input file, in bytes. */
  quarters: number[];
  seconds: number;
  /** Lines of standard output. */
  lines: number;
}

const MAIN = path.join(import.meta.dirname, '../../lib/cli/main.js');
const INTERVAL_MS = 50;

function peakOf(pid: number): number {
  const line = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

/** How much of a file a process has read: the place of its descriptor. */
function readBytes(pid: number, file: string): number {
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    if (readlinkSync(`/proc/${pid}/fd/${descriptor}`) !== file) continue;
    const info = readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8');
    return Number(/^pos:\s*(\d+)$/m.exec(info)?.[1] ?? 0);
  }
  return 0;
}

/** Runs a verb on a file and looks at its memory all along. @throws when it fails */
export async function watchVerb(args: readonly string[], file: string): Promise<Watched> {
  const size = statSync(file).size;
  const start = performance.now();
  const running = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const quarters = [0, 0, 0, 0];
  let lines = 0;
  running.stdout.on('data', (piece: Buffer) => {
    for (const byte of piece) if (byte === 0x0a) lines += 1;
  });
  const timer = setInterval(() => {
    try {
      const quarter = Math.min(3, Math.floor((4 * readBytes(running.pid!, file)) / size));
      quarters[quarter] = Math.max(quarters[quarter]!, peakOf(running.pid!));
    } catch {
      // It has ended, or has closed the file, between two looks.
    }
  }, INTERVAL_MS);
  const code = await new Promise((resolve) => running.once('exit', (exitCode, signal) => resolve(signal ?? exitCode)));
  clearInterval(timer);
  if (code !== 0) throw new Error(`${args[0]} ended with ${String(code)}`);
  // Peaks never fall: a quarter in which nobody looked has that of the one before.
  for (let i = 1; i < quarters.length; i++) quarters[i] = Math.max(quarters[i]!, quarters[i - 1]!);
  return { quarters, seconds: (performance.now() - start) / 1e3, lines };
}
