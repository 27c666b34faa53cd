#!/usr/bin/env node
// Makes native/core/abi.gen.h (op ids and the ABI number) from native/ops/op_list.h and the kernels' Args headers, and
// lib/native/ops.gen.ts (the native functions' TypeScript declarations) from native/ops/*.cc. `--check` only compares.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHash } from 'node:crypto';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const read = (file) => readFileSync(path.join(root, file), 'utf8');

const list = read('native/ops/op_list.h');
const section = (name) => new RegExp(`#define ${name}\\(X\\)([\\s\\S]*?)(?:\\n\\n|\\n//|$)`).exec(list)?.[1] ?? '';
const passes = [...section('GS_FOR_EACH_PASS').matchAll(/X\((\w+), (\w+)\)/g)].map(([, pass, args]) => ({
  pass,
  args,
}));
const views = [...section('GS_FOR_EACH_VIEW').matchAll(/X\((\w+)\)/g)].map(([, view]) => view);
const headers = [...list.matchAll(/#include "(kernels\/[^"]+)"/g)].map((match) => match[1]);

/** The ABI changes with the order of the ops and with any line of code in an Args header or the crossing itself. */
function abiNumber() {
  const hash = createHash('sha256');
  const code = (file) =>
    read(file)
      .replace(/\/\/.*$/gm, '')
      .replace(/\s+/g, ' ');
  for (const { pass, args } of passes) hash.update(`${pass}:${args};`);
  for (const file of [...headers, 'kernels/common/dtype.h', 'native/core/backend_abi.h']) hash.update(code(file));
  return `0x${hash.digest('hex').slice(0, 16)}`;
}

function abiHeader() {
  const names = passes.map(({ pass }) => pass);
  return `// Made by scripts/generate.mjs from native/ops/op_list.h and the Args headers: do not edit.
#pragma once

#include <cstdint>

namespace gridstride {

constexpr uint64_t kBackendAbi = ${abiNumber()}ull;

enum class OpId : int32_t {
${names.map((name) => `  ${name},`).join('\n')}
};

constexpr int kOpCount = ${names.length};

constexpr const char* kOpNames[] = {
${names.map((name) => `    "${name}",`).join('\n')}
};

}  // namespace gridstride
`;
}

const TYPES = [
  [/^std::optional<Tensor>$/, 'Handle | undefined'],
  [/^std::vector<Tensor>$/, 'readonly Handle[]'],
  [/^std::vector<(int64_t|double)>$/, 'readonly number[]'],
  [/^Tensor$/, 'Handle'],
  [/^(int64_t|double)$/, 'number'],
  [/^bool$/, 'boolean'],
  [/^(std::string|[A-Z]\w+)$/, 'string'], // enums travel by name
];

function tsType(type, where) {
  const bare = type
    .replace(/^const /, '')
    .replace(/&$/, '')
    .trim();
  const found = TYPES.find(([pattern]) => pattern.test(bare));
  if (found === undefined) throw new Error(`generate: ${where}: no TypeScript type for ${type}`);
  return found[1];
}

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

function declarations() {
  const folder = 'native/ops';
  const sources = readdirSync(path.join(root, folder), { recursive: true })
    .filter((f) => f.endsWith('.cc'))
    .sort();
  const text = sources.map((file) => read(`${folder}/${file}`)).join('\n');
  return [...passes.map((p) => p.pass), ...views].map((name) => {
    const names = new RegExp(`GS_EXPORT_OP\\(\\s*${name},([^)]*)\\)`).exec(text)?.[1];
    const definition = new RegExp(`^(?:void|Tensor|std::vector<Tensor>)\\s+${name}\\(([^)]*)\\)\\s*\\{`, 'm').exec(
      text,
    )?.[1];
    if (names === undefined || definition === undefined)
      throw new Error(`generate: native/ops has no exported ${name}`);
    const parameters = [...names.matchAll(/"(\w+)"/g)].map((match) => camel(match[1]));
    const types = definition.split(/,(?![^<]*>)/).map((p) => p.trim().replace(/\s*\w+$/, ''));
    if (types.length !== parameters.length)
      throw new Error(`generate: ${name} names ${parameters.length} of ${types.length} parameters`);
    const list = parameters.map((p, i) => `${p}: ${tsType(types[i], name)}`);
    const one = `  ${name}(${list.join(', ')}): number;`;
    return one.length <= 120 ? one : `  ${name}(\n${list.map((p) => `    ${p},\n`).join('')}  ): number;`;
  });
}

function opsDeclarations() {
  return `// Made by scripts/generate.mjs from native/ops: do not edit.

/** A tensor as native code knows it: index and generation of a slot in the environment's table. */
export type Handle = number;

/** The native ops. Each returns how many outputs it wrote to the mailbox. */
export interface NativeOps {
${declarations().join('\n')}
}
`;
}

const files = { 'native/core/abi.gen.h': abiHeader(), 'lib/native/ops.gen.ts': opsDeclarations() };
let stale = 0;
for (const [file, text] of Object.entries(files)) {
  let current = '';
  try {
    current = read(file);
  } catch {
    // Not there yet: it counts as stale.
  }
  if (current === text) continue;
  stale += 1;
  if (process.argv.includes('--check')) console.error(`${file} is stale: run npm run generate`);
  else writeFileSync(path.join(root, file), text);
}
console.log(
  `generate: ${Object.keys(files).length} files, ${stale} ${process.argv.includes('--check') ? 'stale' : 'written'}`,
);
if (stale > 0 && process.argv.includes('--check')) process.exit(1);
