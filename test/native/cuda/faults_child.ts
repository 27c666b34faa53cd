import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../../lib/util/package_info.js';

const CHILD = path.join(packageRoot(), 'test/native/cuda/faults_child.mjs');

/** Runs a scenario of faults_child.mjs in a process of its own; `faults`: what goes wrong, where the device is emulated. */
export async function runScenario(scenario: string, faults: string): Promise<Record<string, unknown>> {
  const env = { ...process.env, GRIDSTRIDE_EMULATION: faults };
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, scenario], { env });
  return (stdout === '' ? {} : JSON.parse(stdout)) as Record<string, unknown>;
}
