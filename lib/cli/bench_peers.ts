import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { ConfigError } from '../util/errors.js';
import { integer, parseFields } from '../util/fields.js';
import { packageRoot } from '../util/package_info.js';
import { pathField } from './classify/options.js';
import { dataFields } from './flags/data_fields.js';
import { addFlags, type Fields, flagName, pickFields } from './flags/fields.js';
import type { CliIo, RegisterVerb } from './io.js';
import { columnsOf } from './task/columns.js';
import { readRows } from './task/read_rows.js';

/** What may be timed, and on which sides. @internal */
export const PEER_CHOICES = {
  works: ['inference', 'training', 'pipeline', 'memory'],
  dtypes: ['f32', 'bf16', 'f16', 'int8'],
  peers: ['onnxruntime', 'transformers.js', 'pytorch'],
} as const;

type Choice<Name extends keyof typeof PEER_CHOICES> = (typeof PEER_CHOICES)[Name][number];

function someOf<const T extends string>(...known: readonly T[]) {
  const isKnown = (v: unknown): v is T[] => Array.isArray(v) && v.length > 0 && v.every((each) => known.includes(each));
  return z.custom<T[]>(isKnown, `must be a list of ${known.join(', ')}`);
}

const MAX_LENGTH = 512;
const isLength = (v: unknown) => v === 'real' || integer({ max: MAX_LENGTH }).safeParse(Number(v)).success;

const fields = {
  models: z
    .custom<string[]>((v) => Array.isArray(v) && v.length > 0 && v.every((each) => typeof each === 'string'))
    .optional()
    .describe('minilm, distilbert, bert-base (random weights), or folders; by default all, and a real MiniLM if found'),
  works: someOf(...PEER_CHOICES.works)
    .default([...PEER_CHOICES.works])
    .describe(PEER_CHOICES.works.join(', ')),
  batch: z
    .custom<number[]>((v) => Array.isArray(v) && v.every((n) => integer().safeParse(n).success), 'must be sizes')
    .optional()
    .describe('sequences of a batch: 1,8,32, in training those of the model'),
  lengths: z
    .custom<string[]>((v) => Array.isArray(v) && v.every(isLength), `must be numbers up to ${MAX_LENGTH}, or real`)
    .optional()
    .describe('tokens of each sequence: 16,128,512,real, in training 128'),
  dtypes: someOf(...PEER_CHOICES.dtypes)
    .default(['f32', 'bf16', 'int8'])
    .describe(PEER_CHOICES.dtypes.join(', ')),
  peers: someOf(...PEER_CHOICES.peers)
    .default([...PEER_CHOICES.peers])
    .describe(PEER_CHOICES.peers.join(', ')),
  rounds: integer().default(7).describe('timed runs of each side, in turn'),
  threads: integer().optional().describe('compute threads of each side; else all cores'),
  texts: pathField('file of real texts: their lengths, and what the pipelines are given'),
  maxLength: integer({ max: MAX_LENGTH }).default(256).describe('most tokens of a real text'),
  cache: pathField('folder for models and graphs; else build/bench/peers'),
  python: pathField('a Python with torch, transformers, onnx and onnxruntime; else python3'),
  json: pathField('file for the result, which is the last line, too'),
} satisfies Fields;
const { textColumn, format, header, quote } = dataFields;
const textFields = { textColumn, format, header, quote };

/** Settings of the bench. @internal */
export interface PeersOptions {
  readonly models: readonly string[] | undefined;
  readonly works: readonly Choice<'works'>[];
  readonly batch: readonly number[] | undefined;
  /** Numbers, or `real`. */
  readonly lengths: readonly string[] | undefined;
  readonly dtypes: readonly Choice<'dtypes'>[];
  readonly peers: readonly Choice<'peers'>[];
  readonly rounds: number;
  readonly threads: number | undefined;
  readonly texts: readonly string[] | undefined;
  readonly maxLength: number;
  readonly cache: string;
  readonly python: string;
  readonly json: string | undefined;
}

/** The bench itself: a checkout has it compiled, the package does not. @internal */
export interface PeersBench {
  benchPeers(options: PeersOptions, io: CliIo): Promise<void>;
}

const TEXTS = 1000;

async function textsOf(file: string, columns: ReturnType<typeof columnsOf>, io: CliIo): Promise<string[]> {
  const texts: string[] = [];
  for await (const rows of readRows('bench peers', file, { columns }, io)) {
    texts.push(...rows.map(({ text }) => text));
    if (texts.length >= TEXTS) break;
  }
  return texts.slice(0, TEXTS);
}

async function loadBench(): Promise<PeersBench> {
  const file = path.join(packageRoot(), 'dist', 'bench', 'peers', 'main.js');
  if (existsSync(file)) return (await import(pathToFileURL(file).href)) as PeersBench;
  const rule = 'the rivals must be there; the installed package has none, a source checkout has them once built';
  throw new ConfigError(`bench peers: ${rule} (npm run build), got none at ${file}`, { file });
}

async function benchPeers(given: Readonly<Record<string, unknown>>, io: CliIo): Promise<void> {
  const options = parseFields('bench peers', fields, pickFields(fields, given), flagName);
  const texts = parseFields('bench peers', textFields, pickFields(textFields, given), flagName);
  const { texts: file } = options;
  const bench = await loadBench();
  await bench.benchPeers(
    {
      models: options.models,
      works: options.works,
      batch: options.batch,
      lengths: options.lengths?.map(String),
      dtypes: options.dtypes,
      peers: options.peers,
      rounds: options.rounds,
      threads: options.threads,
      texts: file === undefined ? file : await textsOf(file, columnsOf('bench peers', file, texts), io),
      maxLength: options.maxLength,
      cache: options.cache ?? path.join(packageRoot(), 'build', 'bench', 'peers'),
      python: options.python ?? 'python3',
      json: options.json,
    },
    io,
  );
}

/**
 * The subcommand `bench peers`.
 * @internal
 */
export const registerBenchPeers: RegisterVerb = (bench, io) => {
  const verb = bench
    .command('peers')
    .description('time models beside onnxruntime, transformers.js and PyTorch (source checkout only), in turn');
  addFlags(verb, fields, 'Options:');
  addFlags(verb, textFields, 'Texts:');
  verb.action((options: Record<string, unknown>) => benchPeers(options, io));
};
