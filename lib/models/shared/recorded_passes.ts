import { Module } from '../../nn/module.js';
import { type Bucket, smallestBucket } from '../../tensor/bucket.js';
import { capture, isCapturing, type Recording } from '../../tensor/capture.js';
import { keep, Tensor, tensorsIn } from '../../tensor/tensor.js';
import { sizeOf } from './batch.js';
import type { Body } from './body.js';
import { Feed } from './feed.js';
import type { HostArrays } from './host_array.js';
import type { HostPass, PassOutputs, PassTensors, Targets } from './pass.js';

/** What recordings need of a model. @internal */
export interface RecordedModel extends Module {
  readonly encoder: Body;
  readonly device: string;
  /** The targets of a pass, for a bucket that is larger than the batch. */
  targets(pass: HostPass, isPadded: boolean): Targets;
  /** The device's part of a pass. */
  compute(tensors: PassTensors, pass: HostPass): PassOutputs;
}

interface Entry<T> {
  feed: Feed;
  recording: Recording<T>;
}

/**
 * What is done with the passes of a model, recorded per bucket at its first use and replayed from then on. Recordings
 * rest on the model as it was: when a module's mode, a parameter or the random numbers are others, they are dropped.
 * @internal
 */
export class RecordedPasses<T> {
  readonly #entries = new Map<string, Entry<T>>();
  #isCurrent: () => boolean = () => true;

  /** @param body what is recorded with a pass; its result lives in the recording */
  constructor(
    readonly model: RecordedModel,
    readonly buckets: readonly Bucket[],
    readonly body: (outputs: PassOutputs) => T,
  ) {}

  /** Recordings that are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Queues a pass. What it returns is written anew by the next one of the same bucket.
   * @returns undefined when no bucket holds the batch, or a recording cannot hold the pass: nothing was queued then
   */
  run(pass: HostPass): T | undefined {
    const { layout } = pass.batch;
    const bucket = smallestBucket(this.buckets, sizeOf(layout));
    if (bucket === undefined || isCapturing() || !isRecordable(this.model, pass)) return undefined;
    const targets = this.model.targets(pass, true);
    if (Object.values(targets).some((target) => target instanceof Tensor)) return undefined;
    if (!this.#isCurrent()) this.dispose();
    const arrays = { ...pass.batch.arrays, ...(targets as HostArrays) };
    const axes = Object.entries(arrays).map(([name, array]) => [name, array.axes]);
    const key = JSON.stringify([this.buckets.indexOf(bucket), axes, pass.inputs.returns]);
    const entry = this.#entries.get(key);
    if (entry === undefined) return this.#record(key, bucket, arrays, pass);
    entry.feed.write(arrays, layout);
    entry.recording.replay();
    return entry.recording.result;
  }

  /** Frees the recordings and their memory; the next passes are recorded anew. */
  dispose(): void {
    for (const { feed, recording } of this.#entries.values()) {
      feed.dispose();
      for (const tensor of tensorsIn(recording.result)) tensor.dispose();
      recording.dispose();
    }
    this.#entries.clear();
  }

  #record(key: string, bucket: Bucket, arrays: HostArrays, pass: HostPass): T {
    const { model, body } = this;
    const feed = new Feed(bucket, arrays, model.device);
    try {
      feed.write(arrays, pass.batch.layout);
      const recording = capture(() => body(model.compute(feed.pass, pass)), { device: model.device });
      for (const tensor of tensorsIn(recording.result)) keep(tensor);
      if (this.#entries.size === 0) this.#isCurrent = snapshot(model);
      this.#entries.set(key, { feed, recording });
      return recording.result;
    } catch (error) {
      feed.dispose();
      throw error;
    }
  }
}

/** Whether a pass is nothing but packed tokens of known ids, computed as any other. */
function isRecordable({ encoder }: RecordedModel, { inputs, batch }: HostPass): boolean {
  return (
    !encoder.dependsOn(batch.layout) &&
    batch.embeds === undefined &&
    batch.layout.ghosts === undefined &&
    inputs.outputHiddenStates !== true &&
    inputs.outputAttentions !== true
  );
}

/** Tells later whether every field of a model and of the modules in it still has the value it has now. */
function snapshot(model: Module): () => boolean {
  const checks = model.namedModules().flatMap(([, module]) => {
    const fields = module as unknown as Record<string, unknown>;
    return Object.entries(fields).map(([name, value]) => {
      if (!(value instanceof Tensor)) return () => fields[name] === value;
      const { requiresGrad } = value;
      return () => fields[name] === value && !value.isDisposed && value.requiresGrad === requiresGrad;
    });
  });
  return () => checks.every((check) => check());
}
