// Finds a disassembler and reads its listings.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { run } from './run.mjs';

const IN_TRITON = "import importlib.util as u; print(u.find_spec('triton').submodule_search_locations[0])";

/** The path of cuobjdump: `named`, on PATH, or what Python's triton package brings; null where there is none. */
export function findDisassembler(named) {
  const runs = (program) => spawnSync(program, ['--version'], { env: environmentOf(program) }).status === 0;
  if (named !== undefined) {
    if (!runs(named)) throw new Error(`kernels: --cuobjdump must name a program that runs, got ${named}`);
    return named;
  }
  if (runs('cuobjdump')) return 'cuobjdump';
  const triton = spawnSync('python3', ['-c', IN_TRITON], { encoding: 'utf8' });
  if (triton.status !== 0) return null;
  const program = path.join(triton.stdout.trim(), 'backends/nvidia/bin/cuobjdump');
  return existsSync(program) && runs(program) ? program : null;
}

/** cuobjdump starts nvdisasm, which lies beside it. */
function environmentOf(program) {
  return { ...process.env, PATH: `${path.dirname(program)}${path.delimiter}${process.env.PATH}` };
}

/** The instructions of each kernel of an object: `{ address, guard, opcode, operands }` by symbol. */
export async function disassemble(program, object, target) {
  const command = [program, '-sass', '-arch', `sm_${target}`, object];
  const { stdout } = await run(command, environmentOf(program)).catch((error) => {
    throw new Error(`kernels: ${program} must read sm_${target}, got:\n${error.stderr}`);
  });
  const functions = new Map();
  for (const part of stdout.split(/^\s*Function : /m).slice(1)) {
    const instructions = [];
    for (const [, address, guard, opcode, operands] of part.matchAll(
      /^\s*\/\*([0-9a-f]{4,})\*\/\s+(?:@(!?U?P\w+)\s+)?([A-Z][\w.]*)\s*(.*?);/gm,
    ))
      instructions.push({ address: parseInt(address, 16), guard, opcode, operands });
    functions.set(/^\S+/.exec(part)[0], instructions);
  }
  return functions;
}

const isTensor = ({ opcode }) => /^[HIQD]?MMA\.|^[HIQ]GMMA/.test(opcode);
const isLdmatrix = ({ opcode }) => opcode.startsWith('LDSM');
const isAsyncCopy = ({ opcode }) => opcode.startsWith('LDGSTS');
const isVector = ({ opcode }) => /\.128\b/.test(opcode);

/** How many of the instructions the tables speak of. */
export function countInstructions(instructions) {
  const count = (is) => instructions.filter(is).length;
  return {
    tensor: count(isTensor),
    ldmatrix: count(isLdmatrix),
    asyncCopies: count(isAsyncCopy),
    vectors: count(isVector),
  };
}
