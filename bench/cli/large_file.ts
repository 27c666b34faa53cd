import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

/** What a generated file holds. */
export interface LargeFile {
  texts: readonly string[];
  /** Of each row's text, about. */
  characters: number;
  /** One of the two bounds ends the file. */
  rows?: number;
  bytes?: number;
}

/** Writes JSONL of texts with labels, the same every time. @returns its rows */
export async function writeLargeFile(
  file: string,
  { texts, characters, rows = Infinity, bytes = Infinity }: LargeFile,
): Promise<number> {
  const lines = texts.map((text, i) => {
    const repeated = Array.from({ length: Math.ceil(characters / text.length) }, () => text).join(' ');
    return `${JSON.stringify({ text: repeated, label: i % 2 === 0 ? 'good' : 'poor' })}\n`;
  });
  const out = createWriteStream(file);
  let [written, count] = [0, 0];
  while (count < rows && written < bytes) {
    const line = lines[count % lines.length]!;
    written += line.length;
    count += 1;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await finished(out);
  return count;
}
