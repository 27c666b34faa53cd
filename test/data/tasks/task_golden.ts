import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AutoTokenizer, type PreTrainedTokenizer } from '../../../lib/tokenizers/index.js';

type Ids = number[][];

/** A batch of one of Python's collators. */
export interface GoldenBatch {
  inputIds: number[][];
  attentionMask: number[][];
  labels: number[][];
}

/** What Python makes of the rows with one tokenizer. */
interface TokenizerGolden {
  name: string;
  tokenizer: string;
  config: Record<string, unknown>;
  prepared: {
    tokens: { inputIds: number[]; labels: number[]; wordIds: number[] }[];
    allTokens: { inputIds: number[]; labels: number[]; wordIds: number[] }[];
    windows: { inputIds: number[]; startPositions: number; endPositions: number; sampleIndex: number }[];
    blocks: Ids;
    pairs: { inputIds: number[]; labels: number[] }[];
  };
  batches: Record<
    'tokenClassification' | 'seq2seq' | 'maskedLanguageModeling' | 'causalLanguageModeling' | 'multipleChoice',
    GoldenBatch
  >;
}

interface TaskGolden {
  texts: string[];
  names: string[];
  sentences: { tokens: string[]; tags: string[] }[];
  questions: { question: string; context: string; answers: { text: string[]; answer_start: number[] } }[];
  pairs: { source: string; target: string }[];
  tokenizers: TokenizerGolden[];
}

const file = fileURLToPath(new URL('../../golden/tasks/task_goldens.json', import.meta.url));

/** Rows of each task, and what Python makes of them. */
export const taskGolden = JSON.parse(readFileSync(file, 'utf8')) as TaskGolden;

/** The tokenizers of the golden, by name. */
export async function goldenTokenizers(): Promise<(TokenizerGolden & { tokens: PreTrainedTokenizer })[]> {
  return Promise.all(
    taskGolden.tokenizers.map(async (golden) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'gridstride_tasks_'));
      try {
        writeFileSync(path.join(folder, 'tokenizer.json'), golden.tokenizer);
        writeFileSync(path.join(folder, 'tokenizer_config.json'), JSON.stringify(golden.config));
        return { ...golden, tokens: await AutoTokenizer.fromPretrained(folder) };
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
  );
}

/** Plain lists of typed ones. */
export function plain(row: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]: [string, unknown]) => [
      name,
      ArrayBuffer.isView(value) ? Array.from(value as Int32Array) : value,
    ]),
  );
}
