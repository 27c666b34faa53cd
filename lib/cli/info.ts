import { freemem } from 'node:os';
import type { MemoryInfo } from '../native/addon.js';
import { type DeviceInfo, devices, memory } from '../tensor/device.js';
import type { BenchMachine } from '../util/bench_schema.js';
import { collectCommit, collectMachine, collectVersions } from '../util/machine.js';
import { formatBytes } from '../util/process_memory.js';
import type { CliIo, RegisterVerb } from './io.js';

/** Everything `gridstride info` tells. @internal */
export interface Info {
  versions: Record<string, string>;
  commit: string;
  machine: BenchMachine & { freeMemoryBytes: number };
  devices: DeviceInfo[];
  /** The CPU engine's memory. */
  memory: MemoryInfo;
}

async function collectInfo(): Promise<Info> {
  const [machine, commit] = await Promise.all([collectMachine(), collectCommit()]);
  const { v8, napi } = process.versions;
  return {
    versions: { ...collectVersions(), v8, napi: napi ?? '' },
    commit,
    machine: { ...machine, freeMemoryBytes: freemem() },
    devices: devices(),
    memory: memory('cpu'),
  };
}

function describeDevice(device: DeviceInfo): string {
  if (device.reason !== undefined) return `not there: ${device.reason}`;
  if (device.kind === 'cpu') {
    const others = device.instructionSets?.filter((isa) => isa !== device.name).join(', ');
    return `${device.name} (also ${others}), ${device.threads} threads`;
  }
  const memoryText = device.memoryBytes === undefined ? '' : `, ${formatBytes(device.memoryBytes)}`;
  return `${device.name}, compute capability ${device.capability}${memoryText}`;
}

function toText({ versions, commit, machine, devices: found, memory: used }: Info): string {
  const { cpu, cores, isa, memoryBytes, freeMemoryBytes, kernel } = machine;
  const lines: [name: string, told: string][] = [
    ['gridstride', `${versions['gridstride']}${commit === 'unknown' ? '' : `, commit ${commit.slice(0, 12)}`}`],
    ['Node', `${versions['node']}, Node-API ${versions['napi']}, V8 ${versions['v8']}`],
    ['processor', `${cpu}, ${cores} cores, ${isa.join(' ') || 'no vector sets'}`],
    ['memory', `${formatBytes(freeMemoryBytes)} free of ${formatBytes(memoryBytes)}, Linux ${kernel}`],
    ...found.map((device): [string, string] => [`device ${device.id}`, describeDevice(device)]),
    ['engine', `${formatBytes(used.liveBytes)} in tensors, ${formatBytes(used.cachedBytes)} cached`],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, told]) => `${name.padEnd(width)}  ${told}\n`).join('');
}

async function tellInfo(isJson: boolean, io: CliIo): Promise<void> {
  const info = await collectInfo();
  io.stdout(isJson ? `${JSON.stringify(info)}\n` : toText(info));
}

/**
 * The verb `info`: versions, machine, devices and why one is not there.
 * @internal
 */
export const registerInfo: RegisterVerb = (program, io) => {
  program
    .command('info')
    .description('versions, machine, devices (and why one is not there), memory')
    .option('--json', 'print one JSON object')
    .action(({ json = false }: { json?: boolean }) => tellInfo(json, io));
};
