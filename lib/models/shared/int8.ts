import { checkpointShapes, loadCheckpoint } from '../../io/checkpoint.js';
import type { Embedding } from '../../nn/embedding.js';
import type { PlaceholderInit } from '../../nn/init.js';
import { Linear } from '../../nn/linear.js';
import { releaseCache, sync } from '../../tensor/device.js';
import { callOne, keep, type Tensor } from '../../tensor/tensor.js';
import { UnsupportedOpError } from '../../util/errors.js';
import { type FillJob, fillModel, type LoadRules } from './load.js';
import type { LoadReport, PreTrainedModel } from './pretrained.js';

/** The encoder's linear layers: what becomes 8-bit integers. Heads are small and stay as they are. */
function quantizable({ encoder }: PreTrainedModel): Linear[] {
  return encoder.namedModules().flatMap(([, module]) => (module instanceof Linear ? [module] : []));
}

/** Tables that are kept in bf16: all that nothing but the embeddings reads. */
function narrowTables({ encoder, readsWordTable }: PreTrainedModel): Embedding[] {
  const { words, positions, types } = encoder.embeddings;
  return [...(readsWordTable ? [] : [words]), positions, ...(types === undefined ? [] : [types])];
}

/** Whether a model's linear layers are 8-bit integers. @internal */
export function isInt8({ encoder }: PreTrainedModel): boolean {
  return encoder.layers[0]?.up.isInt8 ?? false;
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
