/** `parlance openapi [API] [--write DIR]`: prints the OpenAPI documents that a running server answers, or writes them to files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { dialects } from '../dialects/index.ts';

export const usage = 'Usage: parlance openapi [API] [--write DIR]';

export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { write: { type: 'string' } } });
  const [only] = positionals;
  const documents = await openApiDocuments();
  if (only !== undefined && !documents.has(only)) {
    console.error(`The API "${only}" does not exist; name one of ${[...documents.keys()].join(', ')}.`);
    process.exitCode = 1;
    return;
  }
  const selected = [...documents].filter(([name]) => only === undefined || name === only);
  if (values.write === undefined) {
    console.log(only ? selected[0]![1].trimEnd() : JSON.stringify(Object.fromEntries(selected.map(parsed)), null, 2));
    return;
  }
  mkdirSync(values.write, { recursive: true });
  for (const [name, text] of selected) {
    const file = join(values.write, `${name}.json`);
    writeFileSync(file, text);
    console.log(file);
  }
}

const parsed = ([name, text]: [string, string]) => [name, JSON.parse(text)];

/** The text of each dialect's document, by the dialect's name. It comes from a server with an empty database that does not listen. */
export async function openApiDocuments(): Promise<Map<string, string>> {
  const directory = mkdtempSync(join(tmpdir(), 'parlance-openapi-'));
  const config = readConfig({ PARLANCE_LOG: 'silent' }, { data: directory });
  const app = await createApp(config);
  try {
    const documents = new Map<string, string>();
    for (const { name, prefix } of dialects(config)) {
      const { payload } = await app.http.inject({ method: 'GET', url: `${prefix}/openapi.json` });
      documents.set(name, `${JSON.stringify(JSON.parse(payload), null, 2)}\n`);
    }
    return documents;
  } finally {
    await app.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
