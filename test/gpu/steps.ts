/** Test files of each step of a proof on hardware, beneath test/; each step is a process of its own. */
export const STEPS: Readonly<Record<string, readonly string[]>> = {
  ops: ['ops/cuda.test.js', 'ops/sample_tokens.test.js', 'ops/attention_decode.test.js'],
  models: ['models/goldens.test.js', 'models/dropout.test.js'],
  training: ['train/training_golden.test.js'],
  trainer: ['train/trainer.test.js'],
  capture: ['tensor/capture.test.js', 'train/compile.test.js'],
  faults: ['native/cuda/device_faults.test.js'],
};
