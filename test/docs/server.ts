/** The server that the pages talk to: the real command, a new data directory, a free port, no key of any model. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEY_DIALECTS } from '../../src/workspaces/workspace.ts';

export const ROOT = join(import.meta.dirname, '../..');

interface Credentials {
  url: string;
  workspace: { id: string; name: string };
  user: { email: string; password: string };
  keys: Record<string, string>;
}

/** What a first start makes, so that every page begins where its reader begins. */
const SAMPLE_AGENT = {
  name: 'Sample agent',
  extras: { ayra: { voicePlatform: 'vapi' } },
  interview: { focus: 'generic', durationMinutes: 30 },
  profiles: {
    '@default': {
      name: 'Sample agent',
      locale: 'en',
      instructions: 'You are a friendly receptionist. Keep your answers short.',
      greeting: { text: 'Hello! How can I help you today?' },
      voice: { id: 'emma' },
    },
  },
};

export class Server {
  readonly #child: ChildProcess;
  readonly #data: string;
  readonly #credentials: Credentials;

  private constructor(child: ChildProcess, data: string, credentials: Credentials) {
    this.#child = child;
    this.#data = data;
    this.#credentials = credentials;
  }

  /** Starts the server and waits until it takes requests. Throws its output where it stops instead. */
  static async start(directory: string): Promise<Server> {
    const data = join(directory, 'data');
    const { PATH, HOME } = process.env;
    const child = spawn(
      process.execPath,
      [join(ROOT, 'bin/parlance.js'), 'serve', '--host', '127.0.0.1', '--port', '0', '--data', data],
      {
        // Nothing of this machine's own configuration: no database, no key of a model. Pages run their receivers here.
        env: { PATH, HOME, PARLANCE_LOG: 'warn', PARLANCE_ALLOW_PRIVATE_TARGETS: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    let hasEnded = false;
    child.once('exit', () => (hasEnded = true));
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => (output += part));
    const file = join(data, 'credentials.json');
    while (!existsSync(file)) {
      await Promise.race([once(child, 'exit'), once(child.stdout, 'data')]);
      if (hasEnded) throw new Error(`The server did not start: ${output}`);
    }
    const credentials = JSON.parse(readFileSync(file, 'utf8')) as Credentials;
    while (!(await fetch(`${credentials.url}/readyz`)).ok);
    return new Server(child, data, credentials);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
  }

  /**
   * Lays out a directory as after a first start: a workspace of its own with keys and the sample agent, whose
   * credentials are in `data/credentials.json`, and the repository's `bin` and packages.
   */
  async prepare(directory: string, name: string): Promise<void> {
    const workspace = await this.#post('/v1/workspaces', this.#credentials.keys['native'], { name });
    const createKey = async (dialect: string): Promise<[string, string]> => {
      const kind = dialect === 'native' ? 'operator' : 'standard';
      const body = { workspaceId: workspace.id, dialect, kind };
      return [dialect, (await this.#post('/v1/keys', this.#credentials.keys['native'], body)).key];
    };
    const keys = Object.fromEntries(await Promise.all(KEY_DIALECTS.map(createKey)));
    const user = { email: `${workspace.id}@parlance.local`, password: `password of ${workspace.id}` };
    await this.#post('/v1/users', keys['native'], { workspaceId: workspace.id, ...user });
    await this.#post('/v1/agents', keys['native'], SAMPLE_AGENT);
    mkdirSync(join(directory, 'data'), { recursive: true });
    const credentials: Credentials = { url: this.#credentials.url, workspace: { id: workspace.id, name }, user, keys };
    writeFileSync(join(directory, 'data/credentials.json'), JSON.stringify(credentials, null, 2));
    symlinkSync(join(this.#data, 'parlance.db'), join(directory, 'data/parlance.db'));
    for (const part of ['bin', 'node_modules']) symlinkSync(join(ROOT, part), join(directory, part));
  }

  async #post(path: string, key: string | undefined, body: object): Promise<{ id: string; key: string }> {
    const response = await fetch(this.#credentials.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`POST ${path} was answered with ${response.status}: ${await response.text()}`);
    return (await response.json()) as { id: string; key: string };
  }
}
