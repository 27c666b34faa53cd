// transformers.js on a folder with onnx/model.onnx: node transformers_js.js --task NAME --folder DIR --threads N.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { signatureOf } from '../../peers/ids.js';
import { requireRival, rivalVersion } from '../../peers/sides/packages.js';
import { serve } from '../../peers/sides/serve.js';
import type { TaskWork } from '../../peers/work.js';

/** What is used of transformers.js. */
interface Library {
  env: { allowRemoteModels: boolean; localModelPath: string };
  pipeline(task: string, model: string, options: object): Promise<(...inputs: readonly unknown[]) => Promise<unknown>>;
}

/** A result, whatever the task. */
interface Scored {
  score: number;
  scores?: number[];
}

const { values } = parseArgs({
  options: { task: { type: 'string' }, folder: { type: 'string' }, threads: { type: 'string', default: '1' } },
});

function argumentsOf({ contexts, labels }: TaskWork, from: number, to: number): readonly unknown[] {
  if (contexts !== undefined) return [contexts.slice(from, to)];
  if (labels !== undefined) return [labels];
  return values.task === 'token-classification' ? [{ ignore_labels: [] }] : [{ top_k: 5 }];
}

function scoresOf(result: unknown): number[] {
  const list = (Array.isArray(result) ? result : [result]) as Scored[];
  return list[0]?.scores ?? list.map(({ score }) => score);
}

const { env, pipeline } = requireRival('@huggingface/transformers') as Library;
await serve({ peer: 'transformers.js', version: rivalVersion('@huggingface/transformers') }, async () => {
  env.allowRemoteModels = false;
  env.localModelPath = path.dirname(path.resolve(values.folder!));
  const pipe = await pipeline(values.task!, path.basename(values.folder!), {
    device: 'cpu',
    dtype: 'fp32',
    session_options: { intraOpNumThreads: Number(values.threads), interOpNumThreads: 1 },
  });
  return async (work) => {
    if (work.kind !== 'task') throw new Error(`pipelines are timed in tasks, not in ${work.kind}`);
    const { texts, batch } = work;
    const run = async (): Promise<unknown[]> => {
      const results: unknown[] = [];
      for (let from = 0; from < texts.length; from += batch) {
        const part = texts.slice(from, from + batch);
        results.push(...((await pipe(part, ...argumentsOf(work, from, from + batch))) as unknown[]));
      }
      return results;
    };
    return { signature: (await run()).map((result) => signatureOf(scoresOf(result))), run };
  };
});
