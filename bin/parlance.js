#!/usr/bin/env node
// This file is plain JavaScript, so that an old Node can read it and print which version it needs. The compile cache
// keeps code between starts: Node strips the TypeScript types once.
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  if (process.argv[2] === 'warm') process.exit(0);
  console.error(
    `Parlance needs Node 24 or later; this is Node ${process.versions.node}. "npm ci" installs Node 24; start it with "npm start".`,
  );
  process.exit(1);
}
// A start runs its code once: compiling it to machine code would save no time and cost 12 MB. src/cli/optimise.ts
// switches the compilers on again. They are set before the cache, which keeps the code of each setting apart.
for (const compiler of ['sparkplug', 'maglev', 'turbofan']) setFlagsFromString(`--no-${compiler}`);
// The variable makes threads use the cache too; without it, stripping types costs each thread 17 MB.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/parlance', import.meta.url));
module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
const { run } = await import('../src/cli/index.ts');
await run(process.argv.slice(2));
