import { describe, expect, it } from 'vitest';
import { Dataset, type SquadQuestion } from '../../../lib/data/index.js';
import { DataError } from '../../../lib/util/errors.js';
import { sharedPath } from '../../shared.js';
import { streamOf, testFiles } from './files.js';

const file = testFiles();

const context = 'The 😀 of 𝒳 is é.';
const answer = (text: string, answer_start: number): object => ({ text, answer_start });
const question = (id: unknown, answers?: unknown, more: object = {}): object => ({
  id,
  question: `${id}?`,
  answers,
  ...more,
});
const squad = (...qas: unknown[]): string =>
  JSON.stringify({ version: '2.0', data: [{ title: 'T', paragraphs: [{ context, qas }] }] }, null, 1);

const read = (text: string, options = {}): Promise<Dataset<SquadQuestion>> =>
  Dataset.fromSquad(streamOf(text), options);

describe('Dataset.fromSquad', () => {
  it('reads questions with the UTF-16 places of their answers', async () => {
    // Python: "The 😀 of 𝒳 is é.".index("𝒳 is") == 9, .index("é") == 14
    const text = squad(
      question('a', [answer('𝒳 is', 9), answer('The', 0)]),
      question(7, [answer('é', 14)]),
      question('none', [], { is_impossible: true, plausible_answers: [answer('no', 99)] }),
      question('unasked'),
    );
    const rows = (await read(text)).toArray();
    const row = (id: string, texts: string[], answerStart: number[]): SquadQuestion => ({
      id,
      title: 'T',
      context,
      question: `${id}?`,
      answers: { text: texts, answerStart },
    });
    expect(rows).toEqual([
      row('a', ['𝒳 is', 'The'], [10, 0]),
      row('7', ['é'], [16]),
      row('none', [], []),
      row('unasked', [], []),
    ]);
    for (const { answers } of rows)
      answers.text.forEach((text, i) => expect(context.slice(answers.answerStart[i])).toMatch(new RegExp(`^${text}`)));
    for (const piece of [1, 7]) expect((await Dataset.fromSquad(streamOf(text, piece))).toArray()).toEqual(rows);
    expect((await read(text, { columns: ['question', 'id'] })).at(0)).toEqual({ question: 'a?', id: 'a' });
    expect((await read('{"data":[{"paragraphs":[]},{"paragraphs":[{"context":"","qas":[]}]}]}')).length).toBe(0);
    await expect(read(text, { columns: ['answer'] })).rejects.toThrow('did you mean "answers"');
  });

  it.each([
    [
      'an answer elsewhere',
      question('q', [answer('The', 1)]),
      'question "q": an answer must be in its context at answer_start, got "The" at 1',
    ],
    ['an answer behind the end', question('q', [answer('.', 99)]), 'got "." at 99'],
    ['an answer before the beginning', question('q', [answer('The', -1)]), 'got "The" at -1'],
    ['half a character', question('q', [answer('\ude00', 5)]), 'got "\\ude00" at 5'],
    ['an empty answer', question('q', [answer('', 3)]), 'got "" at 3'],
    [
      'an answer to an impossible question',
      question('q', [answer('The', 0)], { is_impossible: true }),
      'question "q": an impossible question must have no answers, got 1',
    ],
    ['no question', { id: 'q' }, 'question "q": a question question: must be a text'],
    ['no id', { question: 'x' }, 'record 1: a question id: must be a text'],
    [
      'a place that is none',
      question('q', [answer('a', 0.5)]),
      'a question answers.0.answer_start: must be an integer',
    ],
    ['answers that are none', question('q', 'x'), 'question "q": a question answers: must be a list'],
    ['a question that is none', 'q', 'record 1: a question must be an object'],
  ])('names the question of %s, and reads on', async (_, broken, told) => {
    const path = await file('.json', squad(question('before', []), broken, question('behind', [answer('is', 11)])));
    const error = await Dataset.load(path, { format: 'squad' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toContain(told);
    expect((error as Error).message.startsWith(`${path}:4: record 1: `)).toBe(true);
    expect(error).toMatchObject({ fields: { path, record: 1, ...(told.includes('"q"') && { id: 'q' }) } });
    const kept = await Dataset.fromSquad(path, { onError: () => undefined });
    expect(kept.column('id')).toEqual(['before', 'behind']);
  });

  it.each([
    ['[]', 'must be JSON with an object with "data" here'],
    ['{"data":[{"paragraphs":1}]}', 'record 1: an article paragraphs: must be a list'],
    ['{"data":[{"title":1,"paragraphs":[]}]}', 'record 1: an article title: must be a text'],
    ['{"data":[{"paragraphs":[]},{"paragraphs":[{"qas":[]}]}]}', 'record 2: a paragraph context: must be a text'],
    ['{"data":[{"paragraphs":[7]}]}', 'record 1: a paragraph must be an object'],
    ['{"data":[7]}', 'record 1: an article must hold a JSON object, got a number'],
    ['{"data":[{"title":]}', 'record 1: an article must be valid JSON'],
    ['{"data":[{', 'must be whole JSON, got its end too early'],
  ])('refuses %s', async (text, told) => {
    await expect(read(text)).rejects.toThrow(DataError);
    await expect(read(text)).rejects.toThrow(told);
  });

  it('gives the places of a long context in time that grows with it alone', async () => {
    const long = '😀 '.repeat(200_000);
    const qas = Array.from({ length: 5000 }, (_, i) => question(i, [answer('😀', 2 * (199_999 - i))]));
    const text = JSON.stringify({ data: [{ paragraphs: [{ context: long, qas }] }] });
    const rows = await read(text);
    expect(rows.at(4999).answers.answerStart).toEqual([3 * 195_000]);
  });

  it.skipIf(sharedPath('data/squad_v1.1') === undefined)('reads SQuAD', async () => {
    const dev = await Dataset.fromSquad(sharedPath('data/squad_v1.1/dev-v1.1-rebuilt.json')!);
    const isThere = ({ context: passage, answers }: SquadQuestion) =>
      answers.text.length > 0 && answers.text.every((text, i) => passage.startsWith(text, answers.answerStart[i]));
    expect(dev.toArray().filter((row) => !isThere(row))).toEqual([]);
    expect(dev.length).toBeGreaterThan(10_000);
  });
});
