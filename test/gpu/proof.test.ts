import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

type Hashes = Record<string, string>;
interface State {
  device: string | undefined;
  failed: string[];
  proven: string[];
  unproven: string[];
}
interface ProofScript {
  REQUIRED: readonly string[];
  readProof(): object | undefined;
  mergeProofs(proofs: readonly object[]): { steps: object };
  stateOf(proof: object | undefined, hashes: Hashes): State;
  statementOf(state: State): string;
}

const root = path.resolve(import.meta.dirname, '../..');
const scripts = path.join(root, 'scripts/gpu_bundle');
const { mergeProofs, REQUIRED, readProof, stateOf, statementOf } = (await import(
  path.join(scripts, 'proof.mjs')
)) as ProofScript;
const { kernelHashes } = (await import(path.join(scripts, 'kernel_hashes.mjs'))) as { kernelHashes(): Hashes };

function proofOf(kernels: Hashes, statuses: Record<string, string> = {}): object {
  const steps = Object.fromEntries(REQUIRED.map((step) => [step, { status: statuses[step] ?? 'passed' }]));
  const conformance = { ...steps['conformance'], detail: { device: { name: 'NVIDIA X' } } };
  return { bundle: { format: 'gridstride-proof/1', kernels }, steps: { ...steps, conformance } };
}

describe('the proof on hardware', () => {
  const hashes = kernelHashes();
  const state = stateOf(readProof(), hashes);
  const [first, ...others] = Object.keys(hashes) as [string, ...string[]];

  it('lists the kernels that are not proven as they are now', () => {
    expect(state.proven.length + state.unproven.length).toBe(Object.keys(hashes).length);
    expect(state.proven.length + state.unproven.length).toBeGreaterThan(40);
    if (state.unproven.length > 0) console.warn(`not proven on hardware as they are: ${state.unproven.join(', ')}`);
  });

  it('is what README and docs/architecture.md say', () => {
    const text = (file: string) => readFileSync(path.join(root, file), 'utf8');
    expect(text('README.md')).toContain(statementOf(state));
    expect(text('docs/architecture.md').includes('**No kernel has run on hardware yet.**')).toBe(
      state.device === undefined,
    );
  });

  it('holds for the sources it names and for no others', () => {
    expect(statementOf(stateOf(undefined, hashes))).toMatch(/^\*\*Not yet measured/);
    expect(stateOf(proofOf(hashes), hashes)).toMatchObject({ failed: [], unproven: [] });
    const changed = stateOf(proofOf({ ...hashes, [first]: 'other' }), hashes);
    expect(changed).toMatchObject({ proven: others, unproven: [first] });
    expect(statementOf(changed)).toBe(
      `**Proven on NVIDIA X: ${others.length} of ${others.length + 1} kernel files; changed since: ${first}**`,
    );
    const failed = stateOf(proofOf(hashes, { ops: 'timed out' }), hashes);
    expect(failed).toMatchObject({ failed: ['ops'], proven: [] });
    expect(statementOf(failed)).toBe('**Not proven on hardware: on NVIDIA X, ops did not pass**');
    expect(stateOf(proofOf(hashes, { ops: 'passed in part' }), hashes).failed).toEqual(['ops']);
    expect(() => stateOf({}, hashes)).toThrow(/format must be/);
  });

  it('may come from several runs of one bundle', () => {
    const late = proofOf(hashes, { ops: 'timed out' });
    expect(stateOf(mergeProofs([late, proofOf(hashes)]), hashes).failed).toEqual([]);
    expect(stateOf(mergeProofs([proofOf(hashes), late]), hashes).failed).toEqual(['ops']);
    expect(() => mergeProofs([late, proofOf({ [first]: 'other' })])).toThrow(/must be of one bundle/);
  });
});
