import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runInProcess, runWith, temporaryFolder } from '../fixtures.js';
import { linesOf, REVIEWS, trainTiny, writeConfig, writeRows } from '../tiny_task.js';

const readJson = (...parts: string[]) =>
  JSON.parse(readFileSync(path.join(...parts), 'utf8')) as Record<string, unknown>;

describe('gridstride train', () => {
  it('trains by a file and flags, keeps the best model, and saves all of it in the output folder', async () => {
    const folder = temporaryFolder();
    const train = path.join(folder, 'train.csv');
    writeFileSync(train, `review,verdict\n${REVIEWS.map(({ text, label }) => `"${text}",${label}`).join('\n')}\n`);
    const yaml = path.join(folder, 'train.yaml');
    writeFileSync(yaml, 'text_column: review\nlabel_column: verdict\nnum_train_epochs: 99\neval_strategy: epoch\n');
    const best = ['--save-strategy', 'epoch', '--load-best-model-at-end', '--metric-for-best-model', 'eval_f1_macro'];
    const report = ['--report-to', 'html'];
    const flags = [
      '--config',
      yaml,
      '--eval',
      train,
      '--num-train-epochs',
      '8',
      ...best,
      ...report,
      '--max-length',
      '16',
      '--json',
    ];
    const { code, stdout, stderr } = await trainTiny(folder, train, ...flags);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('2 classes (good, poor)') as string });
    const out = path.join(folder, 'out');
    expect(JSON.parse(stdout)).toMatchObject({
      outputDir: out,
      globalStep: 24,
      evalAccuracy: 1,
      evalF1Macro: 1,
      epoch: 8,
    });
    const files = ['config.json', 'model.safetensors', 'tokenizer.json', 'training_args.json', 'data_args.json'];
    const results = ['train_results.json', 'eval_results.json', 'all_results.json', 'trainer_state.json'];
    expect(readdirSync(out)).toEqual(
      expect.arrayContaining([...files, ...results, 'checkpoint-3', 'report.html', 'pictures']),
    );
    expect(readdirSync(path.join(out, 'checkpoint-3'))).toContain('data_args.json');
    expect(readJson(out, 'config.json')).toMatchObject({
      id2label: { 0: 'good', 1: 'poor' },
      problem_type: 'single_label_classification',
    });
    expect(readJson(out, 'data_args.json')).toMatchObject({
      text_column: 'review',
      label_column: 'verdict',
      max_length: 16,
    });
    expect(readJson(out, 'trainer_state.json')).toMatchObject({ best_metric: 1, max_steps: 24 });
    const evaluated = await runInProcess('eval', '--model', out, '--data', train, '--json');
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ samples: 24, accuracy: 1, f1Macro: 1 });
    const loss = readJson(out, 'eval_results.json')['eval_loss'] as number;
    expect(Math.abs((JSON.parse(evaluated.stdout) as { loss: number }).loss - loss)).toBeLessThan(1e-5);
  });

  it('goes on from a saved folder, with its labels, and refuses one that training has not seen', async () => {
    const folder = temporaryFolder();
    const train = writeRows(path.join(folder, 'train.jsonl'), REVIEWS);
    const out = path.join(folder, 'out');
    expect((await trainTiny(folder, train, '--labels', 'poor,good')).code).toBe(0);
    const again = [
      'train',
      '--model',
      out,
      '--train',
      train,
      '--disable-tqdm',
      '--max-steps',
      '2',
      '--save-strategy',
      'no',
    ];
    const second = path.join(folder, 'second');
    expect(await runInProcess(...again, '--output-dir', second)).toMatchObject({ code: 0 });
    expect(readJson(second, 'config.json')['id2label']).toEqual({ 0: 'poor', 1: 'good' });
    const others = writeRows(
      path.join(folder, 'others.jsonl'),
      REVIEWS.map(({ text, label }) => ({ text, label: label === 'good' ? 'yes' : 'no' })),
    );
    const replaced = await runInProcess(...again.slice(0, 4), others, ...again.slice(5), '--output-dir', second);
    expect(replaced).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("other classes than the model's own: poor, good\n") as string,
    });
    expect(readJson(second, 'config.json')['id2label']).toEqual({ 0: 'no', 1: 'yes' });
    const third = await runWith(
      { stdin: '{"text":"a","label":"good"}\n{"text":"b","label":"god"}\n' },
      ...again.slice(0, 4),
      '-',
      '--output-dir',
      second,
    );
    expect(third).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'record 2: column label must hold labels of the training (poor, good), got "god" (did you mean "good"?)',
      ) as string,
    });
  });

  it('learns several labels a row, and numbers, by what the labels are', async () => {
    const folder = temporaryFolder();
    const several = REVIEWS.map(({ text, label }, i) => ({ text, label: i % 3 === 0 ? `${label};film` : label }));
    const train = writeRows(path.join(folder, 'several.jsonl'), several);
    const out = path.join(folder, 'out');
    const run = await trainTiny(folder, train, '--label-separator', ';', '--eval', train, '--max-steps', '3', '--json');
    expect(Object.keys(JSON.parse(run.stdout) as object)).toEqual(
      expect.arrayContaining(['evalF1Micro', 'evalSubsetAccuracy']),
    );
    expect(readJson(out, 'config.json')).toMatchObject({
      problem_type: 'multi_label_classification',
      id2label: { 0: 'film', 1: 'good', 2: 'poor' },
    });
    const scored = await runInProcess('eval', '--model', out, '--data', train, '--json');
    expect(Object.keys(JSON.parse(scored.stdout) as object)).toEqual([
      'loss',
      'samples',
      'f1Micro',
      'f1Macro',
      'subsetAccuracy',
    ]);
    const [first] = linesOf(
      (await runInProcess('predict', '--model', out, '--input', train, '--threshold', '0')).stdout,
    );
    expect((first!['labels'] as object[]).length).toBe(3);
    const numbers = writeRows(
      path.join(folder, 'numbers.jsonl'),
      REVIEWS.map(({ text, label }) => ({ text, label: label === 'good' ? 1.5 : -1 })),
    );
    expect((await trainTiny(folder, numbers, '--max-steps', '3')).stderr).toContain('regression');
    const regressed = await runInProcess('eval', '--model', out, '--data', numbers, '--json');
    expect(Object.keys(JSON.parse(regressed.stdout) as object)).toEqual([
      'loss',
      'samples',
      'mse',
      'mae',
      'r2',
      'pearson',
      'spearman',
    ]);
    const [value] = linesOf((await runInProcess('predict', '--model', out, '--input', numbers)).stdout);
    expect(value).toEqual({ value: expect.any(Number) as number });
    expect((await runInProcess('predict', '--model', out, '--input', numbers, '--top-k', '2')).stderr).toContain(
      '--top-k needs a model of classes',
    );
  });

  it('trains on windows of long texts, and evaluates whole texts as eval does by default from then on', async () => {
    const folder = temporaryFolder();
    const long = REVIEWS.map(({ text, label }, i) => ({ text: `${'this is '.repeat(i % 12)} ${text}`, label }));
    const train = writeRows(path.join(folder, 'long.jsonl'), long);
    const windows = ['--max-length', '12', '--stride', '3', '--combination', 'max'];
    const run = await trainTiny(folder, train, ...windows, '--eval', train, '--num-train-epochs', '2', '--json');
    const out = path.join(folder, 'out');
    expect(readJson(out, 'data_args.json')).toMatchObject({ max_length: 12, stride: 3, combination: 'max' });
    const { evalAccuracy, evalF1Macro } = JSON.parse(run.stdout) as Record<string, number>;
    const evaluated = await runInProcess('eval', '--model', out, '--data', train, '--json');
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ samples: 24, accuracy: evalAccuracy, f1Macro: evalF1Macro });
  });

  it.each([
    [['--train', 'none.csv'], 'none.csv: the file must be readable, got ENOENT'],
    [['--train-file', 'a.csv'], "unknown option '--train-file'"],
    [['--eval-strategy', 'epoch'], 'train: --eval-strategy epoch needs --eval, got none'],
    [['--load-best-model-at-end'], 'loadBestModelAtEnd needs evalStrategy and saveStrategy to be equal'],
    [['--stride', '4'], 'train: --stride needs --max-length, got none'],
    [['--max-length', '64'], "train: --max-length must be at most the model's 32, got 64"],
    [['--label-column', 'lable'], 'column lable must be there, got text, label (did you mean "label"?)'],
    [['--class-weights', '1,2,3'], 'train: --class-weights must be one for each of 2 classes, got 3'],
    [['--resume-from-checkpoint', 'latest'], 'resumeFromCheckpoint needs a checkpoint in outputDir'],
    [['--problem-type', 'regression'], 'reviews.jsonl:1: column label must hold numbers, got "good"'],
    [['--model', 'nowhere'], 'train: nowhere must be a folder or in the cache, got neither'],
    [['--model', './nowhere'], 'train: --model must exist, got ./nowhere'],
  ])('refuses %j', async (flags, told) => {
    const folder = temporaryFolder();
    const train = writeRows(path.join(folder, 'reviews.jsonl'), REVIEWS);
    const { code, stderr } = await trainTiny(folder, train, ...flags);
    expect({ code, told: stderr.trim().split('\n').at(-1) }).toEqual({
      code: 2,
      told: expect.stringContaining(told) as string,
    });
  });

  it('refuses a metric that evaluations do not give, before any training', async () => {
    const folder = temporaryFolder();
    const train = writeRows(path.join(folder, 'reviews.jsonl'), REVIEWS);
    const best = ['--eval', train, '--eval-strategy', 'epoch', '--metric-for-best-model', 'f1_macrо'];
    const { code, stderr } = await trainTiny(folder, train, ...best);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('--metric-for-best-model must be one of loss, accuracy, f1Macro') as string,
    ]);
  });

  it('tells of an earlier run in its folder, unless it goes on from it', async () => {
    const folder = temporaryFolder();
    const train = writeRows(path.join(folder, 'reviews.jsonl'), REVIEWS);
    const steps = (count: string) => ['--max-steps', count, '--save-strategy', 'steps', '--save-steps', '1'];
    const told = [];
    for (const flags of [
      [...steps('1'), '--eval', train],
      steps('1'),
      [...steps('2'), '--resume-from-checkpoint', 'latest'],
    ]) {
      told.push((await trainTiny(folder, train, ...flags)).stderr.includes('an earlier run left checkpoint-1'));
      expect('eval_loss' in readJson(path.join(folder, 'out'), 'all_results.json')).toBe(told.length === 1);
    }
    expect(told).toEqual([false, true, false]);
  });

  it('evaluates by the flags it was trained with, also where labels are numbers', async () => {
    const folder = temporaryFolder();
    const train = path.join(folder, 'numbers.csv');
    writeFileSync(
      train,
      `text,y\n${REVIEWS.map(({ text, label }) => `${text},${label === 'good' ? 0 : 1}`).join('\n')}\n`,
    );
    const flags = ['--label-column', 'y', '--eval', train, '--json'];
    const trained = await trainTiny(folder, train, ...flags, '--num-train-epochs', '2');
    const out = path.join(folder, 'out');
    const { evalAccuracy } = JSON.parse(trained.stdout) as { evalAccuracy: number };
    const evaluated = await runInProcess('eval', '--model', out, '--data', train, '--label-column', 'y', '--json');
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ samples: 24, accuracy: evalAccuracy });
    // Of a model whose classes have names, the numbers are their places, in training as in evaluation.
    const named = await trainTiny(path.join(folder), train, ...flags, '--labels', 'good,poor', '--max-steps', '2');
    expect(named.code).toBe(0);
    const again = ['--model', out, '--train', train, '--output-dir', path.join(folder, 'again'), '--max-steps', '1'];
    const more = await runInProcess('train', ...again, '--label-column', 'y', '--report-to', 'none', '--disable-tqdm');
    expect(more.stderr).toContain('2 classes (good, poor)');
    expect(more.stderr).not.toContain('other classes');
  });

  it('refuses a resume folder of another model', async () => {
    const folder = temporaryFolder();
    const train = writeRows(path.join(folder, 'reviews.jsonl'), REVIEWS);
    await trainTiny(folder, train, '--max-steps', '2', '--save-strategy', 'steps', '--save-steps', '1');
    const checkpoint = path.join(folder, 'out', 'checkpoint-2');
    const other = temporaryFolder();
    const paths = [
      '--model',
      writeConfig(other, { hidden_size: 32 }),
      '--train',
      train,
      '--output-dir',
      path.join(other, 'out'),
    ];
    const { code, stderr } = await runInProcess(
      'train',
      ...paths,
      '--disable-tqdm',
      '--resume-from-checkpoint',
      checkpoint,
    );
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('state must be of this model and optimizer, got another') as string,
    ]);
  });
});
