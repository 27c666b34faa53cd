import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(stringsOf);
}

/** The texts of every file below a folder: strings of JSON files, lines of all others. */
export function textsBelow(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  return paths.flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    const texts = path.endsWith('.json') ? stringsOf(JSON.parse(text)) : text.split('\n');
    return texts.filter((line) => line !== '');
  });
}

/** About `count` of the texts, evenly spread. */
export function sampleOf(texts: readonly string[], count: number): string[] {
  const step = Math.max(1, Math.floor(texts.length / count));
  return texts.filter((_, i) => i % step === 0);
}
