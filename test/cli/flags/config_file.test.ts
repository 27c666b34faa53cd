import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfigFile, settingsOf } from '../../../lib/cli/flags/config_file.js';
import { trainingFields } from '../../../lib/cli/flags/training_fields.js';
import { parseYaml } from '../../../lib/cli/flags/yaml_file.js';
import { ConfigError } from '../../../lib/util/errors.js';
import { temporaryFolder } from '../fixtures.js';

const read = (text: string) => settingsOf(parseYaml('train.yaml', text), trainingFields);

describe('a configuration file', () => {
  it('gives settings by any spelling of their names', () => {
    const text = 'num_train_epochs: 2\nlearning-rate: 2e-5 # small\nbf16: true\nreportTo: [console, jsonl]\n';
    const settings = { numTrainEpochs: 2, learningRate: 2e-5, bf16: true, reportTo: ['console', 'jsonl'] };
    expect(read(text)).toEqual(settings);
    expect(read('lr_scheduler_kwargs:\n  numCycles: 2\neval_steps: null\n')).toEqual({
      lrSchedulerKwargs: { numCycles: 2 },
    });
    expect(read('# nothing\n')).toEqual({});
    expect(read('saveSteps: &n 50\nevalSteps: *n\n')).toEqual({ saveSteps: 50, evalSteps: 50 });
  });

  it.each([
    ['seed: 1\nlearning_rate: fast\n', 'train.yaml:2: learning_rate must be a number from 0, got "fast"'],
    ['seed: 1\n\nbf16: yes\n', 'train.yaml:3: bf16 must be true or false, got "yes"'],
    [
      'learning_rat: 1\n',
      'train.yaml:1: a key must be the name of an option (see --help), got "learning_rat" (did you mean "learningRate"?)',
    ],
    ['seed: 1\nseed: 2\n', /^train.yaml:2: the file must be YAML of plain values, got: Map keys must be unique/],
    ['save_steps: 1\nsaveSteps: 2\n', 'train.yaml:2: saveSteps must be given once, got it again as saveSteps'],
    ['- seed\n', 'train.yaml:1: the file must map names of options to values, got ["seed"]'],
    ['seed: [1\nbf16: true', /^train.yaml:\d: the file must be YAML/],
    ['seed: !!js/function "function () {}"\n', /^train.yaml:1: .*Unresolved tag/],
    ['seed: !ENV x\n', /^train.yaml:1: .*Unresolved tag/],
    ['? [a]\n: 1\n', /^train.yaml:1: .*all keys must be strings/],
    ['__proto__: 1\n', /^train.yaml:1: a key must be the name/],
    ['[[['.repeat(200), /at most 500 brackets/],
    ['a: &a [1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n', /few aliases/],
  ])('refuses %j', (text, told) => {
    expect(() => read(text)).toThrow(ConfigError);
    expect(() => read(text)).toThrow(told);
  });

  it('is read whole, or refused: large, absent, a folder, other bytes', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'train.yaml');
    await writeFile(file, 'seed: 7\n');
    expect(await readConfigFile(file, trainingFields)).toEqual({ seed: 7 });
    expect(await readConfigFile(undefined, trainingFields)).toEqual({});
    await expect(readConfigFile(folder, trainingFields)).rejects.toThrow('must be a regular one');
    await expect(readConfigFile(path.join(folder, 'none'), trainingFields)).rejects.toThrow('got ENOENT');
    await writeFile(file, Uint8Array.of(0x61, 0xff, 0xfe));
    await expect(readConfigFile(file, trainingFields)).rejects.toThrow('no UTF-8');
    await writeFile(file, '#'.repeat(20_000));
    await expect(readConfigFile(file, trainingFields)).rejects.toThrow('at most 16384 bytes, got 20000');
  });
});
