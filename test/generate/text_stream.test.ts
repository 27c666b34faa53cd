import { describe, expect, it } from 'vitest';
import { TextStream } from '../../lib/index.js';

/** A token is a byte; -1 is a special one. */
const bytes = {
  decode: (ids: readonly number[]) => new TextDecoder().decode(Uint8Array.from(ids.filter((id) => id >= 0))),
};

function piecesOf(ids: readonly number[]): string[] {
  const stream = new TextStream(bytes);
  return [...ids.map((id) => stream.push(id)), stream.end()];
}

describe('a stream of text', () => {
  it.each(['plain', 'naïve café', '日本語', 'a 👩‍🚀 b', ''])('gives whole characters only: %s', (text) => {
    const pieces = piecesOf([...new TextEncoder().encode(text)]);
    expect(pieces.join('')).toBe(text);
    for (const piece of pieces) expect(piece).not.toContain('\uFFFD');
    expect(pieces.filter((piece) => piece !== '')).toHaveLength([...text].length);
  });

  it('goes on behind bytes that are no character', () => {
    const ids = [97, 0xe6, 0x97, 98, 99];
    expect(piecesOf(ids).join('')).toBe(bytes.decode(ids));
    expect(piecesOf([97, 0xff]).join('')).toBe('a\uFFFD');
  });

  it('goes on behind what stands before it', () => {
    const words = {
      decode: (ids: readonly number[]) =>
        ids
          .map((id) => ` w${id}`)
          .join('')
          .trimStart(),
    };
    expect(new TextStream(words).push(1)).toBe('w1');
    expect(new TextStream(words, { after: [7] }).push(1)).toBe(' w1');
  });

  it('has nothing of tokens without text', () => {
    expect(piecesOf([-1, 97, -1, 98, -1])).toEqual(['', 'a', '', 'b', '', '']);
  });
});
