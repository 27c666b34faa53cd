// Runs every TypeScript example of the TSDoc comments, README and docs against the compiled package. A console.log with a
// trailing comment must print that comment. Blocks marked `ts no-run` need files or time of their own and are only compiled.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import ts from 'typescript';
import { filesOf, finish, read, root } from './files.mjs';

const folder = path.join(root, 'build/examples');

function blocks() {
  const found = [];
  for (const file of filesOf(['lib'], ['.ts'])) {
    for (const [comment] of read(file).matchAll(/\/\*\*[\s\S]*?\*\//g)) {
      if (comment.includes('@internal')) continue;
      const text = comment.replace(/^ *\* ?/gm, '');
      for (const [, flags, code] of text.matchAll(/```ts(.*)\n([\s\S]*?)```/g)) found.push({ file, flags, code });
    }
  }
  for (const file of ['README.md', 'CONTRIBUTING.md', ...filesOf(['docs'], ['.md'])])
    for (const [, flags, code] of read(file).matchAll(/```ts(.*)\n([\s\S]*?)```/g)) found.push({ file, flags, code });
  return found;
}

function typeErrors() {
  const tsc = path.join(root, 'node_modules/.bin/tsc');
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: {
      noEmit: true,
      incremental: false,
      composite: false,
      rootDir: '../..',
      tsBuildInfoFile: null,
      declaration: false,
    },
    include: ['*.ts'],
    exclude: [],
  };
  delete config.compilerOptions.tsBuildInfoFile;
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
  const result = spawnSync(tsc, ['-p', folder], { encoding: 'utf8', cwd: root });
  return result.status === 0 ? [] : result.stdout.split('\n').filter((line) => line.includes('error'));
}

async function run(example) {
  const expected = [...example.code.matchAll(/^.*console\.log\(.*\);(?: *\/\/ (.*))?$/gm)].map((match) => match[1]);
  const printed = [];
  const log = console.log;
  console.log = (...values) => printed.push(format(...values));
  try {
    await import(pathToFileURL(example.path).href);
  } finally {
    console.log = log;
  }
  expected.forEach((text, i) => {
    const got = printed[i]?.replace(/\s+/g, ' ');
    if (text !== undefined && got !== text.trim()) throw new Error(`printed ${got}, the comment says ${text.trim()}`);
  });
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const examples = blocks();
const problems = [];
const origin = new Map();
for (const [i, example] of examples.entries()) {
  const name = `example_${i}`;
  origin.set(name, example.file);
  writeFileSync(path.join(folder, `${name}.ts`), `${example.code}\nexport {};\n`);
  example.path = path.join(folder, `${name}.mjs`);
  const { outputText } = ts.transpileModule(example.code, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  writeFileSync(example.path, outputText);
}
for (const line of typeErrors())
  problems.push(line.replace(/build\/examples\/(example_\d+)\.ts/, (_, name) => origin.get(name)));
// What examples write stays out of the tree.
process.chdir(folder);
let ran = 0;
for (const example of examples) {
  if (example.flags.includes('no-run')) continue;
  try {
    await run(example);
    ran += 1;
  } catch (error) {
    problems.push(`${example.file}: ${error.message.split('\n')[0]} in:\n${example.code.replace(/^/gm, '      ')}`);
  }
}
console.log(`examples: ${examples.length} compiled, ${ran} run`);
finish('examples', ran, problems);
