import type { Bucket } from '../../tensor/bucket.js';
import { zeros } from '../../tensor/create.js';
import { Segments } from '../../tensor/segments.js';
import { keep, type Tensor } from '../../tensor/tensor.js';
import { sizeOf } from './batch.js';
import { type HostArrays, padded, shapeOf } from './host_array.js';
import type { Layout } from './pack.js';
import type { PassTensors } from './pass.js';

/** A bucket's memory on the device, which each batch is written to before its pass is replayed. @internal */
export class Feed {
  readonly #bucket: Bucket;
  readonly #segments: Segments;
  readonly #tensors: ReadonlyMap<string, Tensor>;

  /** @param arrays of any batch: every other has the same names, types and fixed sizes */
  constructor(bucket: Bucket, arrays: HostArrays, device: string) {
    this.#bucket = bucket;
    this.#segments = Segments.ofBucket(bucket, device);
    this.#tensors = new Map(
      Object.entries(arrays).map(([name, array]) => {
        const dtype = array.values instanceof Float32Array ? 'f32' : 'i32';
        return [name, keep(zeros(shapeOf(array, bucket), { dtype, device }))];
      }),
    );
  }

  /** What a pass reads. */
  get pass(): PassTensors {
    const { ids, positions, types, neighbours, ...targets } = Object.fromEntries(this.#tensors);
    const tokens = { ids, embeds: undefined, positions, types, neighbours };
    return {
      batch: { layout: undefined, ...tokens, segments: this.#segments, seen: undefined, globals: undefined },
      targets: targets as PassTensors['targets'],
    };
  }

  /** Queues a batch's values: tokens past its own are of no sequence, and sequences past its own are empty. */
  write(arrays: HostArrays, layout: Layout): void {
    this.#segments.write(layout.lengths);
    for (const [name, target] of this.#tensors) target.write(padded(arrays[name]!, sizeOf(layout), this.#bucket));
  }

  dispose(): void {
    this.#segments.dispose();
    for (const tensor of this.#tensors.values()) tensor.dispose();
  }
}
