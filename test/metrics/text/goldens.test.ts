import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chrf, corpusBleu, rougeScore, sacrebleu, sentenceBleu } from '../../../lib/metrics/index.js';
import { porterStem } from '../../../lib/metrics/text/porter_stemmer.js';
import { sharedPath } from '../../shared.js';
import { expectGolden, loadCases } from '../goldens.js';

it.each([
  ["made-up texts equal NLTK's and sacreBLEU's", 'text_goldens', 300],
  ["made-up answers equal those of SQuAD's script", 'answer_goldens', 15],
])('scores of %s', (_, file, least) => {
  const cases = loadCases(file);
  expect(cases.length).toBeGreaterThan(least);
  const wrong: string[] = [];
  for (const { name, run, expected } of cases) {
    try {
      expectGolden(run('arrays'), expected);
    } catch (error) {
      wrong.push(`${name}: ${(error as Error).message}`);
    }
  }
  expect(wrong).toEqual([]);
});

it("stems equal NLTK's", () => {
  const path = join(import.meta.dirname, '../../golden/metrics/text_goldens.json');
  const { inputs } = JSON.parse(readFileSync(path, 'utf8')) as { inputs: { words: string; stems: string } };
  const words = inputs.words.split(' ');
  expect(words.length).toBeGreaterThan(1000);
  expect(words.map((word) => `${word} ${porterStem(word)}`)).toEqual(
    inputs.stems.split(' ').map((stem, i) => `${words[i]} ${stem}`),
  );
});

const shared = sharedPath('goldens/metrics/generation.json');

it.skipIf(shared === undefined)('scores of real sentences equal those of NLTK, sacreBLEU and rouge_score', () => {
  const golden = JSON.parse(readFileSync(shared!, 'utf8')) as {
    references: string[];
    hypotheses: string[];
    nltk_corpus_bleu: Record<'method0', number>;
    nltk_sentence_bleu: Record<'method0', number[]>;
    sacrebleu: number;
    chrf: number;
    'chrf++': number;
    rouge: Record<string, number[]>[];
  };
  const { references, hypotheses } = golden;
  const words = (texts: readonly string[]): string[][] => texts.map((text) => text.split(' '));
  const [wanted, given] = [words(references), words(hypotheses)];
  const lists = wanted.map((reference) => [reference]);
  for (const smoothing of Object.keys(golden.nltk_corpus_bleu) as 'method0'[]) {
    expectGolden(corpusBleu(lists, given, { smoothing }), golden.nltk_corpus_bleu[smoothing]);
    const scores = given.map((hypothesis, i) => sentenceBleu([wanted[i]!], hypothesis, { smoothing }));
    expectGolden(scores, golden.nltk_sentence_bleu[smoothing]);
  }
  expectGolden(sacrebleu(hypotheses, references).score, golden.sacrebleu);
  expectGolden(chrf(hypotheses, references), golden.chrf);
  expectGolden(chrf(hypotheses, references, { wordOrder: 2 }), golden['chrf++']);
  const scores = hypotheses.map((hypothesis, i) => rougeScore(hypothesis, references[i]!));
  expectGolden(scores, golden.rouge);
});
