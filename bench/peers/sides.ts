import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../lib/util/package_info.js';
import { type GRAPHS, graphFile, transformersJsFolder } from './graphs.js';
import { InteractivePeer, type SkippedPeer } from './interactive_peer.js';
import type { PeerModel } from './models.js';
import { isInstalled } from './sides/packages.js';

/** How to start a side, or why it cannot be. */
export interface SideCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly skipped?: string | undefined;
}

const compiled = (name: string): string => fileURLToPath(new URL(`sides/${name}.js`, import.meta.url));
const node = (name: string, ...args: readonly string[]): SideCommand => ({
  program: process.execPath,
  args: [compiled(name), ...args],
});
/** The side of a package; what keeps it from running whether that is installed or not comes first. */
const withPackage = (name: string, command: SideCommand): SideCommand =>
  command.skipped !== undefined || isInstalled(name)
    ? command
    : { ...command, skipped: `${name} is not installed: npm ci --ignore-scripts --prefix bench` };

type Form = (typeof GRAPHS)[number];

/** The commands of a model's sides, all on so many threads. */
export class Sides {
  readonly #model: PeerModel;
  readonly #threads: readonly string[];
  readonly #python: string;
  /** Why there are no graphs. */
  readonly #noGraphs: string | undefined;
  readonly #open = new Map<string, Promise<InteractivePeer | SkippedPeer>>();

  constructor(model: PeerModel, { threads, python, noGraphs }: { threads: number; python: string; noGraphs?: string }) {
    this.#model = model;
    this.#threads = ['--threads', String(threads)];
    this.#python = python;
    this.#noGraphs = noGraphs;
  }

  gridstride(dtype: string, isReplay = false): SideCommand {
    const { folder } = this.#model;
    return node('ours', '--model', folder, '--dtype', dtype, ...this.#threads, ...(isReplay ? ['--replay'] : []));
  }

  onnxruntime(form: Form, dtype: string): SideCommand {
    const graph = graphFile(this.#model, form, dtype);
    const command = node('onnxruntime', '--model', this.#model.folder, '--graph', graph, ...this.#threads);
    return withPackage('onnxruntime-node', { ...command, skipped: this.#noGraphs });
  }

  async transformersJs(form: Form): Promise<SideCommand> {
    const skipped =
      this.#noGraphs ?? (this.#model.tokenizer === undefined ? 'there are no texts: see --texts' : undefined);
    const folder = skipped === undefined ? await transformersJsFolder(this.#model, form) : '';
    const command = node('transformers_js', '--folder', folder, ...this.#threads);
    return withPackage('@huggingface/transformers', { ...command, skipped });
  }

  pytorch(dtype: string): SideCommand {
    const script = path.join(packageRoot(), 'bench', 'peers', 'sides', 'pytorch.py');
    return { program: this.#python, args: [script, '--model', this.#model.folder, '--dtype', dtype, ...this.#threads] };
  }

  /** A side's process, started at its first use. */
  open({ program, args, skipped }: SideCommand): Promise<InteractivePeer | SkippedPeer> {
    if (skipped !== undefined) return Promise.resolve({ skipped });
    const key = [program, ...args].join('\n');
    const open = this.#open.get(key) ?? InteractivePeer.open(program, args);
    this.#open.set(key, open);
    return open;
  }

  /** Ends all processes. */
  async close(): Promise<void> {
    const peers = await Promise.all(this.#open.values());
    this.#open.clear();
    for (const peer of peers) if (peer instanceof InteractivePeer) await peer.close();
  }
}
