/** GPT-2's alphabet: a printable character for each byte; the twin of native/text/byte_alphabet.cc. */
const CHARACTERS = Array.from({ length: 256 }, (_, byte) => {
  const isPrintable = (b: number): boolean => (b > 0x20 && b < 0x7f) || (b > 0xa0 && b !== 0xad);
  if (isPrintable(byte)) return String.fromCharCode(byte);
  let place = 0;
  for (let b = 0; b < byte; b++) if (!isPrintable(b)) place += 1;
  return String.fromCharCode(0x100 + place);
});

const BYTES = new Map(CHARACTERS.map((character, byte) => [character, byte]));

/** The characters that stand for bytes 0 to 255. @internal */
export const byteAlphabet: readonly string[] = CHARACTERS;

const utf8 = new TextEncoder();

/** The bytes that tokens stand for; a token that holds anything else stands for its own text. @internal */
export function bytesOfTokens(tokens: readonly string[]): Uint8Array {
  const bytes: number[] = [];
  for (const token of tokens) {
    const own = Array.from(token, (character) => BYTES.get(character));
    for (const byte of own.every((b) => b !== undefined) ? own : utf8.encode(token)) bytes.push(byte!);
  }
  return Uint8Array.from(bytes);
}

/** The text of bytes; what is no UTF-8 becomes U+FFFD. @internal */
export function textOfBytes(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
