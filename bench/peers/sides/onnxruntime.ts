// onnxruntime-node on one graph of export_onnx.py: node onnxruntime.js --model DIR --graph FILE --threads N. See work.ts.
import { parseArgs } from 'node:util';
import { idsOf, signatureOf } from '../ids.js';
import type { InferenceWork } from '../work.js';
import { requireRival, rivalVersion } from './packages.js';
import { serve, type Task, vocabSizeOf } from './serve.js';

/** What is used of onnxruntime-node. */
interface Runtime {
  Tensor: new (type: string, data: BigInt64Array | Int32Array, shape: readonly number[]) => unknown;
  InferenceSession: { create(file: string, options: object): Promise<Session> };
}

interface Session {
  readonly inputMetadata: readonly { name: string; type: string }[];
  run(feeds: Record<string, unknown>): Promise<Record<string, { data: Float32Array }>>;
}

const { values } = parseArgs({
  options: { model: { type: 'string' }, graph: { type: 'string' }, threads: { type: 'string', default: '1' } },
});

/** Ids, mask and token types of a batch padded to its longest row: (B, S) in the integer type that the graph takes. */
function feedsOf(ort: Runtime, session: Session, rows: readonly Int32Array[]): Record<string, unknown> {
  const width = Math.max(...rows.map((row) => row.length));
  const cells = rows.flatMap((row) => Array.from({ length: width }, (_, t) => (t < row.length ? row[t]! : -1)));
  const data: Readonly<Record<string, (id: number) => number>> = {
    input_ids: (id) => Math.max(id, 0),
    attention_mask: (id) => Number(id >= 0),
    token_type_ids: () => 0,
  };
  const feeds = session.inputMetadata.map(({ name, type }) => {
    const numbers = cells.map(data[name]!);
    const array = type === 'int32' ? Int32Array.from(numbers) : BigInt64Array.from(numbers, BigInt);
    return [name, new ort.Tensor(type, array, [rows.length, width])];
  });
  return Object.fromEntries(feeds) as Record<string, unknown>;
}

async function inference(ort: Runtime, session: Session, { lengths, batches }: InferenceWork): Promise<Task> {
  const vocabSize = vocabSizeOf(values.model!);
  const feeds = batches.map((sequences) =>
    feedsOf(
      ort,
      session,
      sequences.map((s) => idsOf(s, lengths[s]!, vocabSize)),
    ),
  );
  const run = async (): Promise<Float32Array[]> => {
    const outputs: Float32Array[] = [];
    for (const feed of feeds) outputs.push((await session.run(feed))['last_hidden_state']!.data);
    return outputs;
  };
  const signature: number[][] = [];
  for (const [b, states] of (await run()).entries()) {
    const sequences = batches[b]!;
    const width = Math.max(...sequences.map((s) => lengths[s]!));
    const channels = states.length / sequences.length / width;
    sequences.forEach((s, row) => {
      const first = row * width * channels;
      signature[s] = signatureOf(states.subarray(first, first + lengths[s]! * channels));
    });
  }
  return { signature, run };
}

const ort = requireRival('onnxruntime-node') as Runtime;
await serve({ peer: 'onnxruntime-node', version: rivalVersion('onnxruntime-node') }, async () => {
  const session = await ort.InferenceSession.create(values.graph!, {
    executionProviders: ['cpu'],
    intraOpNumThreads: Number(values.threads),
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  return async (work) => {
    if (work.kind === 'inference') return inference(ort, session, work);
    throw new Error(`onnxruntime-node does no ${work.kind}`);
  };
});
