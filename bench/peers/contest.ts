import { setTimeout as sleep } from 'node:timers/promises';
import { interquartileRange, median } from 'simple-statistics';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { summarize } from '../../lib/util/statistics.js';
import { distance } from './ids.js';
import { InteractivePeer } from './interactive_peer.js';
import type { SideCommand, SideProcesses } from './sides.js';
import type { Prepared, Refused, Signature, Work } from './work.js';

/** One side's way to do a work. Those of one group do the same thing in other ways: the fastest counts. */
export interface Entry {
  /** `onnxruntime-node f32` */
  readonly group: string;
  /** What tells it from the others of its group: `optimized`. */
  readonly variant?: string;
  readonly dtype: string;
  readonly command: SideCommand;
  readonly work: Work;
}

/** Something to time: our ways to do it, and for each the groups it is compared with. */
export interface Contest {
  readonly name: string;
  readonly params: BenchRow['params'];
  /** Real tokens of a run. */
  readonly tokens?: number;
  readonly entries: readonly Entry[];
  /** Our group -> groups that it is compared with. */
  readonly rivals: Readonly<Record<string, readonly string[]>>;
}

interface Runner {
  readonly entry: Entry;
  readonly peer: InteractivePeer;
  readonly id: number;
  readonly signature: Signature;
  readonly samples: number[];
}

/** Threads of all sides spin for up to some 50 ms after a run; the next side waits so long before it starts. */
const REST_MS = 60;
/** Ways of a group that are so many times slower than its fastest in the first round are not timed further. */
const HOPELESS = 1.5;
/** How far outputs may be apart, by the coarser dtype of the two: as a part of the norm. */
const TOLERANCE: Readonly<Record<string, number>> = { f32: 1e-4, f16: 1e-2, bf16: 6e-2, int8: 0.3 };

async function ask<Answer extends object>(peer: InteractivePeer, request: object): Promise<Answer | Refused> {
  return peer.ask<Answer | Refused>(JSON.stringify(request));
}

async function time({ peer, id }: Runner): Promise<number> {
  const answer = await ask<{ ms: number }>(peer, { run: id });
  await sleep(REST_MS);
  if ('refused' in answer) throw new Error(`${peer.report.peer}: must run what it prepared, got ${answer.refused}`);
  return answer.ms;
}

function checkOutputs([reference, ...others]: readonly Runner[], name: string): void {
  for (const { entry, signature } of others) {
    const allowed = Math.max(TOLERANCE[entry.dtype]!, TOLERANCE[reference!.entry.dtype]!);
    const apart = distance(signature, reference!.signature);
    if (apart <= allowed) continue;
    const sides = `${entry.group} ${entry.variant ?? ''} and ${reference!.entry.group}`;
    throw new Error(`${name}: outputs must agree within ${allowed} of their norm, got ${apart} between ${sides}`);
  }
}

/** What is timed further after a first round. */
function hopeful(runners: readonly Runner[], first: readonly number[]): Runner[] {
  return runners.filter(({ entry: { group } }, i) => {
    const best = Math.min(...first.filter((_, j) => runners[j]!.entry.group === group));
    return first[i]! <= HOPELESS * best;
  });
}

/** Rounds of one run each, in another order every time. */
async function timeInTurn(runners: readonly Runner[], rounds: number): Promise<Runner[]> {
  const first: number[] = [];
  for (const runner of runners) first.push(await time(runner));
  const timed = hopeful(runners, first);
  for (let round = 0; round < rounds; round++)
    for (let i = 0; i < timed.length; i++) {
      const runner = timed[(i + round) % timed.length]!;
      runner.samples.push(await time(runner));
    }
  return timed;
}

const fastestOf = (runners: readonly Runner[], group: string): Runner | undefined =>
  runners.filter(({ entry }) => entry.group === group).sort((a, b) => median(a.samples) - median(b.samples))[0];

function rowOf({ name, params, tokens }: Contest, ours: Runner, rival: string, theirs: Runner | string): BenchRow {
  const summary = summarize(ours.samples);
  const speed = tokens === undefined ? {} : { tokensPerSecond: (tokens * 1e3) / summary.medianMs };
  const row = { name, ...summary, ...speed };
  const all = { ...params, dtype: ours.entry.dtype, ...(ours.entry.variant && { way: ours.entry.variant }), rival };
  if (typeof theirs === 'string') return { ...row, params: all, rival, skipped: theirs };
  const { entry, peer, samples, signature } = theirs;
  const ratios = ours.samples.map((ms, i) => ms / samples[i]!);
  const measured = { rivalMs: median(samples), difference: distance(ours.signature, signature) };
  const who = [rival, peer.report.version, entry.variant].filter(Boolean).join(' ');
  return {
    ...row,
    params: { ...all, ...measured },
    rival: who,
    ratio: median(ratios),
    ratioIqr: interquartileRange(ratios),
  };
}

/**
 * Prepares all entries, compares their outputs and times them in turn. A row for each of our groups and each rival.
 * @throws {Error} Outputs differ, or a side ended.
 */
export async function hold(contest: Contest, sides: SideProcesses, rounds: number): Promise<BenchRow[]> {
  const runners: Runner[] = [];
  const reasons = new Map<string, string>();
  for (const entry of contest.entries) {
    const peer = await sides.open(entry.command);
    const prepared = 'skipped' in peer ? { refused: peer.skipped } : await ask<Prepared>(peer, { prepare: entry.work });
    if ('refused' in prepared) reasons.set(entry.group, prepared.refused);
    else runners.push({ entry, peer: peer as InteractivePeer, ...prepared, samples: [] });
  }
  checkOutputs(runners, contest.name);
  const timed = await timeInTurn(runners, rounds);
  const rows: BenchRow[] = [];
  for (const [group, rivals] of Object.entries(contest.rivals)) {
    const ours = fastestOf(timed, group);
    if (ours === undefined) throw new Error(`${contest.name}: ${group} must run, got ${reasons.get(group)}`);
    for (const rival of rivals)
      rows.push(rowOf(contest, ours, rival, fastestOf(timed, rival) ?? reasons.get(rival) ?? 'not asked for'));
  }
  for (const peer of new Set(runners.map((runner) => runner.peer))) await ask(peer, { drop: true });
  return rows;
}
