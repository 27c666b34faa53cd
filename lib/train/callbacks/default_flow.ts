import type { TrainerCallback, TrainerEvent } from './callback.js';

/** Asks for logging, evaluation, saving and the end when the arguments say so, as Hugging Face's `DefaultFlowCallback`. @internal */
export class DefaultFlowCallback implements TrainerCallback {
  onStepEnd({ args, state, control }: TrainerEvent): void {
    const { globalStep } = state;
    const isDue = (every: number | undefined) => every !== undefined && globalStep % every === 0;
    if (globalStep === 1 && args.loggingFirstStep) control.shouldLog = true;
    if (args.loggingStrategy === 'steps' && isDue(state.loggingSteps)) control.shouldLog = true;
    const evaluates = args.evalStrategy === 'steps' && args.evalDelay <= globalStep;
    if (evaluates && isDue(state.evalSteps)) control.shouldEvaluate = true;
    if (args.saveStrategy === 'steps' && isDue(state.saveSteps)) control.shouldSave = true;
    if (globalStep < state.maxSteps) return;
    control.shouldTrainingStop = true;
    if (evaluates) control.shouldEvaluate = true;
    if (args.saveStrategy === 'steps') control.shouldSave = true;
  }

  onEpochEnd({ args, state, control }: TrainerEvent): void {
    if (args.loggingStrategy === 'epoch') control.shouldLog = true;
    if (args.evalStrategy === 'epoch' && args.evalDelay <= state.epoch) control.shouldEvaluate = true;
    if (args.saveStrategy === 'epoch') control.shouldSave = true;
  }
}
