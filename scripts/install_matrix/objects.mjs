// What the compilers were told and what came out: the two builds must agree, and code that runs on every machine must
// hold no instruction that some machines lack.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Flags that change what the code computes or where it runs. */
const TELLING =
  /^(-m(?!64$)\S+|-O\S*|-std=\S+|-ffp-contract=\S+|-f(no-)?math-errno|-f(no-)?trapping-math|-ffast-math|-f(no-)?exceptions|-f(no-)?rtti)$/;

/** What C++ compilers do unless told otherwise. */
const DEFAULTS = new Set(['-fexceptions', '-frtti']);

function tellingFlags(words) {
  const flags = new Map();
  // Of flags that contradict each other the last one counts.
  for (const word of words.filter((each) => TELLING.test(each)))
    flags.set(
      word
        .replace(/^-O.*/, '-O')
        .replace(/=.*/, '')
        .replace(/^-fno-/, '-f'),
      word,
    );
  return [...flags.values()]
    .filter((flag) => !DEFAULTS.has(flag))
    .sort()
    .join(' ');
}

/** Source and instruction set -> flags, of compile command lines. */
function flagsBySource(commands) {
  const found = new Map();
  for (const command of commands) {
    const words = command
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/^['"]|['"]$/g, ''));
    const source = words.find((word) => word.endsWith('.cc'));
    if (source === undefined || !words.includes('-c')) continue;
    const isa = words.find((word) => word.startsWith('-DGS_ISA='))?.slice(9) ?? '';
    const name = source.replace(/^.*\bnative\//, '').replace(/^(\.\.\/)+/, '');
    found.set(`${name}${isa && ` (${isa})`}`, tellingFlags(words));
  }
  return found;
}

export function cmakeFlags(tree) {
  const list = JSON.parse(readFileSync(path.join(tree, 'build/compile_commands.json'), 'utf8'));
  return flagsBySource(list.map(({ command }) => command.replaceAll(tree, '')));
}

export function gypFlags(tree) {
  const log = readFileSync(path.join(tree, 'build/node-gyp.log'), 'utf8');
  return flagsBySource(log.replaceAll(tree, '').split('\n'));
}

/** Differences between the two builds' sources and flags; throws when there are any. Returns how many were compared. */
export function compareFlags(cmake, gyp) {
  const problems = [];
  for (const [source, flags] of cmake) {
    if (!gyp.has(source)) problems.push(`${source}: CMake alone compiles it`);
    else if (gyp.get(source) !== flags) problems.push(`${source}: CMake ${flags}; node-gyp ${gyp.get(source)}`);
  }
  for (const source of gyp.keys()) if (!cmake.has(source)) problems.push(`${source}: node-gyp alone compiles it`);
  if (cmake.size === 0) problems.push('no compile command was found');
  if (problems.length > 0) throw new Error(problems.slice(0, 10).join('\n'));
  return cmake.size;
}

function objectsBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.o'))
    .map((file) => path.join(folder, file));
}

/** Those that files are compiled for beside the baseline. */
const WIDER_SETS = ['avx2', 'avx512', 'avx512_vnni', 'avx512_bf16', 'amx_bf16', 'amx_int8'];

/** Object files by instruction set, of either build. */
function objectsOf(tree, kind) {
  const below = (name) =>
    kind === 'cmake'
      ? objectsBelow(path.join(tree, 'build/CMakeFiles', `${name.replace('simd_', 'gridstride_')}.dir`))
      : objectsBelow(path.join(tree, 'native/build/Release/obj.target', name));
  const baseline = [...below('gridstride'), ...below('gridstride_engine'), ...below('simd_baseline')];
  return { baseline, ...Object.fromEntries(WIDER_SETS.map((set) => [set, below(`simd_${set}`)])) };
}

function output(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (result.status !== 0) throw new Error(`${command}: ${result.error?.message ?? result.stderr}`);
  return result.stdout;
}

/** Weak functions: of several copies the linker keeps any one, which may be that of a wider instruction set. */
function weakFunctions(files) {
  const names = new Set();
  for (const line of output('nm', ['-C', ...files]).split('\n')) {
    const name = /^[0-9a-f]+ W (.*)$/.exec(line)?.[1];
    if (name !== undefined) names.add(name);
  }
  return names;
}

/** Instructions of AVX and later: their names begin with v, also where they use the registers of SSE. */
const AVX = /^.*\tv\w+\s.*%[xyz]mm\d.*$/m;

function wideRegisters(tree, files) {
  const problems = [];
  for (const file of files) {
    const line = AVX.exec(output('objdump', ['-d', '--no-show-raw-insn', file]))?.[0];
    if (line !== undefined) problems.push(`${path.relative(tree, file)}: ${line.trim()}`);
  }
  return problems;
}

/**
 * Throws when a baseline object uses AVX registers, or objects of two instruction sets share a weak function. Returns
 * how many objects were looked at.
 */
export function checkObjects(tree, kind) {
  const sets = Object.entries(objectsOf(tree, kind));
  const sources = readdirSync(path.join(tree, 'native'), { recursive: true });
  const isBuilt = (set) => !set.includes('_') || sources.some((file) => file.endsWith(`.${set}.cc`));
  const empty = sets.find(([set, files]) => files.length === 0 && isBuilt(set));
  if (empty !== undefined) throw new Error(`no ${empty[0]} objects of the ${kind} build were found`);
  const problems = wideRegisters(tree, sets[0][1]);
  const owner = new Map();
  for (const [set, files] of sets)
    for (const name of weakFunctions(files)) {
      if (owner.has(name)) problems.push(`in ${owner.get(name)} and ${set} objects: ${name}`);
      owner.set(name, set);
    }
  if (problems.length > 0) throw new Error(problems.slice(0, 10).join('\n'));
  return sets.reduce((count, [, files]) => count + files.length, 0);
}
