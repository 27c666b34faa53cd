import { describe, expect, it } from 'vitest';
import { packageVersion } from '../../lib/util/package_info.js';
import { runInProcess } from './fixtures.js';

describe('gridstride', () => {
  it('prints version and help on standard output and exits 0', async () => {
    expect(await runInProcess('--version')).toEqual({ code: 0, stdout: `${packageVersion()}\n`, stderr: '' });
    const help = await runInProcess('--help');
    expect([help.code, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toMatch(/^Usage: gridstride/);
    expect((await runInProcess('bench', 'compare', '--help')).stdout).toMatch(/compare \[options\] <before> <after>/);
  });

  it.each([
    [[], 'a verb is needed: see gridstride --help'],
    [['bench'], 'a subcommand is needed: see --help'],
    [['banch'], "unknown command 'banch' (Did you mean bench?)"],
    [['bench', 'compar'], "unknown command 'compar' (Did you mean compare?)"],
    [['bench', 'compare', 'a.json'], "missing required argument 'after'"],
    [['bench', 'compare', 'a', 'b', '--jsn'], "unknown option '--jsn' (Did you mean --json?)"],
    [['bench', 'compare', 'a', 'b', 'c'], "too many arguments for 'compare'. Expected 2 arguments but got 3."],
  ])('says what is wrong with %j in one line and exits 2', async (args, text) => {
    expect(await runInProcess(...args)).toEqual({ code: 2, stdout: '', stderr: `gridstride: ${text}\n` });
  });
});
