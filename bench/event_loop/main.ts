// Longest event-loop delay while work runs, less that of an idle process beside it.
// node dist/bench/event_loop/main.js [--seconds 60] [--megabytes 400] [--limit 25] [--json FILE] [scenario ...]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from 'simple-statistics';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { summarize } from '../../lib/util/statistics.js';
import { addon } from '../../lib/native/addon.js';
import { report } from '../report.js';
import { measure, type Measurement } from './measure.js';
import { SCENARIOS } from './scenarios.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    megabytes: { type: 'string', default: '400' },
    limit: { type: 'string', default: '25' },
    json: { type: 'string' },
  },
});

function rowsOf(name: string, m: Measurement): BenchRow[] {
  const { params, rival, peakMemoryBytes } = m;
  const delays = m.delays.map((delay, i) => Math.max(0, delay - m.idleDelays[i]!));
  const row: BenchRow = { name: `${name} time`, params, ...summarize(m.times), peakMemoryBytes };
  if (rival !== undefined) {
    row.rival = rival;
    row.ratio = median(m.times.map((time, i) => time / m.rivalTimes[i]!));
  }
  return [{ name: `${name} event-loop delay`, params, ...summarize(delays) }, row];
}

async function main(): Promise<boolean> {
  const names = positionals.length > 0 ? positionals : Object.keys(SCENARIOS);
  for (const name of names) if (!(name in SCENARIOS)) throw new Error(`event_loop: no scenario ${name}`);
  const folder = await mkdtemp(join(tmpdir(), 'gridstride_event_loop_'));
  const rows: BenchRow[] = [];
  let isWithin = true;
  try {
    for (const name of names) {
      const m = await measure(name, { folder, megabytes: Number(values.megabytes) }, Number(values.seconds));
      rows.push(...rowsOf(name, m));
      isWithin &&= m.worstDelay <= Number(values.limit);
      const time = rows.at(-1)!;
      const ratio = time.ratio === undefined ? '' : `, ${time.ratio.toFixed(2)}x ${time.rival}`;
      process.stderr.write(
        `${name}: worst delay ${m.worstDelay.toFixed(1)} ms (${Math.max(...m.delays).toFixed(1)} less idle ` +
          `${Math.max(...m.idleDelays).toFixed(1)}), ${m.times.length} runs of ${time.medianMs.toFixed(0)} ms${ratio}, ` +
          `peak memory ${(m.peakMemoryBytes / 1e6).toFixed(0)} MB\n`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await report({ bench: 'event_loop', rows, threads: addon().engineInfo().threads, file: values.json });
  return isWithin;
}

if (!(await main())) {
  process.stderr.write(`event_loop: a delay was longer than ${values.limit} ms\n`);
  process.exitCode = 1;
}
