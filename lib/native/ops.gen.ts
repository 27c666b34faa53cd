// Made by scripts/generate.mjs from native/ops: do not edit.

/** A tensor as native code knows it: index and generation of a slot in the environment's table. */
export type Handle = number;

/** The native ops. Each returns how many outputs it wrote to the mailbox. */
export interface NativeOps {
  contiguous(x: Handle): number;
  reshape(x: Handle, sizes: readonly number[]): number;
}
