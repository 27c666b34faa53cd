import { DataCollatorWithPacking } from '../data/index.js';
import type { TrainerOptions } from './options.js';
import { LossFunction } from './step/loss.js';
import type { TrainableModel, TrainerCollator } from './types.js';

/** A model, with what a {@link Trainer} feeds it by and judges it by. @internal */
export interface FittedModel {
  model: TrainableModel;
  collator: TrainerCollator;
  loss: LossFunction;
}

/** What a Trainer of such options works with. @internal */
export function fitModel(options: TrainerOptions, model: TrainableModel): FittedModel {
  const { args, computeLoss, classWeights, dataCollator } = options;
  const { labelKind } = model;
  const collator = dataCollator ?? new DataCollatorWithPacking(labelKind === undefined ? {} : { labelKind });
  return { model, collator, loss: new LossFunction({ model, args, computeLoss, classWeights }) };
}
