import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AutoModelForSequenceClassification, BertConfig, trainWordPiece } from '../../lib/index.js';

/** Files of a tiny classifier with its tokenizer, as a repository holds them. */
export async function tinyClassifier(maxShardSize?: number): Promise<Record<string, Buffer>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gridstride-repo-'));
  try {
    const tokenizer = await trainWordPiece(['win money now', 'see you at noon'], { vocabSize: 60, minFrequency: 1 });
    const sizes = { hiddenSize: 8, numHiddenLayers: 2, numAttentionHeads: 2, intermediateSize: 16, numLabels: 3 };
    const config = new BertConfig({ vocabSize: tokenizer.totalVocabSize, maxPositionEmbeddings: 16, ...sizes });
    using model = AutoModelForSequenceClassification.fromConfig(config, { seed: 3, device: 'cpu' });
    await tokenizer.savePretrained(folder);
    await model.savePretrained(folder, { maxShardSize });
    tokenizer.dispose();
    return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name))]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
