#!/usr/bin/env node
// npm run gpu:proof -- proof.json...: puts what one or more runs of gpu_prove.sh wrote (of one bundle, in their order) into
// bench/results/gpu_proof.json, to be committed, and prints the sentence that README's table must then hold.
import { readFileSync, writeFileSync } from 'node:fs';
import { kernelHashes } from './gpu_bundle/kernel_hashes.mjs';
import { FILE, mergeProofs, stateOf, statementOf } from './gpu_bundle/proof.mjs';

const files = process.argv.slice(2);
if (files.length === 0) throw new Error('gpu:proof: name at least one proof.json');
const proof = mergeProofs(files.map((file) => JSON.parse(readFileSync(file, 'utf8'))));
const sentence = statementOf(stateOf(proof, kernelHashes()));
writeFileSync(FILE, `${JSON.stringify(proof, null, 1)}\n`);
process.stdout.write(`${FILE}\nREADME: ${sentence}\n`);
