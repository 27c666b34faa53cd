import type { Bucket } from '../../tensor/bucket.js';
import { tensor } from '../../tensor/create.js';
import { Tensor } from '../../tensor/tensor.js';

/** Numbers a pass reads, with a shape of sizes that the batch has, and of fixed ones. @internal */
export interface HostArray {
  values: Int32Array | Float32Array;
  /** One or two, such as (B, L): `['batch', 3]`. */
  axes: readonly [keyof Bucket | number, (keyof Bucket | number)?];
  /** What stands where a bucket is larger than the batch; 0 by default. */
  padding?: number;
}

/** By the names under which a pass reads them. @internal */
export type HostArrays = Readonly<Record<string, HostArray>>;

/** Shape of an array in a batch or a bucket. @internal */
export function shapeOf({ axes }: HostArray, size: Bucket): number[] {
  return axes.flatMap((axis) => (axis === undefined ? [] : [typeof axis === 'number' ? axis : size[axis]]));
}

/** Arrays of a batch on a device. @internal */
export function upload<Name extends string>(
  arrays: Readonly<Partial<Record<Name, HostArray | Tensor>>>,
  size: Bucket,
  device: string,
): Partial<Record<Name, Tensor>> {
  const uploaded = Object.entries<HostArray | Tensor | undefined>(arrays).flatMap(([name, array]) => {
    if (array === undefined) return [];
    return [[name, array instanceof Tensor ? array : tensor(array.values, { shape: shapeOf(array, size), device })]];
  });
  return Object.fromEntries(uploaded) as Partial<Record<Name, Tensor>>;
}

/** The values of a batch in the places they have in a bucket. @internal */
export function padded(array: HostArray, size: Bucket, bucket: Bucket): Int32Array | Float32Array {
  const { values, padding = 0 } = array;
  const [rows = 1, width = 1] = shapeOf(array, size);
  const [bucketRows = 1, bucketWidth = 1] = shapeOf(array, bucket);
  const length = bucketRows * bucketWidth;
  const out = values instanceof Float32Array ? new Float32Array(length) : new Int32Array(length);
  if (padding !== 0) out.fill(padding);
  if (width === bucketWidth) out.set(values);
  else for (let row = 0; row < rows; row++) out.set(values.subarray(row * width, (row + 1) * width), row * bucketWidth);
  return out;
}
