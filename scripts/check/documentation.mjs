// Every public export carries a TSDoc comment; functions and classes are counted by whether they show an example.
import ts from 'typescript';
import path from 'node:path';
import { finish, root } from './files.mjs';

const config = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
const entry = path.join(root, 'lib/index.ts');
const program = ts.createProgram([entry], options);
const checker = program.getTypeChecker();
const exportsOf = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)));

const problems = [];
let examples = 0;
for (const symbol of exportsOf) {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const text = ts.displayPartsToString(target.getDocumentationComment(checker)).trim();
  if (target.getJsDocTags(checker).some((tag) => tag.name === 'example')) examples += 1;
  const declaration = target.declarations?.[0];
  const where = declaration === undefined ? '?' : path.relative(root, declaration.getSourceFile().fileName);
  if (text === '') problems.push(`${where}: ${symbol.name} has no documentation`);
}
console.log(`documentation: ${examples} exports with an example`);
finish('documentation', exportsOf.length, problems);
