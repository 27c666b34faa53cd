// Our side: node ours.js --task NAME --folder DIR --threads N. See bench/peers/work.ts.
import { parseArgs } from 'node:util';
import {
  type Answer,
  configure,
  type Filling,
  pipeline,
  type PipelineTaskName,
  type TokenEntity,
  type ZeroShotClassification,
} from 'gridstride';
import { packageVersion } from '../../../lib/util/package_info.js';
import { signatureOf } from '../../peers/ids.js';
import { serve } from '../../peers/sides/serve.js';
import type { TaskWork } from '../../peers/work.js';

const { values } = parseArgs({
  options: { task: { type: 'string' }, folder: { type: 'string' }, threads: { type: 'string', default: '1' } },
});

/** Any pipeline, called with lists. */
type ListPipeline = (inputs: readonly unknown[], ...rest: readonly unknown[]) => Promise<readonly unknown[]>;

/** What transformers.js is asked for: no words of several tokens, no limit of an answer's length. */
function argumentsOf({ texts, contexts, labels }: TaskWork): readonly unknown[] {
  if (contexts !== undefined) return [contexts, { alignToWords: false, maxAnswerLen: 512, maxLength: 512 }];
  if (labels !== undefined) return [labels];
  return values.task === 'token-classification' ? [{ ignoreLabels: [] }] : [texts.length === 0 ? {} : { topK: 5 }];
}

/** The scores of a result. */
function scoresOf(result: unknown): number[] {
  if (Array.isArray(result)) return (result as (TokenEntity | Filling)[]).map(({ score }) => score);
  return 'scores' in (result as object) ? (result as ZeroShotClassification).scores : [(result as Answer).score];
}

configure({ threads: Number(values.threads) });
await serve({ peer: 'gridstride', version: packageVersion() }, async () => {
  const pipe = (await pipeline(values.task as PipelineTaskName, values.folder!, {
    device: 'cpu',
    dtype: 'f32',
  })) as unknown as ListPipeline;
  return async (work) => {
    if (work.kind !== 'task') throw new Error(`pipelines are timed in tasks, not in ${work.kind}`);
    const run = () => pipe(work.texts, ...argumentsOf(work));
    return { signature: (await run()).map((result) => signatureOf(scoresOf(result))), run };
  };
});
