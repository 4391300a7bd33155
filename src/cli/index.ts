/** The command `parlance`: its first argument names the file in this folder that runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const COMMANDS = {
  serve: ['run the server', () => import('./serve.ts')],
  audit: ['verify the audit log', () => import('./audit.ts')],
  campaign: ['preview a campaign: whom it would call, and when', () => import('./campaign.ts')],
  key: ['create an API key; needs no API key', () => import('./key.ts')],
  openapi: ['print or write the OpenAPI documents', () => import('./openapi.ts')],
  warm: ['compile ahead, so that the first start is fast', () => import('./warm.ts')],
} as const;

export interface Command {
  usage: string;
  run(args: string[]): Promise<void>;
}

const USAGE = [
  'Usage: parlance <command> [options]\n',
  ...Object.entries(COMMANDS).map(([command, [meaning]]) => `  ${command.padEnd(10)} ${meaning}`),
  '\n`parlance <command> --help` prints the options of a command.',
].join('\n');
const version = (): string => {
  const file = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
};
const isHelp = (argument: string): boolean => argument === '--help' || argument === '-h';

export async function run([name = 'serve', ...args]: string[]): Promise<void> {
  if (name === 'help' || isHelp(name)) return console.log(USAGE);
  if (name === '--version' || name === '-v') return console.log(version());
  if (name.startsWith('--')) return run(['serve', name, ...args]);
  if (!Object.hasOwn(COMMANDS, name)) {
    console.error(`The command "${name}" does not exist.\n\n${USAGE}`);
    process.exitCode = 1;
    return;
  }
  const command: Command = await COMMANDS[name as keyof typeof COMMANDS][1]();
  if (args.some(isHelp)) return console.log(command.usage);
  try {
    await command.run(args);
  } catch (error) {
    const sentence = sentenceOf(error);
    if (sentence === undefined) throw error;
    console.error(sentence);
    process.exit(1);
  }
}

/** The sentence of an error that the operator can correct. Other errors are bugs, and are printed with their stack. */
function sentenceOf(error: unknown): string | undefined {
  const { name = '', code = '', message } = error as { name?: string; code?: string; message: string };
  if (['ConfigError', 'DirectoryInUse', 'StoreUnavailable'].includes(name)) return message;
  if (code.startsWith('ERR_PARSE_ARGS')) return message;
  if (code === 'EADDRINUSE')
    return `${message}. Another process uses this port; choose another one with --port or PARLANCE_PORT.`;
  return undefined;
}
