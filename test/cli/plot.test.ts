import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { tinyTrainer } from '../train/tiny.js';
import { runInProcess, temporaryFolder } from './fixtures.js';

it('draws what a folder holds, names the files and says what is missing', async () => {
  const folder = temporaryFolder();
  await tinyTrainer(folder, { maxSteps: 2, saveStrategy: 'steps', saveSteps: 2 }).train();
  const { code, stdout, stderr } = await runInProcess('plot', folder);
  expect(code).toBe(0);
  const files = stdout.trim().split('\n');
  expect(files[0]).toBe(path.join(folder, 'report.html'));
  expect(files).toContain(path.join(folder, 'pictures', 'loss.svg'));
  for (const file of files) expect(existsSync(file)).toBe(true);
  expect(stderr).toContain('not drawn: confusion matrix: no predictions');
});

it('ends with one line and code 2 for a folder that holds no run, or a broken one', async () => {
  const folder = temporaryFolder();
  const none = await runInProcess('plot', folder);
  expect(none).toMatchObject({ code: 2, stdout: '' });
  expect(none.stderr).toMatch(/^gridstride: writeReport: the folder must hold trainer_state\.json.*\n$/);
  writeFileSync(path.join(folder, 'trainer_state.json'), '{"log_history": "<b>"}');
  expect((await runInProcess('plot', folder, '--json')).stderr).toMatch(
    /trainer_state\.json is not what a Trainer writes\n$/,
  );
});
