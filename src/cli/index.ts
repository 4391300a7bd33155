/** The one command: its first word names the file that does it. */

const COMMANDS = {
  serve: ['run the server', () => import('./serve.ts')],
  audit: ['verify the journal', () => import('./audit.ts')],
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
  await command.run(args);
}
