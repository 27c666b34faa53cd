// Clean folders for the install matrix, and PATHs on which some programs cannot be found.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, cpSync, existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Runs a command; its output goes into the error when it fails. Returns standard output. */
export function run(command, args, { cwd, env = {} }) {
  const result = spawnSync(command, args, { cwd, env: childEnvironment(env), encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status === 0) return result.stdout;
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim().split('\n').slice(-30).join('\n');
  throw new Error(`${command} ${args.join(' ')}: ${result.error?.message ?? `exit ${result.status}`}\n${output}`);
}

/** The environment without what npm tells the scripts it runs, which would lead the children back to this folder. */
function childEnvironment(changes) {
  const leads = /^(npm_(package|lifecycle|command|node|execpath|config_local_prefix)|INIT_CWD|NODE_PATH)/;
  const kept = Object.entries(process.env).filter(([name]) => !leads.test(name));
  return { ...Object.fromEntries(kept), ...changes };
}

/** The npm that belongs to this Node, as a script. */
export function npmScript(name = 'npm') {
  const nodeFolder = path.dirname(process.execPath);
  const folders = [...process.env.PATH.split(':'), nodeFolder].map((folder) => path.join(folder, name));
  return realpathSync(folders.find((file) => existsSync(file)) ?? name);
}

/** Copies the working tree's own files: tracked ones and new ones that git does not ignore. */
export function copyTree(target) {
  const list = run('git', ['ls-files', '-z', '-co', '--exclude-standard'], { cwd: root });
  const files = list.split('\0').filter((file) => file !== '' && existsSync(path.join(root, file)));
  for (const file of files) cpSync(path.join(root, file), path.join(target, file));
  return files.length;
}

function executables(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A PATH like this one's on which no program is found whose name matches `hidden`. */
export function pathWithout(hidden, shadow) {
  const folders = [...new Set(process.env.PATH.split(':').filter((folder) => existsSync(folder)))];
  return folders
    .map((folder, i) => {
      const names = executables(folder);
      if (!names.some((name) => hidden.test(name))) return folder;
      const twin = path.join(shadow, String(i));
      mkdirSync(twin, { recursive: true });
      for (const name of names) if (!hidden.test(name)) symlinkSync(path.join(folder, name), path.join(twin, name));
      return twin;
    })
    .join(':');
}

/** A PATH with Node, npm and a shell: no compiler, no CMake, no Python. */
export function barePath(folder) {
  mkdirSync(folder, { recursive: true });
  const programs = {
    node: process.execPath,
    npm: npmScript('npm'),
    npx: npmScript('npx'),
    sh: '/bin/sh',
    env: '/usr/bin/env',
  };
  for (const [name, file] of Object.entries(programs)) symlinkSync(file, path.join(folder, name));
  return folder;
}
