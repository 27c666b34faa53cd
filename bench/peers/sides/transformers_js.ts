// transformers.js on a folder that holds onnx/model.onnx: node transformers_js.js --folder DIR --threads N. See work.ts.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { signatureOf } from '../ids.js';
import type { PipelineWork } from '../work.js';
import { requireRival, rivalVersion } from './packages.js';
import { serve, type Task } from './serve.js';

/** What is used of transformers.js. */
interface Library {
  env: { allowRemoteModels: boolean; localModelPath: string };
  pipeline(task: string, model: string, options: object): Promise<Extractor>;
}

interface Extractor {
  (texts: readonly string[], options: object): Promise<{ data: Float32Array; dims: readonly number[] }>;
  tokenizer: { model_max_length: number };
}

const { values } = parseArgs({ options: { folder: { type: 'string' }, threads: { type: 'string', default: '1' } } });

async function service(extract: Extractor, { texts, batch, maxLength }: PipelineWork): Promise<Task> {
  extract.tokenizer.model_max_length = maxLength;
  const run = async (): Promise<Float32Array[]> => {
    const embeddings: Float32Array[] = [];
    for (let first = 0; first < texts.length; first += batch) {
      const part = texts.slice(first, first + batch);
      const { data, dims } = await extract(part, { pooling: 'mean', normalize: true });
      const size = dims.at(-1)!;
      for (let row = 0; row < part.length; row++) embeddings.push(data.subarray(row * size, (row + 1) * size));
    }
    return embeddings;
  };
  return { signature: (await run()).map((embedding) => signatureOf(embedding)), run };
}

const { env, pipeline } = requireRival('@huggingface/transformers') as Library;
await serve({ peer: 'transformers.js', version: rivalVersion('@huggingface/transformers') }, async () => {
  env.allowRemoteModels = false;
  env.localModelPath = path.dirname(path.resolve(values.folder!));
  const extract = await pipeline('feature-extraction', path.basename(values.folder!), {
    device: 'cpu',
    dtype: 'fp32',
    session_options: { intraOpNumThreads: Number(values.threads), interOpNumThreads: 1 },
  });
  return async (work) => {
    if (work.kind === 'pipeline') return service(extract, work);
    throw new Error(`transformers.js is timed in pipelines, not in ${work.kind}`);
  };
});
