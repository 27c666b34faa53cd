import { Adafactor } from '../../optim/adafactor.js';
import { AdamW } from '../../optim/adamw.js';
import type { Optimizer, ParameterGroup } from '../../optim/optimizer.js';
import { SGD } from '../../optim/sgd.js';
import type { TrainingArguments } from '../arguments/training_arguments.js';

/** The optimizer that the arguments ask for, set up as Hugging Face's Trainer does. @internal */
export function makeOptimizer(args: TrainingArguments, groups: readonly ParameterGroup[]): Optimizer {
  const { learningRate: lr, adamBeta1, adamBeta2, adamEpsilon } = args;
  switch (args.optim) {
    case 'sgd':
      return new SGD(groups, { lr });
    case 'adafactor':
      return new Adafactor(groups, { lr });
    case 'adamw_torch':
      return new AdamW(groups, { lr, betas: [adamBeta1, adamBeta2], eps: adamEpsilon });
  }
}
