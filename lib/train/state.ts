import { readJsonFile } from '../io/json_file.js';
import { CheckpointError } from '../util/errors.js';
import { camelKeys, pythonJson } from './arguments/python_json.js';

/** One line of {@link TrainerState.logHistory}: losses, rates and metrics by name, with the step and epoch. */
export type LogEntry = { step: number; epoch: number } & Record<string, number>;

/** What a callback keeps in checkpoints, in the form Python's Trainer writes. @internal */
export interface CallbackState {
  args: Record<string, unknown>;
  attributes: Record<string, unknown>;
}

/** Where a run stands. */
export interface TrainerState {
  /** Optimizer steps done. */
  globalStep: number;
  /** Optimizer steps of the whole run. */
  maxSteps: number;
  /** Epochs done, with the share of the running one. */
  epoch: number;
  numTrainEpochs: number;
  trainBatchSize: number;
  /** Intervals in steps, where the arguments gave shares. */
  loggingSteps: number;
  evalSteps: number | undefined;
  saveSteps: number;
  /** Tokens the model was trained on. */
  numInputTokensSeen: number;
  /** Floating point operations, estimated as Hugging Face does. */
  totalFlos: number;
  logHistory: LogEntry[];
  bestMetric: number | undefined;
  bestGlobalStep: number | undefined;
  bestModelCheckpoint: string | undefined;
  /** What callbacks keep in checkpoints, by their names. */
  statefulCallbacks: Record<string, CallbackState>;
}

/** The state before the first step. @internal */
export function freshState(): TrainerState {
  return {
    globalStep: 0,
    maxSteps: 0,
    epoch: 0,
    numTrainEpochs: 0,
    trainBatchSize: 0,
    loggingSteps: 500,
    evalSteps: undefined,
    saveSteps: 500,
    numInputTokensSeen: 0,
    totalFlos: 0,
    logHistory: [],
    bestMetric: undefined,
    bestGlobalStep: undefined,
    bestModelCheckpoint: undefined,
    statefulCallbacks: {},
  };
}

// Names of callbacks are class names: no key of the state itself.
function withCallbacks(state: object, statefulCallbacks: unknown): string {
  const text = pythonJson({ ...state, statefulCallbacks: null });
  const callbacks = JSON.stringify(statefulCallbacks, null, 2).replaceAll('\n', '\n  ');
  return text.replace('"stateful_callbacks": null', () => `"stateful_callbacks": ${callbacks}`);
}

/** The text of `trainer_state.json`, with the keys that Python's `TrainerState.load_from_json` takes. @internal */
export function stateText(state: TrainerState): string {
  const { statefulCallbacks, ...fields } = state;
  const absent = { bestMetric: null, bestGlobalStep: null, bestModelCheckpoint: null, evalSteps: 500 };
  const present = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const python = {
    isHyperParamSearch: false,
    isLocalProcessZero: true,
    isWorldProcessZero: true,
    trialName: null,
    trialParams: null,
  };
  return `${withCallbacks({ ...absent, ...present, ...python }, statefulCallbacks)}\n`;
}

/** In bytes: a log of every step of a long run. */
const LONGEST_STATE = 1 << 29;

const COUNTS = ['globalStep', 'maxSteps', 'epoch', 'numInputTokensSeen', 'totalFlos'] as const;
const OPTIONAL = { bestMetric: 'number', bestGlobalStep: 'number', bestModelCheckpoint: 'string' } as const;

function isEntry(value: unknown): value is LogEntry {
  if (typeof value !== 'object' || value === null) return false;
  return 'step' in value && 'epoch' in value && Object.values(value).every((item) => typeof item === 'number');
}

/**
 * Reads `trainer_state.json`, ours or Python's.
 * @throws CheckpointError when it is not there or not of this form
 * @internal
 */
export async function readState(file: string): Promise<TrainerState> {
  const json = (await readJsonFile(file, { maxBytes: LONGEST_STATE })) as Record<string, unknown>;
  const fail = (name: string): never => {
    throw new CheckpointError(`Trainer: ${name} in ${file} is not what a Trainer writes`, { path: file, name });
  };
  if (typeof json !== 'object' || json === null) fail('the value');
  const { stateful_callbacks: callbacks, log_history: history, ...rest } = json;
  const fields = camelKeys(rest) as Record<string, unknown>;
  const state = freshState();
  for (const name of COUNTS) {
    const value = fields[name];
    if (typeof value !== 'number' || !(value >= 0) || !Number.isFinite(value)) fail(name);
    state[name] = value as number;
  }
  if (!Number.isInteger(state.globalStep)) fail('globalStep');
  if (!Array.isArray(history)) return fail('log_history');
  state.logHistory = history.map((entry) => {
    const line = camelKeys(entry);
    return isEntry(line) ? line : fail('log_history');
  });
  for (const [name, type] of Object.entries(OPTIONAL)) {
    const value = fields[name] ?? undefined;
    if (value !== undefined && typeof value !== type) fail(name);
    Object.assign(state, { [name]: value });
  }
  if (typeof callbacks === 'object' && callbacks !== null)
    state.statefulCallbacks = callbacks as TrainerState['statefulCallbacks'];
  return state;
}
