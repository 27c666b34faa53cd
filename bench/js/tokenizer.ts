// The native tokenizers beside @huggingface/tokenizers, in turn and on one thread each, and beside Python's tokenizers
// where --python names one that has the package: node dist/bench/js/tokenizer.js [--json FILE] [--python FILE]. The last
// line is the result.
import { Tokenizer } from '@huggingface/tokenizers';
import { AutoTokenizer, type PreTrainedTokenizer, trainByteLevelBpe, trainWordPiece } from 'gridstride';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { interquartileRange, median } from 'simple-statistics';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { packageRoot } from '../../lib/util/package_info.js';
import { summarize } from '../../lib/util/statistics.js';
import { report } from '../report.js';
import { timeCall } from './time_call.js';

const { values } = parseArgs({ options: { json: { type: 'string' }, python: { type: 'string' } } });
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

/** A kind of tokenizer and its folder: a real one, or one made in `made`; undefined where there is none. */
interface Kind {
  name: string;
  folder: (shared: string, made: string) => Promise<string | undefined>;
}

type Maker = (made: string) => Promise<PreTrainedTokenizer>;

/** Of a real folder, or of what is made in its place. */
function realOr(real: string, make: Maker): Kind['folder'] {
  return async (shared, made) => {
    const folder = path.join(shared, real);
    return existsSync(folder) ? folder : saved(await make(made), path.join(made, path.basename(real)));
  };
}

async function saved(tokenizer: PreTrainedTokenizer, folder: string): Promise<string> {
  await tokenizer.savePretrained(folder);
  tokenizer.dispose();
  return folder;
}

/** A family's layout around a SentencePiece model. */
function fromPieces(model: string, file: string, tokenizerClass: string): Maker {
  return async (made) => {
    const folder = mkdtempSync(path.join(made, 'pieces-'));
    copyFileSync(model, path.join(folder, file));
    const config = { tokenizer_class: tokenizerClass, add_bos_token: true };
    writeFileSync(path.join(folder, 'tokenizer_config.json'), JSON.stringify(config));
    return AutoTokenizer.fromPretrained(folder);
  };
}

const TINY = path.join(packageRoot(), 'test/golden/sentencepiece');

/** XLM-RoBERTa's layout of Marian's real model, of 32,000 pieces. */
async function unigramFolder(shared: string, made: string): Promise<string> {
  const real = path.join(shared, 'tokenizers/marian-opus-mt-en-mul/source.spm');
  const model = existsSync(real) ? real : path.join(TINY, 'fairseq.model');
  const make = fromPieces(model, 'sentencepiece.bpe.model', 'XLMRobertaTokenizer');
  return saved(await make(made), path.join(made, 'unigram'));
}

const KINDS: readonly Kind[] = [
  {
    name: 'WordPiece',
    folder: realOr('tokenizers/bert-base-uncased-minilm', () => trainWordPiece([TEXT], { minFrequency: 1 })),
  },
  {
    name: 'byte-level BPE',
    folder: realOr('tokenizers/gpt2-dialogpt-small', () =>
      trainByteLevelBpe([TEXT], { minFrequency: 1, tokenizerClass: 'GPT2Tokenizer' }),
    ),
  },
  {
    name: 'BPE of LLaMA',
    folder: realOr(
      'models/llama2c-stories260K',
      fromPieces(path.join(TINY, 'llama.model'), 'tokenizer.model', 'LlamaTokenizer'),
    ),
  },
  { name: 'Unigram', folder: unigramFolder },
  {
    name: 'WordLevel',
    folder: (shared) => {
      const folder = path.join(shared, 'models/bert-ticket-classifier-tiny');
      return Promise.resolve(existsSync(folder) ? folder : undefined);
    },
  },
];

