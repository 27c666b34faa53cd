import type { PeersOptions } from '../../lib/cli/bench_peers.js';
import type { Contest, Entry } from './contest.js';
import { GRAPHS } from './graphs.js';
import { batched, type BatchedLengths, REAL_BATCHES, type RealLengths } from './lengths.js';
import type { PeerModel } from './models.js';
import type { Sides } from './sides.js';
import type { InferenceWork, Work } from './work.js';

const [ORT, TORCH, TJS] = ['onnxruntime-node', 'PyTorch', 'transformers.js'];
const RECIPE = { learningRate: 2e-5, weightDecay: 0.01, maxGradNorm: 1 } as const;
const BATCH = [1, 8, 32];
const LENGTHS = ['16', '128', '512', 'real'];
const TRAINING_LENGTHS = ['128'];
/** Small passes are replayed, too: what a pass costs beside its kernels shows there. */
const REPLAYED_TOKENS = 256;

/** With what of the others our dtypes are compared. */
const RIVALS: Readonly<Record<string, readonly string[]>> = {
  f32: [`${ORT} f32`, `${TORCH} f32`],
  bf16: [`${ORT} f32`, `${TORCH} bf16`, 'gridstride f32'],
  f16: [`${ORT} f32`, 'gridstride f32'],
  int8: [`${ORT} int8`, `${ORT} f32`, 'gridstride f32', 'gridstride bf16'],
};
/** What trains. */
const TRAINED: readonly string[] = ['f32', 'bf16'];

/** What the contests of a model are made of. */
export interface Plan {
  readonly model: PeerModel;
  readonly sides: Sides;
  readonly options: PeersOptions;
  readonly real: RealLengths;
}

const ours = (dtype: string): string => `gridstride ${dtype}`;
const named = (dtypes: readonly string[]) => (group: string) =>
  !group.startsWith('gridstride') || dtypes.some((dtype) => ours(dtype) === group);

/** Rivals of our dtypes among the peers that were asked for. */
function rivalsOf({ dtypes, peers }: PeersOptions, isSorted = false): Record<string, string[]> {
  const isAsked = (group: string): boolean =>
    group.startsWith(ORT!) ? peers.includes('onnxruntime') : !group.startsWith(TORCH!) || peers.includes('pytorch');
  const found = dtypes.map((dtype): [string, string[]] => {
    const groups = RIVALS[dtype]!.filter(isAsked).filter(named(dtypes));
    const sorted = isSorted ? groups.filter((group) => !group.startsWith('gridstride')).map(sortedGroup) : [];
    return [ours(dtype), [...groups, ...sorted]];
  });
  return Object.fromEntries(found);
}

const sortedGroup = (group: string): string => `${group} sorted`;

/** The rivals' ways to run a work. */
function rivalEntries({ options, sides }: Plan, work: Work): Entry[] {
  const { dtypes, peers } = options;
  const graphs = peers.includes('onnxruntime') && work.kind === 'inference';
  const ortTypes = graphs ? ['f32', ...dtypes.filter((dtype) => dtype === 'int8')] : [];
  const ort = ortTypes.flatMap((dtype) =>
    GRAPHS.map((form) => {
      const command = sides.onnxruntime(form, dtype);
      return { group: `${ORT} ${dtype}`, variant: form, dtype, command, work };
    }),
  );
  const torchTypes = peers.includes('pytorch')
    ? dtypes.filter((dtype) => RIVALS[dtype]!.includes(`${TORCH} ${dtype}`))
    : [];
  const torch = torchTypes.map((dtype) => {
    return { group: `${TORCH} ${dtype}`, dtype, command: sides.pytorch(dtype), work };
  });
  return [...ort, ...torch];
}

