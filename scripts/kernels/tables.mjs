// The tables of npm run kernels.
import { budgetOf } from './bounds.mjs';

/** One line by kernel and target: the most any instance takes, and the fewest warps a multiprocessor holds of one. */
export function printKernels(instances) {
  const rows = new Map();
  for (const instance of instances) {
    const key = `${instance.kernel} ${instance.target}`;
    rows.set(key, [...(rows.get(key) ?? []), instance]);
  }
  const table = [...rows.values()].map((row) => {
    const most = (of) => Math.max(...row.map(of));
    const fewest = row.reduce((a, b) => (b.occupancy.warps < a.occupancy.warps ? b : a)).occupancy;
    const cells = [row[0].kernel, `sm_${row[0].target}`, row.length];
    for (const field of ['registers', 'spills', 'shared', 'dynamic']) cells.push(most((instance) => instance[field]));
    cells.push(fewest.blocks, `${fewest.warps}/${fewest.most}`);
    if (row[0].counts) for (const field of Object.keys(row[0].counts)) cells.push(most(({ counts }) => counts[field]));
    return cells;
  });
  const titles = ['kernel', 'target', 'instances', 'registers', 'spilled', 'shared', 'dynamic', 'blocks', 'warps'];
  if (instances[0].counts) titles.push('tensor', 'ldmatrix', 'cp.async', '128-bit');
  print(titles, table);
}

/** One line by instance with a main loop: cycles of a turn, the bound and the least it must be. */
export function printBounds(instances) {
  const percent = (share) => `${Math.floor(100 * share)} %`;
  const table = instances.map(({ name, loop }) => {
    const { tensor, issued, mufu, shared, bound } = loop;
    const budget = budgetOf(name);
    return [name, tensor, issued, mufu, shared, percent(bound), budget ? percent(budget.least) : ''];
  });
  console.log();
  print(['main loop on sm_80', 'tensor', 'issued', 'MUFU', 'shared', 'bound', 'least'], table);
}

function print(titles, rows) {
  const lines = [titles, ...rows].map((cells) => cells.map(String));
  const widths = titles.map((_, column) => Math.max(...lines.map((cells) => cells[column].length)));
  const text = (cells) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ');
  for (const cells of lines) console.log(text(cells));
}
