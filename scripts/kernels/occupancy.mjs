// Blocks and warps of a kernel that a multiprocessor holds at a time. Source: CUDA C++ Programming Guide, "Compute
// Capabilities", and the occupancy calculator's granularity of registers.

// Shared memory in bytes: of a multiprocessor, and what a block can have of it.
const MULTIPROCESSORS = {
  80: { warps: 64, blocks: 32, shared: 164 * 1024, sharedOfBlock: 163 * 1024 },
  '90a': { warps: 64, blocks: 32, shared: 228 * 1024, sharedOfBlock: 227 * 1024 },
  120: { warps: 48, blocks: 24, shared: 100 * 1024, sharedOfBlock: 99 * 1024 },
};
const SUBCORES = 4;
const REGISTERS_OF_SUBCORE = 16384;
const REGISTERS_AT_A_TIME = 256; // a warp's are a multiple
const SHARED_AT_A_TIME = 128;
const SHARED_OF_SYSTEM = 1024; // of each block

const roundUp = (n, multiple) => Math.ceil(n / multiple) * multiple;

/** Of a kernel with `registers` a thread, `threads` a block and `shared` bytes a block, static and dynamic. */
export function occupancyOf({ target, registers, threads, shared }) {
  const has = MULTIPROCESSORS[target];
  if (shared > has.sharedOfBlock) return { blocks: 0, warps: 0, most: has.warps };
  const warpsOfBlock = Math.ceil(threads / 32);
  const warpsOfSubcore = Math.floor(REGISTERS_OF_SUBCORE / roundUp(registers * 32, REGISTERS_AT_A_TIME));
  const blocks = Math.min(
    has.blocks,
    Math.floor(has.warps / warpsOfBlock),
    Math.floor((warpsOfSubcore * SUBCORES) / warpsOfBlock),
    Math.floor(has.shared / roundUp(shared + SHARED_OF_SYSTEM, SHARED_AT_A_TIME)),
  );
  return { blocks, warps: blocks * warpsOfBlock, most: has.warps };
}
