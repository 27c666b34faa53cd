// The native tokenizer beside @huggingface/tokenizers, in turn and on one thread each:
// node dist/bench/js/tokenizer.js [--json FILE]. The last line is the result.
import { Tokenizer } from '@huggingface/tokenizers';
import { AutoTokenizer, trainWordPiece } from 'gridstride';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { interquartileRange, median } from 'simple-statistics';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { packageRoot } from '../../lib/util/package_info.js';
import { summarize } from '../../lib/util/statistics.js';
import { report } from '../report.js';
import { timeCall } from './time_call.js';

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const ROUNDS = 7;
const ROUND = { minSamples: 5, maxTime: 0.2 };
const RIVAL = '@huggingface/tokenizers';
const TEXT = 'The quick brown fox jumps over the lazy dog, again and again, until somebody else takes over. ';

interface TextSet {
  name: string;
  texts: string[];
}

/** Texts short and long, real ones where they are there. */
function textSets(shared: string): TextSet[] {
  const real = [
    { name: 'sentences', file: 'data/sst2/train.tsv', count: 400 },
    { name: 'tweets', file: 'data/airline_tweets/Tweets.csv', count: 400 },
    { name: 'reviews', file: 'data/imdb_subset/train.tsv', count: 60 },
  ];
  return real.map(({ name, file, count }) => {
    const full = path.join(shared, file);
    if (!existsSync(full)) return { name: `made ${name}`, texts: new Array<string>(count).fill(TEXT) };
    const lines = readFileSync(full, 'utf8').split('\n');
    return { name, texts: lines.slice(1, count + 1).map((line) => line.slice(0, 20_000)) };
  });
}

async function tokenizerFolder(shared: string, made: string): Promise<string> {
  const real = path.join(shared, 'tokenizers/bert-base-uncased-minilm');
  if (existsSync(real)) return real;
  await (await trainWordPiece([TEXT], { minFrequency: 1 })).savePretrained(made);
  return made;
}

/** Ours and the rival's time in turn; the ratio is the median over the rounds. */
async function compare(set: TextSet, ours: () => void, theirs: () => void): Promise<BenchRow> {
  const characters = set.texts.reduce((sum, text) => sum + text.length, 0);
  const params = { texts: set.name, count: set.texts.length, characters };
  const [own, rival]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    own.push((await timeCall('ours', params, ours, ROUND)).medianMs);
    rival.push((await timeCall('theirs', params, theirs, ROUND)).medianMs);
  }
  const ratios = own.map((ms, i) => ms / rival[i]!);
  const times = summarize(own);
  const perSecond = (ms: number): string => (characters / ms / 1e3).toFixed(1);
  console.log(
    `encode ${set.name} (${params.count} texts, ${characters} characters): ${perSecond(times.medianMs)} million ` +
      `characters/s, ${RIVAL} ${perSecond(median(rival))}; ${(1 / median(ratios)).toFixed(1)} times as fast, ` +
      `spread ${interquartileRange(ratios.map((ratio) => 1 / ratio)).toFixed(2)}`,
  );
  return {
    name: 'tokenizer.encode, each text',
    params,
    ...times,
    rival: RIVAL,
    ratio: median(ratios),
    ratioIqr: interquartileRange(ratios),
  };
}

async function main(): Promise<void> {
  const shared = path.join(packageRoot(), '..', 'shared');
  const made = mkdtempSync(path.join(tmpdir(), 'gridstride-bench-'));
  try {
    const folder = await tokenizerFolder(shared, made);
    const read = (name: string): object => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as object;
    const rival = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json'));
    const tokenizer = await AutoTokenizer.fromPretrained(folder);
    const rows: BenchRow[] = [];
    for (const set of textSets(shared)) {
      const same = set.texts.every(
        (text) => String(tokenizer.encode(text).inputIds) === String(rival.encode(text).ids),
      );
      if (!same) throw new Error(`${set.name}: ids must equal those of ${RIVAL} before they are timed`);
      rows.push(
        await compare(
          set,
          () => set.texts.forEach((text) => tokenizer.encode(text)),
          () => set.texts.forEach((text) => rival.encode(text, { return_token_type_ids: true })),
        ),
      );
    }
    await report({ bench: 'tokenizer', rows, file: values.json });
  } finally {
    rmSync(made, { recursive: true });
  }
}

await main();
