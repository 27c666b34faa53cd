import { describe, expect, it } from 'vitest';
import { unpackLz4 } from '../../../lib/data/readers/lz4_frame.js';

const le32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);

/** A frame of blocks; those of `stored` are not packed. */
function frame(blocks: { bytes: number[]; stored?: boolean }[], flags = 0x40): Uint8Array {
  const parts = blocks.flatMap(({ bytes, stored }) => [
    ...le32(bytes.length + (stored === true ? 0x80000000 : 0)),
    ...bytes,
    ...(flags & 0x10 ? le32(0) : []),
  ]);
  const size = flags & 0x08 ? new Array<number>(8).fill(0) : [];
  return Uint8Array.of(
    ...le32(0x184d2204),
    flags,
    0x40,
    ...size,
    0,
    ...parts,
    ...le32(0),
    ...(flags & 4 ? le32(0) : []),
  );
}

function unpack(bytes: Uint8Array, length: number): string {
  const out = new Uint8Array(length);
  unpackLz4(bytes, out);
  return Buffer.from(out).toString('latin1');
}

const letters = (text: string): number[] => [...Buffer.from(text)];

describe('LZ4 frames', () => {
  it('of packed and stored blocks refer to what was before them, near and far', () => {
    // "ab", then five letters from two back; then stored letters; then eight from nine back, and a last literal.
    const first = { bytes: [0x21, ...letters('ab'), 2, 0] };
    const last = { bytes: [0x04, 9, 0, 0x10, ...letters('!')] };
    const blocks = [first, { bytes: letters('xy'), stored: true }, last];
    for (const flags of [0x40, 0x60, 0x5c]) expect(unpack(frame(blocks, flags), 18)).toBe('abababaxyabababax!');
  });

  it('of long runs count on', () => {
    const literals = 'z'.repeat(15 + 255 + 3);
    const block = { bytes: [0xff, 255, 3, ...letters(literals), 1, 0, 255, 0] };
    expect(unpack(frame([block]), 273 + 15 + 255 + 4)).toBe('z'.repeat(547));
  });

  it.each([
    ['another format', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 1, 'no LZ4 frame'],
    ['another version', frame([], 0x80), 0, 'an LZ4 frame of flags 128'],
    ['a dictionary', frame([], 0x41), 0, 'an LZ4 frame of flags 65'],
    ['too much', frame([{ bytes: [0x21, ...letters('ab'), 2, 0] }]), 6, 'more than 6 bytes'],
    ['too much that is stored', frame([{ bytes: letters('abc'), stored: true }]), 2, 'more than 2 bytes'],
    ['too little', frame([{ bytes: letters('abc'), stored: true }]), 4, 'of 3 bytes where 4 belong'],
    ['a match before the start', frame([{ bytes: [0x11, 97, 2, 0] }]), 9, 'an LZ4 match 2 bytes back of 1'],
    ['a match of no distance', frame([{ bytes: [0x11, 97, 0, 0] }]), 9, 'an LZ4 match 0 bytes back'],
    ['half an offset', frame([{ bytes: [0x11, 97, 1] }]), 9, 'ends within an offset'],
    ['literals that are not there', frame([{ bytes: [0x50, 97] }]), 9, 'ends within its literals'],
    ['a length that does not end', frame([{ bytes: [0xf0, 255] }]), 9, 'ends within a length'],
    ['a block past the end', frame([{ bytes: [0x10, 97] }]).subarray(0, -6), 1, 'an LZ4 block of 2 bytes'],
    ['more behind the end', Uint8Array.of(...frame([{ bytes: [0x10, 97] }]), 0), 1, 'where 1 belong'],
  ])('with %s are refused', (_, bytes, length, told) => {
    expect(() => unpack(bytes, length)).toThrow(RangeError);
    expect(() => unpack(bytes, length)).toThrow(told);
  });
});