function inferenceContest(plan: Plan, lengths: string, batch: number): Contest {
  const { model, sides, options, real } = plan;
  const isReal = lengths === 'real';
  const list = isReal
    ? Array.from({ length: REAL_BATCHES * batch }, (_, i) => real.lengths[i % real.lengths.length]!)
    : new Array<number>(batch).fill(Number(lengths));
  const rows: BatchedLengths = batched(list, batch);
  const work: InferenceWork = { kind: 'inference', lengths: rows.lengths, batches: rows.batches };
  const isSmall = !isReal && rows.tokens <= REPLAYED_TOKENS;
  const own = options.dtypes.flatMap((dtype): Entry[] => {
    const entry = { group: ours(dtype), dtype, work };
    const replayed = { ...entry, variant: 'replay', command: sides.gridstride(dtype, true) };
    return [{ ...entry, command: sides.gridstride(dtype) }, ...(isSmall ? [replayed] : [])];
  });
  const isSorted = isReal && batch > 1;
  const rivals = rivalEntries(plan, work);
  const sorted = isSorted
    ? rivals.map((entry) => ({
        ...entry,
        group: sortedGroup(entry.group),
        work: { ...work, batches: rows.sorted },
      }))
    : [];
  const ratio = { texts: real.source, maxLength: real.maxLength, tokenRatio: rows.tokens / rows.paddedTokens };
  return {
    name: 'inference',
    params: { model: model.name, batch, lengths, ...(isReal && ratio) },
    tokens: rows.tokens,
    entries: [...own, ...rivals, ...sorted],
    rivals: rivalsOf(options, isSorted),
  };
}

function trainingContest(plan: Plan, length: string, batch: number): Contest {
  const { model, sides, options } = plan;
  const dtypes = options.dtypes.filter((dtype) => TRAINED.includes(dtype));
  const lengths = new Array<number>(batch).fill(Number(length));
  const work: Work = { kind: 'training', lengths, recipe: RECIPE };
  const own = dtypes.map((dtype): Entry => ({ group: ours(dtype), dtype, command: sides.gridstride(dtype), work }));
  const peers = options.peers.filter((peer) => peer === 'pytorch');
  return {
    name: 'training step',
    params: { model: model.name, batch, lengths: length },
    tokens: batch * Number(length),
    entries: [...own, ...rivalEntries({ ...plan, options: { ...options, dtypes, peers } }, work)],
    rivals: rivalsOf({ ...options, dtypes, peers }),
  };
}

async function pipelineContest({ model, sides, options }: Plan): Promise<Contest> {
  const { texts = [], maxLength, dtypes } = options;
  const group = `${TJS} f32`;
  const work = (batch: number): Work => ({ kind: 'pipeline', texts, batch, maxLength });
  const own = dtypes.map((dtype): Entry => {
    return { group: ours(dtype), dtype, command: sides.gridstride(dtype), work: work(1) };
  });
  const rivals: Entry[] = [];
  for (const form of GRAPHS) {
    const command = await sides.transformersJs(form);
    for (const batch of options.batch ?? BATCH)
      rivals.push({ group, variant: `${form}, ${batch} at a time`, dtype: 'f32', command, work: work(batch) });
  }
  return {
    name: 'pipeline',
    params: { model: model.name, texts: texts.length, maxLength },
    entries: [...own, ...rivals],
    rivals: Object.fromEntries(dtypes.map((dtype) => [ours(dtype), [group]])),
  };
}

/** All that is timed of a model but its memory. */
export async function contestsOf(plan: Plan): Promise<Contest[]> {
  const { model, options } = plan;
  const { works, batch, lengths } = options;
  const contests: Contest[] = [];
  if (works.includes('inference'))
    for (const length of lengths ?? LENGTHS)
      for (const size of batch ?? BATCH) contests.push(inferenceContest(plan, length, size));
  if (works.includes('training') && options.dtypes.some((dtype) => TRAINED.includes(dtype)))
    for (const length of (lengths ?? TRAINING_LENGTHS).filter((each) => each !== 'real'))
      for (const size of batch ?? [model.trainingBatch]) contests.push(trainingContest(plan, length, size));
  const isPipeline = works.includes('pipeline') && options.peers.includes('transformers.js');
  if (isPipeline && options.texts !== undefined) contests.push(await pipelineContest(plan));
  return contests;
}
