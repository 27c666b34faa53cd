import { describe, expect, it } from 'vitest';
import {
  Dataset,
  prepareLanguageModeling,
  prepareQuestionAnswering,
  prepareSeq2Seq,
  prepareTokenClassification,
} from '../../../lib/data/index.js';
import { goldenTokenizers, plain, taskGolden } from './task_golden.js';

const { names: labelNames, texts } = taskGolden;
const sentences = Dataset.fromArray(taskGolden.sentences);
const questions = Dataset.fromArray(taskGolden.questions);

describe.each(await goldenTokenizers())('with the tokenizer $name', ({ tokens, prepared }) => {
  it("labels the tokens of words as Python's example does, the first ones or all", async () => {
    for (const labelAllTokens of [false, true]) {
      const rows = await prepareTokenClassification(sentences, tokens, { labelNames, labelAllTokens, maxLength: 16 });
      const made = rows.toArray().map(({ inputIds, labels, wordIds }) => plain({ inputIds, labels, wordIds }));
      expect(made).toEqual(labelAllTokens ? prepared.allTokens : prepared.tokens);
    }
  });

  it('labels each word once where rows go on in windows', async () => {
    const rows = await prepareTokenClassification(sentences, tokens, { labelNames, maxLength: 8, stride: 2 });
    const whole = await prepareTokenClassification(sentences, tokens, { labelNames, maxLength: 64 });
    const labelled = (list: typeof rows, sample: number) =>
      list
        .toArray()
        .filter(({ sampleIndex }) => sampleIndex === sample)
        .flatMap(({ labels, wordIds }) =>
          [...labels.keys()].filter((t) => labels[t] !== -100).map((t) => [wordIds[t], labels[t]]),
        );
    expect(rows.length).toBeGreaterThan(whole.length);
    for (const sample of taskGolden.sentences.keys()) expect(labelled(rows, sample)).toEqual(labelled(whole, sample));
  });

  it("finds answers in windows as Python's example does, and says where tokens stand in the context", async () => {
    const rows = await prepareQuestionAnswering(questions, tokens, { maxLength: 40, stride: 10 });
    const made = rows.toArray().map((row) => {
      const { inputIds, startPositions, endPositions, sampleIndex } = row;
      return plain({ inputIds, startPositions, endPositions, sampleIndex });
    });
    expect(made).toEqual(prepared.windows);
    const answered = rows.toArray().filter(({ startPositions }) => startPositions > 0);
    expect(answered.length).toBeGreaterThan(3);
    for (const { startPositions, endPositions, sampleIndex, offsets } of answered) {
      const { context, answers } = taskGolden.questions[sampleIndex]!;
      const span = context.slice(offsets[2 * startPositions], offsets[2 * endPositions + 1]);
      expect(span).toContain(answers.text[0]);
      expect(span.length).toBeLessThan(answers.text[0]!.length + 4);
    }
  });

  it('joins texts into blocks as Python does, or keeps lines', async () => {
    const rows = Dataset.fromArray(texts.map((text) => ({ text })));
    const blocks = await prepareLanguageModeling(rows, tokens, { blockSize: 16 });
    expect(blocks.toArray().map(({ inputIds }) => Array.from(inputIds))).toEqual(prepared.blocks);
    const lines = await prepareLanguageModeling(rows, tokens, { blockSize: 10, lineByLine: true, wholeWords: true });
    const wanted = texts.map((text) => tokens.encode(text, { truncation: true, maxLength: 10, returnWordIds: true }));
    expect(lines.toArray().map((line) => plain(line))).toMatchObject(
      wanted.map(({ inputIds, wordIds }) => ({ inputIds, wordIds: wordIds!.map((word) => word ?? -1) })),
    );
    const short = await prepareLanguageModeling(rows, tokens, { blockSize: 60, wholeWords: true });
    const words = short.toArray().flatMap(({ wordIds }) => Array.from(wordIds!).filter((word) => word >= 0));
    expect(words).toEqual([...words].sort((a, b) => a - b));
  });

  it('encodes pairs as sources and targets', async () => {
    const rows = await prepareSeq2Seq(Dataset.fromArray(taskGolden.pairs), tokens, {
      maxLength: 12,
      maxTargetLength: 8,
    });
    const made = rows.toArray().map(({ inputIds, labels }) => plain({ inputIds, labels }));
    expect(made).toEqual(prepared.pairs);
    const told = await prepareSeq2Seq(Dataset.fromArray(taskGolden.pairs), tokens, { sourcePrefix: 'the ' });
    expect(Array.from(told.at(0).inputIds)).toEqual(tokens.encode('the who wrote it?').inputIds);
  });
});

describe('what cannot be prepared', async () => {
  const { tokens } = (await goldenTokenizers())[0]!;
  const labelled = (row: object) => prepareTokenClassification(Dataset.fromArray([row]), tokens, { labelNames });
  const asked = (row: object) => prepareQuestionAnswering(Dataset.fromArray([row]), tokens);
  const question = { question: 'who?', context: 'Ada wrote it' };

  it.each([
    [
      'fewer labels than words',
      { tokens: ['a', 'b'], tags: ['O'] },
      'each word must have a label, got 1 for 2 in row 0',
    ],
    ['an unknown label', { tokens: ['a'], tags: ['B-PERS'] }, 'got "B-PERS" (did you mean "B-PER"?) in row 0'],
    ['a number past the classes', { tokens: ['a'], tags: [5] }, 'I-LOC, got 5 in row 0'],
    ['no list of words', { tokens: 'a b', tags: [1] }, 'column tokens must hold lists of words, got "a b" in row 0'],
    ['another column', { words: ['a'], tags: [1] }, 'column must be one of words, tags, got tokens'],
  ])('%s', async (_, row, text) => {
    await expect(labelled(row)).rejects.toThrow(text);
  });

  it.each([
    [
      'an answer that is not in its context',
      { ...question, answers: { text: ['Eve'], answer_start: [0] } },
      'answers must stand in their context, got "Eve" at 0 in row 0, where the context has "Ada"',
    ],
    ['an answer at another place', { ...question, answers: [{ text: 'wrote', answer_start: 3 }] }, 'got "wrote" at 3'],
    ['an answer past the end', { ...question, answers: [{ text: 'Ada', answer_start: 99 }] }, 'the context has ""'],
    [
      'answers of another form',
      { ...question, answers: { text: ['Ada'] } },
      'column answers must hold texts and where',
    ],
    [
      'an empty context',
      { ...question, context: ' ', answers: [] },
      'a context must hold text, got an empty one in row 0',
    ],
  ])('%s', async (_, row, text) => {
    await expect(asked(row)).rejects.toThrow(text);
  });
});
