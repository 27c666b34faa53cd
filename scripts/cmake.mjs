import { spawnSync } from 'node:child_process';

/** Whether there is a CMake that can build the project. */
export function haveCMake() {
  const answer = spawnSync('cmake', ['--version'], { encoding: 'utf8' });
  const version = /version (\d+)\.(\d+)/.exec(answer.stdout ?? '');
  return version !== null && (Number(version[1]) > 3 || Number(version[2]) >= 24);
}
