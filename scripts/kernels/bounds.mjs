// The modelled bound of a main loop on sm_80: the share of its time in which the tensor cores can work, T / max(T, I, M,
// L). In cycles of one turn of one warp on its sub-core: T, 8 for each m16n8k16; I, instructions issued; M, 8 for each
// MUFU; L, shared memory at 128 bytes a cycle, which four sub-cores share: 4 for each 128 bytes a warp moves. Accesses
// count without bank conflicts: the emulation's tests show that there are none (test/kernels/traffic).
import { basicBlocks, heaviestTurn, naturalLoops } from './loops.mjs';

export const BOUNDS_TARGET = '80';
const SUBCORES = 4;

const matches = (pattern) => (instruction) => pattern.test(instruction.opcode);
const isProduct = matches(/^HMMA\.16816\./);
const isHalfProduct = matches(/^HMMA\.(1688|1684)\./);
const isCopy = matches(/^LDGSTS\b/);

/** Least bounds by instance. A mask, bias or dropout within the loop costs what it costs: those are not held to them. */
const BUDGETS = [
  { name: 'GEMM 128x128', kernel: /^gemm_mma<\w+, MmaShape<128, 128,/, least: 0.9 },
  { name: 'attention backward', kernel: /^attention_backward_\w+_mma<\w+, (?:64|128), PlainScores>/, least: 0.7 },
  { name: 'attention forward', kernel: /^attention_forward_mma<\w+, (?:64|128), PlainScores>/, least: 0.85 },
];

/** The budget an instance is held to, by its name. */
export const budgetOf = (name) => BUDGETS.find(({ kernel }) => kernel.test(name));

/** What is wrong with the main loops of instances `{ name, loop }`. Of all kernels, each budget must meet some. */
export function boundProblems(instances, areAll) {
  const problems = [];
  for (const { name, loop } of instances) {
    const least = budgetOf(name)?.least;
    if (least !== undefined && !(loop?.bound >= least))
      problems.push(`${name}: its main loop must reach ${least}, got ${loop?.bound.toFixed(3) ?? 'none'}`);
  }
  for (const { name, kernel } of BUDGETS)
    if (areAll && !instances.some((instance) => kernel.test(instance.name)))
      problems.push(`${name}: no such kernel was found`);
  return problems;
}

const counts = (instructions, is) => instructions.filter(is).length;
const tensorCycles = (instructions) => 8 * counts(instructions, isProduct) + 4 * counts(instructions, isHalfProduct);

/** 128-byte accesses to shared memory by one instruction of a warp. */
function wavefronts({ opcode, guard }) {
  if (guard === '!PT') return 0;
  if (/^LDSM\b/.test(opcode)) return opcode.endsWith('.4') ? 4 : opcode.endsWith('.2') ? 2 : 1;
  if (!/^(LDS|STS|LDGSTS|ATOMS)\b/.test(opcode)) return 0;
  return /\.128\b/.test(opcode) ? 4 : /\.64\b/.test(opcode) ? 2 : 1;
}

/** What a turn of the main loop costs and bounds; null where there is none, or none filled by cp.async. */
export function boundOf(instructions) {
  const turn = mainLoopTurn(instructions);
  if (turn === null) return null;
  const tensor = tensorCycles(turn);
  const issued = turn.length;
  const mufu = 8 * counts(turn, matches(/^MUFU\b/));
  const shared = SUBCORES * turn.reduce((sum, instruction) => sum + wavefronts(instruction), 0);
  return { tensor, issued, mufu, shared, bound: tensor / Math.max(tensor, issued, mufu, shared) };
}

/**
 * One turn of the main loop: the innermost with the most tensor-core instructions, and where its tiles are copied by the
 * loop around it, one turn of that with one of the innermost. Of the ways through, the one that multiplies and copies
 * most, passes no other loop within, and issues least beside: a whole tile, neither masked nor the first or last.
 */
function mainLoopTurn(instructions) {
  const blocks = basicBlocks(instructions);
  const loops = naturalLoops(blocks);
  const sum = (members, is) => [...members].reduce((n, block) => n + is(blocks[block].instructions), 0);
  const copies = (body) => counts(body, isCopy);
  const isWithin = (loop, other) => loop !== other && other.members.has(loop.header);
  const products = loops.filter(({ members }) => sum(members, tensorCycles) > 0);
  let main = { tensor: 0, turn: null };
  for (const innermost of products.filter((outer) => !products.some((loop) => isWithin(loop, outer)))) {
    const loop = [innermost, ...loops.filter((outer) => isWithin(innermost, outer))]
      .filter(({ members }) => sum(members, copies) > 0)
      .sort((a, b) => a.members.size - b.members.size)[0];
    if (loop === undefined) continue;
    const isBeside = (other) => isWithin(other, loop) && !products.includes(other);
    const beside = new Set(loops.filter(isBeside).map(({ header }) => header));
    const path = heaviestTurn(blocks, loop, (block) => {
      const body = blocks[block].instructions;
      return [tensorCycles(body), -Number(beside.has(block)), copies(body), -body.length];
    });
    const tensor = sum(path, tensorCycles);
    const isWhole = sum(path, copies) > 0 && !path.some((block) => beside.has(block));
    if (tensor > main.tensor)
      main = { tensor, turn: isWhole ? path.flatMap((block) => blocks[block].instructions) : null };
  }
  return main.turn;
}
