import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { peakResidentBytes } from '../../../lib/util/process_memory.js';
import type { Signature, Work } from '../work.js';

/** Something to time: `run` once more does all of it. */
export interface Task {
  readonly signature: Signature;
  run(): Promise<unknown>;
}

/** What a side does once its model is loaded. */
export type Prepare = (work: Work) => Promise<Task>;

/** A request of work.ts. */
interface Request {
  prepare?: Work;
  run?: number;
  drop?: true;
  peak?: true;
}

const say = (message: object): void => console.log(JSON.stringify(message));

async function answer(request: Request, prepare: Prepare, tasks: Task[]): Promise<object> {
  if (request.peak) return { bytes: peakResidentBytes() };
  if (request.drop) return { dropped: tasks.splice(0).length };
  if (request.prepare) {
    const task = await prepare(request.prepare);
    return { id: tasks.push(task) - 1, signature: task.signature };
  }
  const task = tasks[request.run!]!;
  const start = performance.now();
  await task.run();
  return { ms: performance.now() - start };
}

/** Loads the side's model and answers requests until the input ends. */
export async function serve(about: { peer: string; version: string }, open: () => Promise<Prepare>): Promise<void> {
  const importedBytes = peakResidentBytes();
  const prepare = await open();
  say({ ...about, importedBytes });
  const tasks: Task[] = [];
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      say(await answer(JSON.parse(line) as Request, prepare, tasks));
    } catch (error) {
      say({ refused: (error as Error).message });
    }
  }
}

/** The `vocab_size` of a folder's config. */
export function vocabSizeOf(folder: string): number {
  const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as { vocab_size: number };
  return config.vocab_size;
}
