#!/usr/bin/env node
// Plain JavaScript, so that an old Node can read this far and be told what is missing. The cache keeps compiled code
// between starts: TypeScript is stripped once, not every time.
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  if (process.argv[2] === 'warm') process.exit(0);
  console.error(
    `Parlance needs Node 24 or later; this is ${process.versions.node}. "npm ci" brings one along: use "npm start".`,
  );
  process.exit(1);
}
// What a start does, it does once, so that making machine code of it saves no time and leaves 12 MB behind. Switched on
// again by src/cli/optimise.ts, and before the cache is, which tells code that was compiled one way from the other.
for (const compiler of ['sparkplug', 'maglev', 'turbofan']) setFlagsFromString(`--no-${compiler}`);
// Set as a variable too, because threads do not inherit it otherwise, and stripping types costs a thread 17 MB.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/parlance', import.meta.url));
module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
const { run } = await import('../src/cli/index.ts');
await run(process.argv.slice(2));
