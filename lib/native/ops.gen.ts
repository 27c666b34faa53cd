// Made by scripts/generate.mjs from native/ops: do not edit.

/** A tensor as native code knows it: index and generation of a slot in the environment's table. */
export type Handle = number;

/** The native ops. Each returns how many outputs it wrote to the mailbox. */
export interface NativeOps {
  copy(x: Handle): number;
  cast(x: Handle, dtype: string): number;
  fill(sizes: readonly number[], value: number, dtype: string, device: string): number;
  binary(op: string, a: Handle, b: Handle): number;
  reshape(x: Handle, sizes: readonly number[]): number;
  permute(x: Handle, axes: readonly number[]): number;
  slice(x: Handle, axis: number, begin: number, end: number): number;
  expand(x: Handle, sizes: readonly number[]): number;
  contiguous(x: Handle): number;
  assign(y: Handle, x: Handle): number;
  concat(tensors: readonly Handle[], axis: number): number;
  binary_scalar(op: string, x: Handle, scalar: number, scalarFirst: boolean): number;
}
