import { type SharedParameters, shareParameters, unshareParameters } from '../../nn/sharing.js';
import type { PreTrainedModel } from './pretrained.js';

/** A model as another thread of this process opens it: a plain object for `postMessage` or `workerData`. */
export interface SharedModel {
  architecture: string;
  /** The object of its config.json. */
  config: Record<string, unknown>;
  device: string;
  /** The object of the adapter_config.json of a model that has an adapter. */
  adapter?: Record<string, unknown>;
  parameters: SharedParameters;
}

const shares = new WeakMap<PreTrainedModel, SharedModel>();

/** @internal */
export function shareModel(model: PreTrainedModel): SharedModel {
  const before = shares.get(model);
  if (before !== undefined) return before;
  const { architecture, config, device, peftConfig } = model;
  const shared: SharedModel = {
    architecture,
    config: config.toJson(),
    device,
    ...(peftConfig && { adapter: peftConfig.toJson() }),
    parameters: shareParameters(model),
  };
  shares.set(model, shared);
  return shared;
}

/** @internal */
export function unshareModel(model: PreTrainedModel): void {
  const shared = shares.get(model);
  if (shared === undefined) return;
  unshareParameters(shared.parameters);
  shares.delete(model);
}