/** Python's tokenizers, a text at a time: the best of some rounds in milliseconds. */
const PYTHON = `
import json, sys, time
from tokenizers import Tokenizer
folder, texts, rounds = json.load(sys.stdin)
tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
tokenizer.no_padding()
tokenizer.no_truncation()
times = []
for _ in range(rounds):
    start = time.perf_counter()
    for text in texts:
        tokenizer.encode(text)
    times.append(time.perf_counter() - start)
print(json.dumps([1e3 * t for t in times]))
`;

function timePython(python: string, folder: string, texts: readonly string[]): number[] {
  const input = JSON.stringify([path.resolve(folder), texts, ROUNDS]);
  const env = { ...process.env, TOKENIZERS_PARALLELISM: 'false', RAYON_NUM_THREADS: '1' };
  return JSON.parse(execFileSync(python, ['-c', PYTHON], { input, env, encoding: 'utf8' })) as number[];
}

/** Ours beside the rival's, round by round; the ratio is the median over the rounds. */
function rowOf(kind: string, set: TextSet, rival: string, own: number[], theirs: number[]): BenchRow {
  const characters = set.texts.reduce((sum, text) => sum + text.length, 0);
  const params = { kind, texts: set.name, count: set.texts.length, characters };
  const ratios = own.map((ms, i) => ms / theirs[i]!);
  const times = summarize(own);
  const perSecond = (ms: number): string => (characters / ms / 1e3).toFixed(1);
  console.log(
    `${kind}, ${set.name} (${params.count} texts, ${characters} characters): ${perSecond(times.medianMs)} million ` +
      `characters/s, ${rival} ${perSecond(median(theirs))}; ${(1 / median(ratios)).toFixed(1)} times as fast, ` +
      `spread ${interquartileRange(ratios.map((ratio) => 1 / ratio)).toFixed(2)}`,
  );
  const ratio = { ratio: median(ratios), ratioIqr: interquartileRange(ratios) };
  return { name: 'tokenizer.encode, each text', params, ...times, rival, ...ratio };
}

/** Ours and the rivals' time in turn. */
async function compare(kind: string, set: TextSet, folder: string): Promise<BenchRow[]> {
  const read = (name: string): object => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as object;
  const rival = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json'));
  const tokenizer = await AutoTokenizer.fromPretrained(folder);
  const { texts } = set;
  const different = texts.filter((text) => String(tokenizer.encode(text).inputIds) !== String(rival.encode(text).ids));
  // The rival knows only the most frequent rules of SentencePiece's normaliser, and letters of ASCII alone in words.
  if (different.length > texts.length / 50) {
    throw new Error(
      `${set.name}: ids must equal those of ${RIVAL} before they are timed, got ${different.length} others`,
    );
  }
  const { python } = values;
  const [own, theirs, pythons]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    const ours = (): void => set.texts.forEach((text) => tokenizer.encode(text));
    const other = (): void => set.texts.forEach((text) => rival.encode(text, { return_token_type_ids: true }));
    own.push((await timeCall('ours', {}, ours, ROUND)).medianMs);
    theirs.push((await timeCall('theirs', {}, other, ROUND)).medianMs);
    if (python !== undefined) pythons.push(Math.min(...timePython(python, folder, set.texts)));
  }
  const rows = [rowOf(kind, set, RIVAL, own, theirs)];
  if (python !== undefined) rows.push(rowOf(kind, set, 'tokenizers (Python)', own, pythons));
  return rows;
}

async function main(): Promise<void> {
  const shared = path.join(packageRoot(), '..', 'shared');
  const made = mkdtempSync(path.join(tmpdir(), 'gridstride-bench-'));
  try {
    const rows: BenchRow[] = [];
    for (const kind of KINDS) {
      const folder = await kind.folder(shared, made);
      if (folder === undefined) {
        console.log(`skipped: ${kind.name}, whose real folder is not on this machine`);
        continue;
      }
      for (const set of textSets(shared)) rows.push(...(await compare(kind.name, set, folder)));
    }
    if (values.python === undefined) console.log("skipped: Python's tokenizers, no --python");
    await report({ bench: 'tokenizer', rows, file: values.json });
  } finally {
    rmSync(made, { recursive: true });
  }
}

await main();
