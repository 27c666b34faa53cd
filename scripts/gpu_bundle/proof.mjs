// What the committed proof on hardware (bench/results/gpu_proof.json, a proof.json of gpu_prove.sh) says of today's kernels.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

export const FILE = path.join(root, 'bench/results/gpu_proof.json');
/** Steps without which nothing is proven; the others measure or search further. */
export const REQUIRED = ['conformance', 'kernels', 'ops', 'models', 'training', 'trainer', 'capture', 'faults'];

/** The committed proof, or undefined. */
export function readProof() {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : undefined;
}

/**
 * One proof of several runs of the same bundle, each of which did some of the steps; a later run's step counts.
 * @throws Error where they are of different sources
 */
export function mergeProofs(proofs) {
  const [first, ...others] = proofs;
  for (const { bundle } of others)
    if (JSON.stringify(bundle) !== JSON.stringify(first.bundle))
      throw new Error(`gpu:proof: runs must be of one bundle, got ${first.bundle.commit} and ${bundle.commit}`);
  return { ...proofs.at(-1), steps: Object.assign({}, ...proofs.map(({ steps }) => steps)) };
}

/**
 * Which kernels are proven.
 * @param hashes of today's kernels, by name
 * @returns the device, the required steps that did not pass, and kernels by whether their sources are the proof's
 */
export function stateOf(proof, hashes) {
  const names = Object.keys(hashes);
  if (proof === undefined) return { device: undefined, failed: [], proven: [], unproven: names };
  if (proof.bundle?.format !== 'gridstride-proof/1')
    throw new Error(`gpu_proof.json: format must be gridstride-proof/1, got ${proof.bundle?.format}`);
  const failed = REQUIRED.filter((step) => proof.steps[step]?.status !== 'passed');
  const isProven = (name) => failed.length === 0 && proof.bundle.kernels[name] === hashes[name];
  return {
    device: proof.steps.conformance?.detail?.device?.name ?? 'a GPU',
    failed,
    proven: names.filter(isProven),
    unproven: names.filter((name) => !isProven(name)),
  };
}

/** The sentence that README's table says of CUDA. */
export function statementOf({ device, failed, proven, unproven }) {
  if (device === undefined) return '**Not yet measured on hardware: no kernel has run on a GPU**';
  if (failed.length > 0) return `**Not proven on hardware: on ${device}, ${failed.join(', ')} did not pass**`;
  if (unproven.length === 0) return `**Proven on ${device}: all ${proven.length} kernel files**`;
  const all = proven.length + unproven.length;
  return `**Proven on ${device}: ${proven.length} of ${all} kernel files; changed since: ${unproven.join(', ')}**`;
}
