import { checkedSpan, type ByteSource } from '../../../lib/io/torch/byte_source.js';
import { readTorchContents, type TorchContents } from '../../../lib/io/torch/torch_file.js';
import { LoopPacer } from '../../../lib/util/yield.js';

/** Bytes in memory as a file's. */
export class BytesSource implements ByteSource {
  readonly size: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  read(at: number, length: number): Promise<Buffer> {
    return Promise.resolve(Buffer.from(this.#bytes.subarray(at, at + checkedSpan(this, at, length))));
  }
}

export function contentsOf(bytes: Buffer): Promise<TorchContents> {
  return readTorchContents(new BytesSource(bytes), new LoopPacer('test'));
}
