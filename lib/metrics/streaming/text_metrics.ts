import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { ChrfCounts } from '../text/chrf.js';
import { RougeMeans } from '../text/rouge.js';
import { BleuCounts } from '../text/sacrebleu.js';
import { type TextPair, readPair } from '../text/text_pairs.js';
import type { MetricAccumulator } from './accumulator.js';
import { checkAny, checkBatch, checkMetricNames } from './checks.js';

/** What {@link textMetrics} takes. */
export interface TextMetricsOptions {
  /** Makes a text of token ids: `(ids) => tokenizer.decode(ids, { skipSpecialTokens: true })`. */
  decode: (ids: number[]) => string;
  /** bleu and chrf by default; also chrfPlusPlus, rouge1, rouge2, rougeL, rougeLsum, exactMatch and generatedLength. */
  metrics?: readonly string[];
}

/** One number of texts. */
interface TextMetric {
  add(pair: TextPair, ids: readonly number[]): void;
  compute(): number;
}

const WHERE = 'textMetrics';

/** The mean of a number of each text. */
function meanOf(value: (pair: TextPair, ids: readonly number[]) => number): TextMetric {
  let [sum, rows] = [0, 0];
  return {
    add(pair, ids) {
      sum += value(pair, ids);
      rows += 1;
    },
    compute: () => sum / rows,
  };
}

function bleu(): TextMetric {
  const counts = new BleuCounts(WHERE, {});
  return { add: (pair) => counts.add(pair), compute: () => counts.compute().score };
}

function rougeOf(type: 'rouge1' | 'rouge2' | 'rougeL' | 'rougeLsum'): TextMetric {
  const means = new RougeMeans([type]);
  return { add: (pair) => means.add(pair), compute: () => means.compute()[type] };
}

const METRICS: Readonly<Record<string, () => TextMetric>> = {
  bleu,
  chrf: () => new ChrfCounts(WHERE, {}),
  chrfPlusPlus: () => new ChrfCounts(WHERE, { wordOrder: 2 }),
  rouge1: () => rougeOf('rouge1'),
  rouge2: () => rougeOf('rouge2'),
  rougeL: () => rougeOf('rougeL'),
  rougeLsum: () => rougeOf('rougeLsum'),
  exactMatch: () => meanOf(({ prediction, references }) => Number(references.includes(prediction))),
  generatedLength: () => meanOf((_, ids) => ids.length),
};

/** Ids without what stands for padding. */
function idsOf(name: string, ids: unknown): number[] {
  if (typeof ids === 'object' && ids !== null) return Array.from(ids as ArrayLike<number>).filter((id) => id >= 0);
  throw new DataError(`${WHERE}: ${name} must be token ids, got ${shown(ids)}`);
}

/**
 * Scores of generated texts, from token ids, batch by batch: {@link sacrebleu} and {@link chrf} from 0 to 100, ROUGE's F
 * measures, exact match and the mean number of tokens. Ids below 0 are left out. It keeps counts and no texts.
 *
 * @returns An accumulator whose `add` throws a DataError for what is no list of ids, and whose `compute` throws one where
 *   nothing was added.
 * @throws {ConfigError} An option or a metric is unknown, or there is no function to decode with.
 *
 * @example
 * ```ts
 * import { textMetrics } from 'gridstride';
 * const words = ['<pad>', 'the', 'cat', 'sat', 'down'];
 * const decode = (ids: number[]) => ids.map((id) => words[id]).join(' ');
 * const metrics = textMetrics({ decode, metrics: ['bleu', 'exactMatch'] });
 * metrics.add({ predictions: [[1, 2, 3, 4]], labelIds: [[1, 2, 3, 4, -100]] });
 * console.log(metrics.compute().exactMatch); // 1
 * ```
 */
export function textMetrics(options: TextMetricsOptions): MetricAccumulator {
  checkOptionNames(WHERE, options, ['decode', 'metrics']);
  const { decode, metrics: names = ['bleu', 'chrf'] } = options;
  checkMetricNames(WHERE, names, Object.keys(METRICS));
  if (typeof decode !== 'function')
    throw new ConfigError(`${WHERE}: decode must be a function that makes a text of token ids, got ${shown(decode)}`);
  const begin = (): [string, TextMetric][] => names.map((name) => [name, METRICS[name]!()]);
  let [metrics, rows] = [begin(), 0];
  return {
    reset() {
      [metrics, rows] = [begin(), 0];
    },
    add(batch) {
      checkBatch(WHERE, batch);
      for (const [i, predicted] of batch.predictions.entries()) {
        const ids = idsOf('predictions', predicted);
        const pair = readPair(WHERE, decode(ids), decode(idsOf('labelIds', batch.labelIds[i])));
        for (const [, metric] of metrics) metric.add(pair, ids);
        rows += 1;
      }
    },
    compute() {
      checkAny(WHERE, rows);
      return Object.fromEntries(metrics.map(([name, metric]) => [name, metric.compute()]));
    },
  };
}
