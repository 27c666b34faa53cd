// Runs a step of a proof, compiled tests on the device `cuda`, by Node alone:
//   node dist/test/gpu/prove.js STEP --json FILE [--match TEXT] [--seconds N]
// `match`: only tests whose name contains the text. Past `seconds` no test begins. FILE receives the devices and, for
// every group of tests (an op, a model), counts, seconds and the comparison that came closest to its bound. Ends with 1
// when a test failed or none ran, with 124 when some had no time to begin.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { startTests, type Test, type VitestRunner } from '@vitest/runner';
import { addon } from '../../lib/native/addon.js';
import { takeWorstError } from '../worst_error.js';
import { STEPS } from './steps.js';

/** What a group of tests showed. */
interface Group {
  readonly name: string;
  passed: number;
  failed: number;
  seconds: number;
  /** Of the allowed error, by the test that came closest to it; and that error relative to the largest value. */
  worstShare?: number;
  worstError?: number;
  worstCase?: string;
}

/** As `timeout` ends. */
const OUT_OF_TIME = 124;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, match: { type: 'string' }, seconds: { type: 'string' } },
});
const [step = ''] = positionals;
const testFiles = STEPS[step];
if (testFiles === undefined || values.json === undefined) {
  console.error(`prove: needs --json FILE and one step of ${Object.keys(STEPS).join(', ')}, got ${positionals.join()}`);
  process.exit(2);
}
const deadline = performance.now() + 1000 * Number(values.seconds ?? Infinity);
const escaped = (values.match ?? '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const groups = new Map<string, Group>();
const failures: { test: string; message: string }[] = [];
let unstarted = 0;

function groupOf(test: Test): Group {
  let name = test.name;
  for (let suite = test.suite; suite !== undefined; suite = suite.suite) name = suite.name;
  const group = groups.get(name) ?? { name, passed: 0, failed: 0, seconds: 0 };
  groups.set(name, group);
  return group;
}

function note(test: Test): void {
  const worst = takeWorstError();
  const { state, duration = 0, errors = [] } = test.result ?? {};
  if (state !== 'pass' && state !== 'fail') return;
  const group = groupOf(test);
  group[state === 'pass' ? 'passed' : 'failed'] += 1;
  group.seconds += duration / 1000;
  if (worst !== undefined && !(worst.share <= (group.worstShare ?? -1)))
    Object.assign(group, { worstShare: worst.share, worstError: worst.relative, worstCase: test.name });
  if (state === 'pass') return;
  const message = errors.map((error) => error.message).join('\n');
  failures.push({ test: test.fullTestName, message: message.slice(0, 2000) });
  console.error(`FAILED ${test.fullTestName}\n${message}`);
}

function write(): { passed: number; failed: number } {
  const passed = [...groups.values()].reduce((sum, group) => sum + group.passed, 0);
  const failed = failures.length;
  const { cudaDevices, cudaReason } = addon().engineInfo();
  const devices = cudaDevices.length > 0 ? cudaDevices : cudaReason;
  const result = { devices, passed, failed, unstarted, groups: [...groups.values()], failures };
  // JSON has no word for infinite errors.
  const finite = (_: string, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? null : value);
  writeFileSync(values.json!, `${JSON.stringify(result, finite)}\n`);
  return { passed, failed };
}

const WRITES_EVERY_MS = 2000;
let written = performance.now();

const runner: VitestRunner = {
  config: {
    root: import.meta.dirname,
    setupFiles: [],
    name: undefined,
    passWithNoTests: true,
    testNamePattern: new RegExp(`^(?=[^]*cuda)(?=[^]*${escaped})`),
    allowOnly: false,
    sequence: { seed: 0, hooks: 'stack', setupFiles: 'list' },
    chaiConfig: undefined,
    maxConcurrency: 1,
    testTimeout: 240_000,
    hookTimeout: 60_000,
    retry: 0,
    includeTaskLocation: false,
    tags: [],
    tagsFilter: undefined,
    strictTags: false,
  },
  importFile: (file) => import(pathToFileURL(file).href),
  onBeforeRunTask: (test) => {
    if (performance.now() < deadline || test.mode !== 'run') return;
    test.mode = 'skip';
    unstarted += 1;
  },
  onAfterRunTask: (test) => {
    note(test);
    if (performance.now() < written + WRITES_EVERY_MS) return;
    write();
    written = performance.now();
  },
};

const ran = await startTests(
  testFiles.map((file) => path.resolve(import.meta.dirname, '..', file)),
  runner,
);
for (const { name, result } of ran)
  for (const { message } of result?.errors ?? []) failures.push({ test: name, message: message.slice(0, 2000) });
const { passed, failed } = write();
console.log(`${step}: ${passed} passed, ${failed} failed, ${unstarted} not begun for lack of time`);
for (const { test, message } of failures) console.log(`  ${test}: ${message.split('\n')[0]}`);
process.exit(failed > 0 || passed + unstarted === 0 ? 1 : unstarted > 0 ? OUT_OF_TIME : 0);
