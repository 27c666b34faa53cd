import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { journeys, pairs, questions, textOf, TOPIC_NAMES } from '../../../examples/three_tasks/journeys.js';
import { read } from '../../../examples/three_tasks/serve.js';
import { makeTokenizer, readSettings } from '../../../examples/three_tasks/settings.js';
import { trainAll } from '../../../examples/three_tasks/train.js';
import { ConfigError } from '../../../lib/index.js';

const output = mkdtempSync(path.join(tmpdir(), 'gridstride_three_tasks_'));
afterAll(() => rmSync(output, { recursive: true }));

it('makes sentences whose questions have their answers in them, and pairs of either kind', () => {
  const all = journeys(64);
  for (const { context, answers } of questions(all))
    expect(context.startsWith(answers.text[0]!, answers.answerStart[0])).toBe(true);
  expect(new Set(questions(all).map(({ question }) => question)).size).toBe(3);
  expect(pairs(all).filter(({ label }) => label === 1)).toHaveLength(64);
  expect(() => readSettings(['--rows', 'all'])).toThrow(ConfigError);
});

it('trains a model for each task and serves them from their folders', async () => {
  const settings = { ...readSettings(['--output', output, '--rows', '64', '--epochs', '3']), learningRate: 5e-3 };
  const folders = await trainAll(await makeTokenizer(settings), settings);
  const all = journeys(8);
  const readings = await read(folders, all.map(textOf));
  let found = 0;
  readings.forEach(({ text, entities, who, where, topics }, i) => {
    const { person, place } = all[i]!;
    const spans = entities.map(({ entity_group: kind, start, end }) => `${kind} ${text.slice(start, end)}`);
    if (spans.join() === [`PER ${person}`, `LOC ${place}`].join()) found += 1;
    for (const { answer, start, end } of [who, where]) expect(answer).toBe(text.slice(start, end));
    expect([...topics.labels].sort()).toEqual([...TOPIC_NAMES].sort());
    expect(topics.scores.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });
  // Three passes over 64 sentences are enough for names alone.
  expect(found).toBeGreaterThanOrEqual(6);
});
