/** The one command: its first word names the file that does it. */

const COMMANDS = {
  serve: ['run the server', () => import('./serve.ts')],
  audit: ['verify the journal', () => import('./audit.ts')],
  campaign: ['preview a campaign: who would be called when', () => import('./campaign.ts')],
  key: ['make a key, for whoever has the data directory', () => import('./key.ts')],
  openapi: ['print or write the OpenAPI documents', () => import('./openapi.ts')],
  warm: ['compile ahead, so that the first start is as quick as the second', () => import('./warm.ts')],
} as const;

export interface Command {
  run(args: string[]): Promise<void>;
}

export async function run([name = 'serve', ...args]: string[]): Promise<void> {
  if (name.startsWith('--') && name !== '--help') return run(['serve', name, ...args]);
  if (!(name in COMMANDS)) {
    console.log('Usage: parlance <command> [options]\n');
    for (const [command, [meaning]] of Object.entries(COMMANDS)) console.log(`  ${command.padEnd(10)} ${meaning}`);
    process.exitCode = name === 'help' || name === '--help' ? 0 : 1;
    return;
  }
  const command: Command = await COMMANDS[name as keyof typeof COMMANDS][1]();
  try {
    await command.run(args);
  } catch (error) {
    const sentence = sentenceOf(error);
    if (sentence === undefined) throw error;
    console.error(sentence);
    process.exit(1);
  }
}

/** What went wrong, where the person at the keyboard can mend it; a fault of ours keeps its stack. */
function sentenceOf(error: unknown): string | undefined {
  const { name = '', code = '', message } = error as { name?: string; code?: string; message: string };
  if (['ConfigError', 'DirectoryInUse', 'StoreUnavailable'].includes(name)) return message;
  if (code.startsWith('ERR_PARSE_ARGS')) return message;
  if (code === 'EADDRINUSE') return `${message}. Something else listens there: choose another with --port.`;
  return undefined;
}
