import { FormatFault } from './fault.js';
import type { TorchContents } from './torch_file.js';
import type { TorchStorage, TorchTensor } from './torch_tensor.js';

/** How many times the file's bytes its tensors may take: views of one storage are read as copies. */
const MAX_COPIES = 16;
/** The same for the spans that strided views are picked from. */
const MAX_SWEEPS = 256;
const SMALL_BYTES = 64 << 20;

/** Tensors as native code takes them. */
export interface TensorRanges {
  names: string[];
  dtypes: string[];
  /** For each: first byte in the file, rank, sizes, strides. */
  layout: Float64Array;
}

/** Small pickles can describe much: views that are expanded, or thousands of one storage. */
function checkTotals(tensors: Iterable<TorchTensor>, fileBytes: number): void {
  let bytes = 0;
  let spans = 0;
  for (const tensor of tensors) {
    bytes += tensor.byteLength;
    spans += tensor.spanBytes;
  }
  if (bytes > MAX_COPIES * fileBytes + SMALL_BYTES || spans > MAX_SWEEPS * fileBytes + SMALL_BYTES)
    throw new FormatFault(
      `tensors must take at most ${MAX_COPIES} times the file's ${fileBytes} bytes, got ${bytes} bytes`,
    );
}

/**
 * Where tensors stand in their file.
 * @throws {FormatFault} A storage is not there, or the tensors would take far more memory than the file has bytes.
 */
export async function tensorRanges(
  contents: Pick<TorchContents, 'locate'>,
  fileBytes: number,
  tensors: ReadonlyMap<string, TorchTensor>,
): Promise<TensorRanges> {
  checkTotals(tensors.values(), fileBytes);
  const places = new Map<TorchStorage, number>();
  const layout: number[] = [];
  for (const { storage, byteOffset, shape, strides } of tensors.values()) {
    // A storage of no bytes need not be there.
    const place = storage.length === 0 ? 0 : (places.get(storage) ?? (await contents.locate(storage)));
    places.set(storage, place);
    layout.push(place + byteOffset, shape.length, ...shape, ...strides);
  }
  return {
    names: [...tensors.keys()],
    dtypes: Array.from(tensors.values(), ({ dtype }) => dtype),
    layout: Float64Array.from(layout),
  };
}
