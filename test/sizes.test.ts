/** How long files, functions and classes may be. A longer one holds more than one idea: split it by meaning. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { test } from 'node:test';
import { isClassLikeDeclaration, isFunctionLikeDeclaration, type Node, type SourceFile } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

const ROOT = join(import.meta.dirname, '..');
const MAX_FILE_LINES = 400;
const STRICTER: Record<string, number> = { 'src/main.ts': 60, 'src/app.ts': 80, 'test/cases.ts': 200 };
/** Fixtures are data, and generated files are not read. */
const IGNORED = /(^|\/)(fixtures|generated)\/|\.generated\./;

/** Lines of a function that are not inside a function within it. */
const MAX_FUNCTION_LINES = 60;
const MAX_CLASS_LINES = 300;
/** Functions and classes that may be longer, as `file name`, each with its reason. */
const EXCEPTIONS: Record<string, string> = {};

const lineCountOf = (file: string): number => readFileSync(join(ROOT, file), 'utf8').trimEnd().split('\n').length;

test('no file is too long', () => {
  const files = ['bin', 'src', 'test'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|js)$/.test(file))
      .map((file) => `${folder}/${file.split(sep).join('/')}`),
  );
  assert.ok(files.length > 50, 'the files are found');
  const long = files
    .filter((file) => !IGNORED.test(file))
    .map((file) => ({ file, lines: lineCountOf(file), max: STRICTER[file] ?? MAX_FILE_LINES }))
    .filter(({ lines, max }) => lines > max)
    .map(({ file, lines, max }) => `${file} has ${lines} lines; the limit is ${max}`);
  assert.deepEqual(long, []);
});

interface Part {
  /** The file and the name, such as `src/app.ts createApp`. */
  id: string;
  lines: number;
}

/** The functions and classes of `src` and `bench`, parsed by the compiler of the project. */
function parts(): { functions: Part[]; classes: Part[] } {
  const functions: Part[] = [];
  const classes: Part[] = [];
  const api = new API({ cwd: ROOT });
  try {
    const program = api.updateSnapshot({ openProjects: ['tsconfig.json'] }).getProjects()[0]?.program;
    assert.ok(program, 'the project is found');
    const root = `${ROOT.split(sep).join('/')}/`;
    const files = program
      .getSourceFileNames()
      .filter((name) => name.startsWith(root) && /^(src|bench)\//.test(name.slice(root.length)))
      .filter((name) => !name.endsWith('.test.ts'));
    for (const name of files) {
      const file = program.getSourceFile(name);
      assert.ok(file, name);
      const visit = (node: Node): void => {
        const id = `${name.slice(root.length)} ${nameOf(node, file)}`;
        if (isFunction(node)) functions.push({ id, lines: ownLines(node, file) });
        if (isClassLikeDeclaration(node)) classes.push({ id, lines: linesOf(node, file).length });
        node.forEachChild(visit);
      };
      visit(file);
    }
  } finally {
    api.close();
  }
  return { functions, classes };
}

/** Overloads and abstract methods have no body. */
const isFunction = (node: Node): boolean =>
  isFunctionLikeDeclaration(node) && 'body' in node && node.body !== undefined;

/** The name of a function or class, or of the variable or property that it is the value of. */
function nameOf(node: Node, file: SourceFile): string {
  for (const named of [node, node.parent])
    if (named && 'name' in named && named.name) return (named.name as Node).getText(file);
  return '(anonymous)';
}

function linesOf(node: Node, file: SourceFile): number[] {
  const first = file.getLineAndCharacterOfPosition(node.getStart(file)).line;
  const last = file.getLineAndCharacterOfPosition(node.end).line;
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** The first and the last line of an inner function belong to the outer one. */
function ownLines(node: Node, file: SourceFile): number {
  const own = new Set(linesOf(node, file));
  const exclude = (inner: Node): void => {
    if (isFunction(inner)) for (const line of linesOf(inner, file).slice(1, -1)) own.delete(line);
    else inner.forEachChild(exclude);
  };
  node.forEachChild(exclude);
  return own.size;
}

const tooLong = (all: readonly Part[], max: number): string[] =>
  all
    .filter(({ id, lines }) => lines > max && EXCEPTIONS[id] === undefined)
    .map(({ id, lines }) => `${id} has ${lines} lines; the limit is ${max}`);

test('no function and no class is too long', () => {
  const { functions, classes } = parts();
  assert.ok(functions.length > 3000 && classes.length > 10, 'the functions and classes are found');
  assert.deepEqual([...tooLong(functions, MAX_FUNCTION_LINES), ...tooLong(classes, MAX_CLASS_LINES)], []);
  assert.deepEqual(
    Object.keys(EXCEPTIONS).filter((id) => ![...functions, ...classes].some((part) => part.id === id)),
    [],
    'every exception is needed',
  );
});
