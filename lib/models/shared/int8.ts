import { checkpointShapes, loadCheckpoint } from '../../io/checkpoint.js';
import type { Embedding } from '../../nn/embedding.js';
import type { PlaceholderInit } from '../../nn/init.js';
import { Linear } from '../../nn/linear.js';
import { releaseCache, sync } from '../../tensor/device.js';
import { callOne, keep, type Tensor } from '../../tensor/tensor.js';
import { UnsupportedOpError } from '../../util/errors.js';
import { SelfAttention } from './encoder/attention.js';
import { EncoderEmbeddings } from './encoder/embeddings.js';
import { Encoder } from './encoder/encoder.js';
import { EncoderLayer } from './encoder/layer.js';
import { type FillJob, fillModel, type LoadRules } from './load.js';
import type { LoadReport, PreTrainedModel } from './pretrained.js';

/** Parts of an encoder that use their linear layers as such; other kinds of attention take their weights apart. */
const OWNERS: readonly unknown[] = [Encoder, EncoderEmbeddings, EncoderLayer, SelfAttention];

function encoderOf({ encoder, architecture }: PreTrainedModel): Encoder {
  if (encoder instanceof Encoder) return encoder;
  throw new UnsupportedOpError(`${architecture}: dtype int8 is for encoders in this version`);
}

/** The encoder's linear layers: what becomes 8-bit integers. Heads are small and stay as they are. */
function quantizable(model: PreTrainedModel): Linear[] {
  const owners = encoderOf(model)
    .namedModules()
    .filter(([, module]) => OWNERS.includes(module.constructor));
  return owners.flatMap(([, owner]) =>
    owner.namedChildren().flatMap(([, child]) => (child instanceof Linear ? [child] : [])),
  );
}

/** Tables that are kept in bf16: all that nothing but the embeddings reads. */
function narrowTables(model: PreTrainedModel): Embedding[] {
  const { words, positions, types } = encoderOf(model).embeddings;
  const tables = [model.readsWordTable ? undefined : words, positions, types];
  return tables.flatMap((table) => (table === undefined ? [] : [table]));
}

/** Whether a model's linear layers are 8-bit integers. @internal */
export function isInt8({ encoder }: PreTrainedModel): boolean {
  const [layer] = encoder.layers;
  return layer instanceof EncoderLayer && layer.up.isInt8;
}

/** @throws UnsupportedOpError for a model of 8-bit integers @internal */
export function refuseInt8(where: string, model: PreTrainedModel): void {
  if (!isInt8(model)) return;
  throw new UnsupportedOpError(
    `${where}: a model of 8-bit integers is for inference; load it in another dtype for this`,
  );
}

/**
 * Turns a model in f32 into one for inference on 8-bit integers: the encoder's linear layers as such, its tables in bf16
 * (but one that is the vocabulary of a head, too), all else and what passes between layers in f32.
 * @internal
 */
export function quantizeModel(model: PreTrainedModel): void {
  for (const layer of quantizable(model)) layer.quantize();
  for (const table of narrowTables(model)) {
    const { weight } = table;
    table.weight = keep(callOne((ops) => ops.cast(weight.handle, 'bf16')));
    weight.dispose();
  }
  model.freeze();
}

/** A folder's weights. */
interface WeightsPlace {
  folder: string;
  device?: string;
  signal: AbortSignal | undefined;
}

/**
 * Fills a new model from a folder as one of 8-bit integers, a layer at a time, so that there is never more than a layer
 * in f32 (of PyTorch's files all of it).
 * @throws CheckpointError, AbortError, OutOfMemoryError
 * @internal
 */
export async function fillInt8(
  model: PreTrainedModel,
  placeholders: PlaceholderInit,
  place: WeightsPlace,
  rules: Omit<LoadRules, 'dtype'>,
): Promise<LoadReport> {
  const { folder, ...options } = place;
  const shapes = await checkpointShapes(folder, place.signal);
  if (shapes === undefined) {
    const loaded = await loadCheckpoint(folder, { ...options, dtype: 'f32' });
    const report = fillModel(model, placeholders, loaded, { ...rules, dtype: 'f32' });
    quantizeModel(model);
    return report;
  }
  const layers = new Map(quantizable(model).map((layer) => [layer.weight, layer]));
  const tables = new Set(narrowTables(model).map(({ weight }) => weight));
  const standIns = new Map(Array.from(shapes, ([name, shape]) => [name, placeholders.constant(shape, 0)]));
  const nameOf = new Map(Array.from(standIns, ([name, standIn]) => [standIn, name]));
  const jobs: FillJob[] = [];
  const report = fillModel(model, placeholders, standIns, { ...rules, dtype: 'f32', defer: (job) => jobs.push(job) });
  const read = async (some: readonly FillJob[], dtype: 'f32' | 'bf16'): Promise<void> => {
    if (some.length === 0) return;
    const names = some.map(({ tensors }) => tensors.map((standIn) => nameOf.get(standIn)!));
    const loaded = await loadCheckpoint(folder, { ...options, dtype, only: names.flat() });
    some.forEach((job, i) =>
      job.fill(
        names[i]!.map((name) => loaded.get(name)!),
        dtype,
      ),
    );
    const held = new Set(model.parameters());
    for (const tensor of loaded.values()) if (!held.has(tensor)) tensor.dispose();
  };
  const isOf = (kept: { has(parameter: Tensor): boolean }) => (job: FillJob) => kept.has(job.parameter);
  await read(
    jobs.filter((job) => !isOf(tables)(job) && !isOf(layers)(job)),
    'f32',
  );
  await read(jobs.filter(isOf(tables)), 'bf16');
  await sync(model.device);
  releaseCache(model.device); // what the tables took in f32, into which nothing else would fit
  for (const job of jobs.filter(isOf(layers))) {
    await read([job], 'f32');
    layers.get(job.parameter)!.quantize();
    await sync(model.device);
  }
  model.freeze();
  return report;
}

/** Makes room for the scales that a shared model of 8-bit integers has beside its weights. @internal */
export function expectInt8(model: PreTrainedModel, placeholders: PlaceholderInit): void {
  for (const layer of quantizable(model)) layer.scales = placeholders.constant([1], 0);
}
