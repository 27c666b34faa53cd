import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Proof {
  bundle: { format: string };
  steps: Record<string, { status: string; seconds: number; detail: unknown }>;
}

// In place of the kernels' tests: says it passed. In place of Node: fails ops, hangs in models after writing a part.
const GPU_TESTS = `#!/usr/bin/env bash
if [ "$1" = --list ]; then printf 'ptx\\ntile\\nsort\\nlayer_norm\\n'; exit; fi
printf '{"device":{"name":"X"},"ran":"%s"}' "\${*:3}" >"$2"
`;
const NODE = `#!/usr/bin/env bash
case $2 in
  ops) echo 'two of three'; exit 1 ;;
  models) echo '{"passed":1}' >"$4"; sleep 30 ;;
  *) [ "$1" = --version ] || { echo "{\\"arguments\\":\\"$*\\"}" >"$4"; } ;;
esac
`;

describe('gpu_prove.sh', () => {
  let folder: string;
  const write = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text);
    chmodSync(path.join(folder, name), 0o755);
  };
  const run = (...args: string[]) =>
    new Promise<{ code: number; text: string }>((resolve) => {
      execFile(path.join(folder, 'gpu_prove.sh'), args, (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, text: out + err }),
      );
    });
  const proof = (name = 'proof.json') => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Proof;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'gridstride-prove-'));
    const script = path.resolve(import.meta.dirname, '../../scripts/gpu_bundle/gpu_prove.sh');
    copyFileSync(script, path.join(folder, 'gpu_prove.sh'));
    write('bundle.json', '{"format":"gridstride-proof/1","kernels":{}}\n');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('goes on after a failed step and one out of time, and keeps what each wrote', async () => {
    write('gpu_tests', GPU_TESTS);
    write('node', NODE);
    const steps = 'conformance,kernels,ops,models,capture';
    const { code, text } = await run('--only', steps, '--limit', 'models=2', '--match', 'norm', '--json', 'p.json');
    expect(code).toBe(1);
    expect(text).toContain('two of three');
    const { bundle, steps: seen } = proof('p.json');
    expect(bundle.format).toBe('gridstride-proof/1');
    expect(seen).toMatchObject({
      conformance: { status: 'passed', detail: { device: { name: 'X' }, ran: 'ptx tile sort' } },
      kernels: { status: 'passed', detail: { ran: 'layer_norm' } },
      ops: { status: 'failed', detail: null },
      models: { status: 'timed out', detail: { passed: 1 } },
      capture: { status: 'passed in part' },
    });
    const { arguments: given } = seen['capture']!.detail as { arguments: string };
    expect(given).toMatch(/prove\.js capture --json results\/capture\.json --seconds 115 --match norm$/);
  });

  it('skips what cannot run here and what there is no time for', async () => {
    expect((await run('--only', 'conformance,ops,memcheck')).code).toBe(0);
    expect(Object.values(proof().steps).map(({ status }) => status)).toEqual(['skipped', 'skipped', 'skipped']);
    write('gpu_tests', GPU_TESTS);
    await run('--only', 'conformance', '--seconds', '1');
    expect(proof().steps['conformance']!.status).toBe('no time left');
    write('node', NODE);
    await run('--only', 'capture', '--limit', '4');
    const { arguments: given } = proof().steps['capture']!.detail as { arguments: string };
    expect(given).toMatch(/ --seconds 1$/);
  });

  it('says what is wrong with its options', async () => {
    for (const [args, said] of [
      [['--only', 'opps'], /--only must name steps of: .*; got opps/s],
      [['--limit', 'opps=3'], /--limit must be SECONDS or STEP=SECONDS, got opps=3/],
      [['--seconds', 'soon'], /--seconds must be a whole number, got soon/],
      [['--match'], /--match needs a value/],
      [['--mach', 'x'], /unknown option --mach/],
    ] as const) {
      const { code, text } = await run(...args);
      expect([code, text]).toEqual([2, expect.stringMatching(said)]);
    }
  });
});
