import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addFlags, pickFields } from '../../../lib/cli/flags/fields.js';
import { trainingArguments, trainingFields } from '../../../lib/cli/flags/training_fields.js';
import { TrainingArguments } from '../../../lib/train/index.js';

function parse(...args: string[]): Record<string, unknown> {
  const command = addFlags(new Command('train'), trainingFields, 'Training:');
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  command.parse(args, { from: 'user' });
  return pickFields(trainingFields, command.opts());
}

describe('flags of fields', () => {
  it('are one for every training argument, by its kebab-case name', () => {
    const help = addFlags(new Command('train'), trainingFields, 'Training:').helpInformation();
    const names = Object.keys(new TrainingArguments({ outputDir: 'out' }));
    expect(names.length).toBeGreaterThan(45);
    for (const name of names) expect(help).toContain(`--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)} `);
    expect(help).toMatch(/--learning-rate <value> +a number from 0 \(default:\s+0\.00005\)/);
  });

  it.each([
    [['--learning-rate', '2e-5'], { learningRate: 2e-5 }],
    [['--output-dir', '5'], { outputDir: '5' }],
    [['--bf16'], { bf16: true }],
    [['--bf16', 'False'], { bf16: false }],
    [['--no-bf16'], { bf16: false }],
    [['--report-to', 'console,jsonl'], { reportTo: ['console', 'jsonl'] }],
    [['--report-to', 'none'], { reportTo: 'none' }],
    [['--lr-scheduler-kwargs', '{"numCycles": 2}'], { lrSchedulerKwargs: { numCycles: 2 } }],
    [['--compile', '{"buckets":[]}'], { compile: { buckets: [] } }],
    [['--resume-from-checkpoint'], { resumeFromCheckpoint: true }],
    [['--resume-from-checkpoint', 'out/checkpoint-3'], { resumeFromCheckpoint: 'out/checkpoint-3' }],
    [['--save-steps', '0.1'], { saveSteps: 0.1 }],
    [[], {}],
  ])('read %j', (args, expected) => expect(parse(...args)).toEqual(expected));

  it.each([
    [['--learning-rate', 'fast'], /'--learning-rate <value>' argument 'fast' is invalid\. must be a number from 0\./],
    [['--num-train-epochs', '0'], /must be a number above 0/],
    [['--seed', '1.5'], /must be an integer from 0/],
    [['--optim', 'adam'], /must be one of adamw_torch, sgd, adafactor/],
    [['--report-to', 'console,wandb'], /must be none, all, or some of console/],
    [['--learning-rate', ''], /must be a number from 0/],
    [['--lerning-rate', '1'], /unknown option '--lerning-rate'\s+\(Did you mean --learning-rate\?\)/],
    [['--learning_rate', '1'], /Did you mean --learning-rate\?/],
  ])('refuse %j', (args, text) => expect(() => parse(...args)).toThrow(text));

  it('take the last checkpoint for "latest" and need an output folder', () => {
    const given = { outputDir: 'out', resumeFromCheckpoint: 'latest', numTrainEpochs: 2 };
    expect(trainingArguments('train', given)).toMatchObject({ resumeFromCheckpoint: true, numTrainEpochs: 2 });
    expect(() => trainingArguments('train', {})).toThrow('train: --output-dir must be given, got none');
  });
});
