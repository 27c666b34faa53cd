import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { StopOnSignal } from '../../../lib/cli/train/stop_on_signal.js';
import { AbortError } from '../../../lib/util/errors.js';
import { tinyTrainer, weightsOf } from '../../train/tiny.js';
import { temporaryFolder } from '../fixtures.js';

it.each(['onStepEnd', 'onEvaluate'] as const)(
  'a signal at %s ends the run in a checkpoint that loses nothing',
  async (event) => {
    const [folder, whole] = [temporaryFolder(), temporaryFolder()];
    const controller = new AbortController();
    const aborts = {
      [event]: ({ state }: { state: { globalStep: number } }) => {
        if (state.globalStep === 4) controller.abort('SIGTERM');
      },
    };
    const init = { evalStrategy: 'steps', evalSteps: 2, saveTotalLimit: 1 } as const;
    const stopped = tinyTrainer(folder, init, { callbacks: [aborts, new StopOnSignal(controller.signal)] });
    const error = await stopped.train().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AbortError);
    expect(String(error)).toMatch(/train: stopped by SIGTERM, go on with --resume-from-checkpoint .*checkpoint-4$/);
    expect(existsSync(path.join(folder, 'checkpoint-4', 'trainer_state.json'))).toBe(true);
    const resumed = tinyTrainer(folder, { ...init, resumeFromCheckpoint: path.join(folder, 'checkpoint-4') });
    await resumed.train();
    const uninterrupted = tinyTrainer(whole, init);
    await uninterrupted.train();
    expect(await weightsOf(resumed)).toEqual(await weightsOf(uninterrupted));
  },
);
