// The objects of the last build: what runs on every machine holds no instruction that some machines lack.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { checkObjects } from '../install_matrix/objects.mjs';
import { finish, root } from './files.mjs';

const kinds = { cmake: 'build/CMakeFiles', gyp: 'native/build/Release' };
const kind = Object.keys(kinds).find((each) => existsSync(path.join(root, kinds[each])));
const problems = [];
let looked = 0;
if (process.arch !== 'x64') {
  console.log('objects: not looked at, the sets are those of x86-64');
} else if (kind === undefined) finish('objects', 0, ['no build was found: npm run build:native makes one']);
else {
  try {
    looked = checkObjects(root, kind);
  } catch (error) {
    problems.push(...error.message.split('\n'));
  }
  finish('objects', looked || problems.length, problems);
}
