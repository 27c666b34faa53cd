import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runInProcess, runWith, temporaryFolder } from '../fixtures.js';
import { REVIEWS, writeConfig, writeRows } from '../tiny_task.js';

interface Output {
  best: { id: number; objective: number } | null;
  bestModel: string;
  trials: { params: object; modelParams: object; status: string }[];
}

/** A folder with rows and a configuration, and a search in it. */
function tinySearch(yaml: string) {
  const folder = temporaryFolder();
  const rows = writeRows(path.join(folder, 'rows.jsonl'), REVIEWS);
  const config = path.join(folder, 'search.yaml');
  const options = `train: ${rows}\neval: ${rows}\nmodel: ${writeConfig(folder)}\nmax_steps: 2\nsave_strategy: "no"\ndisable_tqdm: true\n`;
  writeFileSync(config, options + yaml);
  const out = path.join(folder, 'out');
  const run = (...more: string[]) => runInProcess('search', '--config', config, '--output-dir', out, ...more);
  return { folder, config, out, run, rows };
}

describe('gridstride search', () => {
  it('tries what the file says, tells of it, and keeps a model that predicts', async () => {
    const space =
      'strategy: grid\nmetric: eval_accuracy\nspace:\n  learning_rate: [1.0e-3, 1.0e-2]\nmodel_space:\n  hidden_dropout_prob: [0.3]\n';
    const { out, run, rows } = tinySearch(space);
    const { code, stdout, stderr } = await run('--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('trial 1: finished') as string });
    const { best, bestModel, trials } = JSON.parse(stdout) as Output;
    expect(trials.map(({ params }) => params)).toEqual([{ learningRate: 1e-3 }, { learningRate: 1e-2 }]);
    expect(trials[0]!.modelParams).toEqual({ hiddenDropoutProb: 0.3 });
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['search.json', 'search.png', 'search.svg', 'trials.csv']));
    expect(readFileSync(path.join(out, 'trials.csv'), 'utf8').split('\n')[0]).toMatch(
      /^id,status,objective,learningRate,model\.hidden/,
    );
    expect(JSON.parse(readFileSync(path.join(bestModel, 'config.json'), 'utf8'))).toMatchObject({
      hidden_dropout_prob: 0.3,
    });
    const evaluated = await runInProcess('eval', '--model', bestModel, '--data', rows, '--json');
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ accuracy: best!.objective });

    const again = await run();
    expect(again.stdout).toMatch(/learningRate.*\n.*finished/s);
    expect(again.stdout).toContain(`best: trial ${best!.id}, its model is in ${bestModel}`);
    expect(again.stderr).not.toContain('finished');
    expect(await run('--metric', 'loss')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('another metric') as string,
    });
  });

  it('ends with 130 when interrupted, and with 1 when no trial ran to its end', async () => {
    const { config, out, run } = tinySearch('space:\n  learning_rate: [1.0e+30]\ntrials: 1\nmax_grad_norm: 0\n');
    const controller = new AbortController();
    controller.abort('SIGINT');
    const stopped = await runWith({ signal: controller.signal }, 'search', '--config', config, '--output-dir', out);
    expect(stopped.code).toBe(130);
    const { code, stdout, stderr } = await run();
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('no trial ran to its end') as string });
    expect(stderr).toContain('trial 0: diverged, DataError');
  });

  const bad: [name: string, yaml: string, text: RegExp][] = [
    [
      'a range that is none',
      'space:\n  seed: [1, 2]\n  learning-rate: {type: uniform, min: 1}\n',
      /search\.yaml:9: .*learningRate must have .*min below max/,
    ],
    ['an unknown argument', 'space:\n  learning_rat: [1]\n', /search\.yaml:8: .*did you mean "learningRate"/],
    [
      'an unknown option of a range',
      'space:\n  seed: {type: int, min: 1, max: 2, stp: 1}\n',
      /got stp \(did you mean "step"/,
    ],
    [
      'a field that the config lacks',
      'model_space:\n  hidden_dropot_prob: [0]\n',
      /search\.yaml:8: .*did you mean "hiddenDropoutProb"/,
    ],
    ['a space that is no map', 'space: 7\n', /search\.yaml:7: space must map names/],
    ['no space', 'trials: 2\n', /must name a setting/],
    [
      'a metric there is not',
      'metric: f1\nspace:\n  seed: [1, 2]\n',
      /--metric must be one of loss, accuracy, f1Macro, got f1/,
    ],
  ];
  it.each(bad)('refuses %s', async (_, yaml, text) => {
    const { code, stderr } = await tinySearch(yaml).run();
    expect(code).toBe(2);
    expect(stderr).toMatch(text);
  });
});
