import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { FormatFault } from '../../../lib/io/torch/fault.js';
import { findTensors } from '../../../lib/io/torch/find_tensors.js';
import { readTorchObject } from '../../../lib/io/torch/read_torch.js';
import { tensorRanges } from '../../../lib/io/torch/torch_ranges.js';
import { Tensor } from '../../../lib/tensor/tensor.js';
import { CheckpointError } from '../../../lib/util/errors.js';
import { LoopPacer } from '../../../lib/util/yield.js';
import golden from '../../golden/torch_goldens.json' with { type: 'json' };
import { mutated } from '../../mutate.js';
import { contentsOf } from './source_bytes.js';

const SEED = 5;
/** Of so many mutated files, one is read as users read it: from the disk, with its tensors. */
const WHOLE_EVERY = 200;
/** A busy machine may take a while; what hangs takes longer. */
const LONGEST_MS = 20_000;

const { tensors, optimizer, scheduler, numpy, plain } = golden;
const FILES = [
  ...[tensors.dtypes, tensors.views, tensors.state_dict].flatMap(({ zip, legacy }) => [zip, legacy]),
  tensors.protocol_4.zip,
  ...[optimizer.zip, optimizer.legacy, scheduler.zip, numpy.zip, plain.files['protocol 0'], plain.legacy],
].map((base64) => Buffer.from(base64, 'base64'));

/** Whether the file was read; what it says of tensors must then lie in it. */
async function isRead(bytes: Buffer): Promise<boolean> {
  try {
    const contents = await contentsOf(bytes);
    const sites = await findTensors([contents.value], new LoopPacer('test'));
    const found = new Map(sites.map(({ tensor }, i) => [String(i), tensor]));
    const { layout } = await tensorRanges(contents, bytes.length, found);
    let at = 0;
    for (const tensor of found.values()) {
      const begin = layout[at]!;
      if (begin < 0 || begin + tensor.spanBytes > bytes.length)
        throw new Error(`${tensor.text} at ${begin} is outside`);
      at += 2 + 2 * layout[at + 1]!;
    }
    return true;
  } catch (error) {
    if (error instanceof FormatFault) return false;
    throw error;
  }
}

async function readWhole(path: string, bytes: Buffer): Promise<void> {
  writeFileSync(path, bytes);
  try {
    const dispose = (value: unknown): void => {
      if (value instanceof Tensor) value.dispose();
      else if (Array.isArray(value) || value instanceof Map) for (const item of value.values()) dispose(item);
    };
    dispose(await readTorchObject(path, { device: 'cpu' }));
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
  }
}

/** Reads `count` mutations of the goldens and of `more` files: each is read or refused, in bounded time. */
export async function runMutations(
  count: number,
  folder: string,
  more: readonly Buffer[] = [],
): Promise<{ read: number; refused: number }> {
  const files = [...FILES, ...more];
  const path = join(folder, 'mutated.pt');
  let read = 0;
  for (let i = 0; i < count; i++) {
    const bytes = mutated(files[i % files.length]!, SEED, i);
    const start = performance.now();
    try {
      if (await isRead(bytes)) read++;
      if (i % WHOLE_EVERY === 0) await readWhole(path, bytes);
    } catch (error) {
      throw new Error(`mutation ${i} of seed ${SEED}: ${(error as Error).stack}`, { cause: error });
    }
    expect(performance.now() - start, `mutation ${i} of seed ${SEED}`).toBeLessThan(LONGEST_MS);
  }
  return { read, refused: count - read };
}
