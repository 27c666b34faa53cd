import { afterEach, expect, it, vi } from 'vitest';
import { packageVersion } from '../../lib/util/package_info.js';
import { runInProcess } from './fixtures.js';

afterEach(() => vi.unstubAllEnvs());

it('tells versions, processor, devices and why CUDA is not there', async () => {
  const { code, stdout, stderr } = await runInProcess('info');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const part of [
    `gridstride   ${packageVersion()}`,
    `Node         ${process.versions.node}`,
    'processor',
    'memory',
  ])
    expect(stdout).toContain(part);
  expect(stdout).toMatch(/device cpu +[\w-]+ \(also .*reference.*\), \d+ threads/);
  expect(stdout).toMatch(/device cuda/);
});

it('prints one JSON object with --json', async () => {
  const { stdout } = await runInProcess('info', '--json');
  const info = JSON.parse(stdout) as Record<string, unknown>;
  expect(Object.keys(info)).toEqual(['versions', 'commit', 'machine', 'devices', 'memory']);
  const [cpu, gpu] = info['devices'] as { id: string; reason?: string }[];
  expect(cpu!.id).toBe('cpu');
  expect(gpu!.id === 'cuda:0' || (gpu!.reason ?? '').length > 10).toBe(true);
});
