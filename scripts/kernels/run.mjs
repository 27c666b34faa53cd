// Programs, a few at a time.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { root } from '../check/files.mjs';

const JOBS = 2;

/** Runs a program to its end; rejects with `stderr` in the error unless it ends with 0. */
export function run([program, ...args], env = process.env) {
  return promisify(execFile)(program, args, { cwd: root, env, encoding: 'utf8', maxBuffer: 1 << 30 });
}

/** body(item) for each, at most two at a time; the results in no particular order. */
export async function forEachAtOnce(items, body) {
  const waiting = [...items];
  const results = [];
  const work = async () => {
    for (let next; (next = waiting.shift()) !== undefined;) results.push(await body(next));
  };
  await Promise.all(Array.from({ length: JOBS }, work));
  return results;
}
