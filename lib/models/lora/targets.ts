import { runInNewContext } from 'node:vm';
import { Linear } from '../../nn/linear.js';
import { joinName, type Module } from '../../nn/module.js';
import { ConfigError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import type { LoraConfig } from './config.js';

/** A linear layer as checkpoints name it: a layer, or a part of one that is fused. @internal */
export interface Target {
  /** `encoder.layer.0.attention.self.query` */
  name: string;
  layer: Linear;
  /** The part's own name; '' where the layer is not fused. */
  part: string;
  rows: readonly [begin: number, end: number];
}

/** Longest that an expression may take, in milliseconds: one from a file may be made never to end. */
const EXPRESSION_MS = 100;

/** Projections to queries and values, as the families name them. */
const USUAL = /(?:^|\.)(?:query|value|query_proj|value_proj|q_lin|v_lin|q_proj|v_proj|q|v|c_attn)$/;

/** All linear layers of a model. @internal */
export function linearLayers(model: Module): Target[] {
  return model.namedModules().flatMap(([path, layer]) => {
    if (!(layer instanceof Linear)) return [];
    let begin = 0;
    return layer.parts.map(({ name: part, features }): Target => {
      const rows = [begin, begin + features] as const;
      begin += features;
      return { name: joinName(path, part), layer, part, rows };
    });
  });
}

/** Whether a name is one of these or ends like one, as PEFT has it. @internal */
export function endsLike(name: string, ends: readonly string[]): boolean {
  return ends.some((end) => name === end || name.endsWith(`.${end}`));
}

/** Those of some names that an expression fits. @throws ConfigError when it is none, or takes too long */
function fitting(field: string, expression: string, all: readonly string[]): Set<string> {
  try {
    const code = 'names.filter((name) => new RegExp(expression).test(name))';
    return new Set(runInNewContext(code, { names: all, expression }, { timeout: EXPRESSION_MS }) as string[]);
  } catch (cause) {
    const got = `${shown(expression)} (${(cause as Error).message})`;
    throw new ConfigError(`lora: ${field} must be expressions, got ${got}`, { field, value: expression }, { cause });
  }
}

function chosenBy(field: string, wanted: string | readonly string[], all: readonly string[]): Set<string> {
  if (typeof wanted === 'string') return fitting(field, `^(?:${wanted})$`, all);
  return new Set(all.filter((name) => endsLike(name, wanted)));
}

/** The value of the first expression that a name's end fits. */
function byPattern<T>(field: string, table: Readonly<Record<string, T>>, all: readonly string[]): Map<string, T> {
  const values = new Map<string, T>();
  for (const [expression, value] of Object.entries(table))
    for (const name of fitting(field, `^(?:.*\\.)?(?:${expression})$`, all))
      if (!values.has(name)) values.set(name, value);
  return values;
}

/** Ranks and factors by the names of targets. @internal */
export function scalesOf(
  { r, loraAlpha, rankPattern, alphaPattern, useRslora }: LoraConfig,
  targets: readonly Target[],
): (target: Target) => { rank: number; scale: number } {
  const all = targets.map(({ name }) => name);
  const ranks = byPattern('rankPattern', rankPattern, all);
  const alphas = byPattern('alphaPattern', alphaPattern, all);
  return ({ name }) => {
    const rank = ranks.get(name) ?? r;
    const alpha = alphas.get(name) ?? loraAlpha;
    return { rank, scale: alpha / (useRslora ? Math.sqrt(rank) : rank) };
  };
}

/** Index of the layer that a name stands in; undefined: in none of those meant. */
function layerIndex(name: string, lists: string | readonly string[] | undefined | null): number | undefined {
  const parts = name.split('.');
  const meant = lists === undefined || lists === null ? undefined : [lists].flat();
  const at = parts.findLastIndex((part, i) => /^\d+$/.test(part) && (meant?.includes(parts[i - 1]!) ?? i > 0));
  return at < 0 ? undefined : Number(parts[at]);
}

function noneLeft(field: string, value: unknown, all: readonly string[]): ConfigError {
  const known = [...new Set(all.map((name) => name.split('.').at(-1)!))];
  return new ConfigError(
    `lora: ${field} must fit linear layers of the model, which end in ${known.join(', ')}; got ${shown(value)}`,
    { field, value, known },
  );
}

/** How targets are chosen. @internal */
export interface TargetRules {
  /** Whether a layer is left out of `all-linear` and of the usual targets. */
  isHead(target: Target): boolean;
  /** Whether every name must fit a layer. */
  isStrict: boolean;
}

/**
 * The linear layers that a config means.
 * @throws ConfigError naming the layers there are, when a name fits none
 * @internal
 */
export function chooseTargets(model: Module, config: LoraConfig, { isHead, isStrict }: TargetRules): Target[] {
  const layers = linearLayers(model);
  const all = layers.map(({ name }) => name);
  const { targetModules: wanted, excludeModules, layersToTransform, layersPattern } = config;
  let chosen: Target[];
  if (wanted === undefined || wanted === null)
    chosen = layers.filter((target) => USUAL.test(target.name) && !isHead(target));
  else if (wanted === 'all-linear') chosen = layers.filter((target) => !isHead(target));
  else {
    const ends = typeof wanted === 'string' || !isStrict ? [] : wanted;
    const unknown = ends.find((end) => !all.some((name) => endsLike(name, [end])));
    if (unknown !== undefined) throw noneLeft('targetModules', unknown, all);
    const names = chosenBy('targetModules', wanted, all);
    chosen = layers.filter(({ name }) => names.has(name));
  }
  const excluded = excludeModules ? chosenBy('excludeModules', excludeModules, all) : new Set<string>();
  const indices =
    layersToTransform === undefined || layersToTransform === null ? undefined : [layersToTransform].flat();
  const kept = chosen.filter(
    ({ name }) => !excluded.has(name) && (indices?.includes(layerIndex(name, layersPattern) ?? -1) ?? true),
  );
  if (kept.length > 0) return kept;
  throw noneLeft(chosen.length > 0 ? 'excludeModules and layersToTransform' : 'targetModules', wanted, all);
}
