import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataFormat, IterableDataset } from '../../../lib/data/index.js';
import { readArrow } from '../../../lib/data/readers/arrow/arrow.js';
import { unpackMessage } from '../../../lib/data/readers/arrow/arrow_bodies.js';
import type { ArrowMessage } from '../../../lib/data/readers/arrow/arrow_frames.js';
import { parquetFile } from '../../../lib/data/readers/parquet_rows.js';
import { DataError } from '../../../lib/util/errors.js';
import { PhiloxRandom } from '../../../lib/util/philox.js';
import { GOLDENS, streamOf } from './files.js';

/** A whole file that mutations start from. */
interface Seed {
  format: DataFormat;
  bytes: Uint8Array;
}

const text = (format: DataFormat, contents: string): Seed => ({ format, bytes: new TextEncoder().encode(contents) });
const golden = (format: DataFormat, name: string): Seed => ({ format, bytes: readFileSync(join(GOLDENS, name)) });

const RECORDS = Array.from({ length: 12 }, (_, id) => ({ id, text: `"é" ${id}\n, {[`, label: [id, null, true] }));

const SQUAD = JSON.stringify({
  version: 'v2.0',
  data: RECORDS.map(({ id, text }) => ({
    title: 'é',
    paragraphs: [
      {
        context: `😀 ${text}`,
        qas: [
          { id: `${id}`, question: 'who?', answers: [{ text: 'é', answer_start: 3 }], is_impossible: false },
          { id, question: 'what?', answers: [], is_impossible: true },
        ],
      },
    ],
  })),
});

/** Real files of every kind, by the name of the reader. */
export const SEEDS: Readonly<Record<string, readonly Seed[]>> = {
  csv: [
    text('csv', `text,label\n${RECORDS.map(({ id }) => `"say ""hi"",\nwell",${id}`).join('\r\n')}\n`),
    text('tsv', `text\tlabel\n${RECORDS.map(({ id }) => `some é text\t${id}`).join('\n')}\n`),
  ],
  text: [
    text('jsonl', RECORDS.map((record) => JSON.stringify(record)).join('\n')),
    text('json', JSON.stringify(RECORDS, null, 1)),
    text('text', 'one\ntwo é\n\n\r\nthree 😀\n'),
    text('conll', '-DOCSTART- -X- O\n\nEU NNP B-ORG\nrejects\tVBZ O\n\nPeter 😀 B-PER\r\né NNP I-PER\n'),
    text('squad', SQUAD),
  ],
  parquet: [
    ...['v1_plain', 'v1_dictionary', 'v2_plain', 'v2_dictionary', 'delta'],
    ...['snappy', 'gzip', 'brotli', 'zstd', 'lz4', 'none'],
  ].map((name) => golden('parquet', `${name}.parquet`)),
  arrow: ['views.feather', 'stream.arrows', 'file.arrow', 'lz4.feather', 'zstd.feather'].map((name) =>
    golden('arrow', name),
  ),
};

/** Some changes of bytes: set, flipped, dropped, repeated or cut off. */
function mutate(bytes: Uint8Array, random: PhiloxRandom): Uint8Array {
  let mutated = Uint8Array.from(bytes);
  for (let changes = 1 + random.nextBelow(4); changes > 0; changes--) {
    const at = random.nextBelow(mutated.length + 1);
    const length = 1 + random.nextBelow(8);
    const kind = random.nextBelow(20);
    if (kind < 10) mutated[at] = random.nextBelow(256);
    else if (kind < 14) mutated[at]! ^= 1 << random.nextBelow(8);
    else if (kind < 16) mutated[at] = random.nextBelow(2) * 255;
    else if (kind < 17) mutated = mutated.subarray(0, at);
    else if (kind < 19) mutated = Uint8Array.of(...mutated.subarray(0, at), ...mutated.subarray(at + length));
    else mutated = Uint8Array.of(...mutated.subarray(0, at + length), ...mutated.subarray(at));
  }
  return mutated;
}

/** Where what needs a file's end is written to. */
const PATH = join(tmpdir(), `gridstride_mutated_${process.pid}`);

/** Unpacks without a thread for each file. */
const IN_PROCESS = {
  unpack: (message: ArrowMessage) => Promise.resolve().then(() => unpackMessage(message)),
  close: () => Promise.resolve(),
};

async function countRows({ format, bytes }: Seed, isFile: boolean): Promise<number> {
  let count = 0;
  if (format === 'parquet') {
    const slice = (start: number, end: number = bytes.length): ArrayBuffer => {
      if (!(start >= 0 && start <= end && end <= bytes.length)) throw new RangeError('outside the file');
      return Uint8Array.from(bytes.subarray(start, end)).buffer;
    };
    const { groups } = await parquetFile({ byteLength: bytes.length, slice }, 'mutated', {});
    for await (const rows of groups) count += rows.length;
    return count;
  }
  if (isFile) writeFileSync(PATH, bytes);
  if (format === 'arrow') {
    for await (const { rows } of readArrow(isFile ? PATH : streamOf(bytes), {}, IN_PROCESS)) count += rows.length;
    return count;
  }
  for await (const _ of IterableDataset.load(isFile ? PATH : streamOf(bytes), { format })) count += 1;
  return count;
}

/** What became of mutated files. */
export interface HostileCounts {
  rows: number;
  refused: number;
  /** Longest time one took, in milliseconds. */
  slowest: number;
}

/** Reads mutated files; whatever is neither rows nor a {@link DataError} is thrown on, with the mutation's number. */
export async function readMutations(seeds: readonly Seed[], count: number, first = 0): Promise<HostileCounts> {
  const counts = { rows: 0, refused: 0, slowest: 0 };
  for (let number = first; number < first + count; number++) {
    const random = new PhiloxRandom(number);
    const seed = seeds[number % seeds.length]!;
    const start = performance.now();
    try {
      // Arrow files are read by their footers, streams from the front.
      const isFile = seed.format === 'arrow' && number % 4 !== 0;
      await countRows({ ...seed, bytes: mutate(seed.bytes, random) }, isFile);
      counts.rows += 1;
    } catch (error) {
      if (!(error instanceof DataError)) throw new Error(`mutation ${number} of ${seed.format}`, { cause: error });
      counts.refused += 1;
    }
    counts.slowest = Math.max(counts.slowest, performance.now() - start);
  }
  rmSync(PATH, { force: true });
  return counts;
}
