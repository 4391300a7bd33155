/** Every environment variable, defined once. `docs/guides/configuration.md` is written from this table. */

const DIALECT_NAMES = ['native', 'kejue', 'agenthuman', 'instaview', 'ayra', 'agntix', 'openai'] as const;
type KeyDialect = (typeof DIALECT_NAMES)[number];

interface Variable {
  default: string;
  meaning: string;
}
const variable = (fallback: string, meaning: string): Variable => ({ default: fallback, meaning });
const ownLimit = (name: string) => variable('', `The same, for ${name} alone.`);

export const VARIABLES = {
  PARLANCE_HOST: variable('127.0.0.1', 'The address to listen on; 0.0.0.0 for all.'),
  PARLANCE_PORT: variable('4747', 'The port to listen on.'),
  PARLANCE_DATA: variable('data', 'The directory of the embedded database and of credentials.json.'),
  DATABASE_URL: variable('', 'postgres://… to keep everything in PostgreSQL instead of the embedded database.'),
  PARLANCE_HOSTS: variable('', 'Host names that stand for a dialect: "kejue=api.kejue.example,ayra=…".'),
  PARLANCE_JWT_ISSUERS: variable(
    '',
    'JSON list of {issuer, jwksUrl, audience?, workspaceClaim}: identity providers whose tokens Agntix accepts.',
  ),
  PARLANCE_RATE_LIMIT: variable('60000', 'Requests a minute and key; 0 switches the limit off.'),
  PARLANCE_RATE_LIMIT_NATIVE: ownLimit('the native API'),
  PARLANCE_RATE_LIMIT_KEJUE: ownLimit('Kejue'),
  PARLANCE_RATE_LIMIT_AGENTHUMAN: ownLimit('AgentHuman'),
  PARLANCE_RATE_LIMIT_INSTAVIEW: ownLimit('InstaView'),
  PARLANCE_RATE_LIMIT_AYRA: ownLimit('Ayra'),
  PARLANCE_RATE_LIMIT_AGNTIX: ownLimit('Agntix'),
  PARLANCE_RATE_LIMIT_OPENAI: ownLimit('the OpenAI-compatible API'),
  PARLANCE_INSTAVIEW_ENVELOPE: variable('bare', '"wrapped" puts InstaView successes into the envelope of its guides.'),
  PARLANCE_BODY_LIMIT: variable('2097152', 'The largest request body, in bytes.'),
  PARLANCE_TRUST_PROXY: variable('0', '1 behind a reverse proxy: the client address is read from X-Forwarded-For.'),
  PARLANCE_CORS_ORIGINS: variable(
    '',
    'Origins whose pages may call the server from a browser: "https://a.example,https://b.example", or * for all.',
  ),
  PARLANCE_ALLOW_PRIVATE_TARGETS: variable(
    '0',
    '1 lets webhooks reach loopback and private addresses, and every API take http:// for them.',
  ),
  PARLANCE_CHAT_IDLE_MINUTES: variable('30', 'A chat in which nothing happens for so long ends by itself.'),
  PARLANCE_DEFAULT_MODEL: variable(
    '',
    'provider/name: the model of agents that name none, or none that works here. Unset: a small one of the first provider with a key, else parlance/demo.',
  ),
  PARLANCE_FALLBACK_MODEL: variable('', 'provider/name: asked where a model fails before its first word.'),
  PARLANCE_MODEL_ALIASES: variable(
    '',
    'Which model a name stands for: "KJUE-v1.0=openai/gpt-4.1,KJUE-v0=parlance/demo".',
  ),
  PARLANCE_EMBEDDING_MODEL: variable(
    '',
    'openai/… or google/…: knowledge is also searched by meaning. Unset: by words alone.',
  ),
  PARLANCE_MODEL_TIMEOUT_SECONDS: variable(
    '60',
    'How long to wait for a model: for its first part, and between parts.',
  ),
  PARLANCE_OPENAI_BASE_URL: variable(
    '',
    'http(s)://…/v1 of a server that speaks the chat completions of OpenAI; then every openai/… is asked there.',
  ),
  OPENAI_API_KEY: variable('', 'The key for openai/… models; may be left out with PARLANCE_OPENAI_BASE_URL.'),
  ANTHROPIC_API_KEY: variable('', 'The key for anthropic/… models.'),
  GOOGLE_GENERATIVE_AI_API_KEY: variable('', 'The key for google/… models.'),
  PARLANCE_LOG: variable('info', 'How much to log: trace, debug, info, warn, error, silent.'),
} as const satisfies Record<string, Variable>;

type VariableName = keyof typeof VARIABLES;

export interface JwtIssuer {
  issuer: string;
  jwksUrl: string;
  audience?: string;
  /** The claim that names the workspace, such as `org_id`. */
  workspaceClaim: string;
}

export interface ModelConfig {
  /** Of agents that name none, or none that works here. */
  defaultModel: string;
  /** Asked where another fails before its first part. */
  fallbackModel: string | undefined;
  /** What gives texts their directions; undefined: nothing does. */
  embeddingModel: string | undefined;
  /** What a name stands for, with or without the provider in front of it. */
  aliases: ReadonlyMap<string, string>;
  /** To the first part, and between parts. */
  timeoutMs: number;
  openaiBaseUrl: string | undefined;
  keys: Readonly<Record<'openai' | 'anthropic' | 'google', string | undefined>>;
}

export interface Config {
  host: string;
  port: number;
  dataDirectory: string;
  /** PostgreSQL; undefined means the embedded engine. */
  databaseUrl: string | undefined;
  /** Host names that stand for a dialect's prefix. */
  hosts: ReadonlyMap<string, KeyDialect>;
  jwtIssuers: readonly JwtIssuer[];
  /** Requests a minute and key; 0 is no limit. */
  rateLimit: (dialect: KeyDialect) => number;
  instaviewEnvelope: 'bare' | 'wrapped';
  logLevel: string;
  bodyLimitBytes: number;
  trustProxy: boolean;
  /** Whose pages may call from a browser; `*` is everybody's, none nobody's. */
  corsOrigins: readonly string[];
  /** Whether requests of ours may go to addresses that only this network can reach. */
  allowPrivateTargets: boolean;
  /** How long nothing may happen in an open chat. */
  chatIdleMs: number;
  models: ModelConfig;
}

/** What is wrong with the configuration, in a sentence for the person who starts the server. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Flags win over variables, variables over defaults. */
export function readConfig(environment: Environment, flags: Partial<Record<'host' | 'port' | 'data', string>>): Config {
  const value = (name: VariableName): string => environment[name] || VARIABLES[name].default;
  const count = (name: VariableName): number => wholeNumber(name, value(name));
  const general = count('PARLANCE_RATE_LIMIT');
  const limits = new Map(
    DIALECT_NAMES.map((name) => {
      const own = `PARLANCE_RATE_LIMIT_${name.toUpperCase()}` as VariableName;
      return [name, value(own) === '' ? general : count(own)];
    }),
  );
  const port = wholeNumber(flags.port === undefined ? 'PARLANCE_PORT' : '--port', flags.port ?? value('PARLANCE_PORT'));
  const idleMinutes = count('PARLANCE_CHAT_IDLE_MINUTES');
  if (idleMinutes === 0) throw new ConfigError('PARLANCE_CHAT_IDLE_MINUTES must be at least 1.');
  if (port > 65_535) throw new ConfigError(`The port must be at most 65535, not ${port}.`);
  return {
    host: flags.host ?? value('PARLANCE_HOST'),
    port,
    dataDirectory: flags.data ?? value('PARLANCE_DATA'),
    databaseUrl: value('DATABASE_URL') || undefined,
    hosts: readHosts(value('PARLANCE_HOSTS')),
    jwtIssuers: readIssuers(value('PARLANCE_JWT_ISSUERS')),
    rateLimit: (dialect) => limits.get(dialect) ?? general,
    instaviewEnvelope: choice('PARLANCE_INSTAVIEW_ENVELOPE', value('PARLANCE_INSTAVIEW_ENVELOPE'), ['bare', 'wrapped']),
    logLevel: choice('PARLANCE_LOG', value('PARLANCE_LOG'), ['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    bodyLimitBytes: count('PARLANCE_BODY_LIMIT'),
    trustProxy: choice('PARLANCE_TRUST_PROXY', value('PARLANCE_TRUST_PROXY'), ['0', '1']) === '1',
    corsOrigins: readOrigins(value('PARLANCE_CORS_ORIGINS')),
    allowPrivateTargets:
      choice('PARLANCE_ALLOW_PRIVATE_TARGETS', value('PARLANCE_ALLOW_PRIVATE_TARGETS'), ['0', '1']) === '1',
    chatIdleMs: idleMinutes * 60_000,
    models: readModels(value),
  };
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new ConfigError(`${name} must be a whole number, not "${text}".`);
  return Number(text);
}

function choice<const C extends readonly string[]>(name: string, text: string, choices: C): C[number] {
  if (!choices.includes(text)) throw new ConfigError(`${name} must be one of ${choices.join(', ')}, not "${text}".`);
  return text;
}

/** As browsers send them: nothing after the host, and no default port. */
function readOrigins(text: string): string[] {
  const origins = text.split(',').flatMap((item) => item.trim() || []);
  for (const origin of origins) {
    const known = URL.canParse(origin) ? new URL(origin).origin : undefined;
    if (origin !== '*' && origin !== known)
      throw new ConfigError(
        `PARLANCE_CORS_ORIGINS has "${origin}", which is no origin such as ${known && known !== 'null' ? known : 'https://app.example.com'}.`,
      );
  }
  return origins;
}

function readHosts(text: string): Map<string, KeyDialect> {
  const hosts = new Map<string, KeyDialect>();
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [name = '', host = ''] = pair.split('=').map((part) => part.trim());
    const dialect = DIALECT_NAMES.find((known) => known === name);
    if (!dialect || host === '')
      throw new ConfigError(`PARLANCE_HOSTS must look like "kejue=api.example.com,ayra=…"; "${pair}" does not.`);
    hosts.set(host.toLowerCase(), dialect);
  }
  return hosts;
}

function readIssuers(text: string): JwtIssuer[] {
  if (text === '') return [];
  const wrong = new ConfigError(
    'PARLANCE_JWT_ISSUERS must be a JSON list of {issuer, jwksUrl, audience?, workspaceClaim}.',
  );
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw wrong;
  }
  if (!Array.isArray(list)) throw wrong;
  for (const entry of list as Partial<JwtIssuer>[])
    if (!entry?.issuer || !entry.jwksUrl || !entry.workspaceClaim) throw wrong;
  return list as JwtIssuer[];
}

/** Whether a model can be asked at all: the demo always, every other where its provider's key or address is known. */
export function isUsable({ keys, openaiBaseUrl }: Pick<ModelConfig, 'keys' | 'openaiBaseUrl'>, id: string): boolean {
  const [provider = '', ...name] = id.split('/');
  if (provider === 'parlance') return id === DEMO;
  if (name.join('/') === '') return false;
  if (provider === 'openai') return keys.openai !== undefined || openaiBaseUrl !== undefined;
  return (provider === 'anthropic' || provider === 'google') && keys[provider] !== undefined;
}

const DEMO = 'parlance/demo';
/** A small model of each provider, for whoever sets a key and nothing else. */
const SMALL = ['openai/gpt-4o-mini', 'anthropic/claude-haiku-4-5', 'google/gemini-2.5-flash'];

function readModels(value: (name: VariableName) => string): ModelConfig {
  const keys = {
    openai: value('OPENAI_API_KEY') || undefined,
    anthropic: value('ANTHROPIC_API_KEY') || undefined,
    google: value('GOOGLE_GENERATIVE_AI_API_KEY') || undefined,
  };
  const openaiBaseUrl = value('PARLANCE_OPENAI_BASE_URL') || undefined;
  if (openaiBaseUrl !== undefined && !/^https?:\/\/[^/]/.test(openaiBaseUrl))
    throw new ConfigError('PARLANCE_OPENAI_BASE_URL must begin with http:// or https:// and a host.');
  const usable = (name: VariableName, id: string): string => {
    if (isUsable({ keys, openaiBaseUrl }, id)) return id;
    throw new ConfigError(
      `${name} speaks of "${id}", which cannot be asked: it must be provider/name of a provider whose key is set, or ${DEMO}.`,
    );
  };
  const named = (name: VariableName): string | undefined =>
    value(name) === '' ? undefined : usable(name, value(name));
  const embeddingModel = named('PARLANCE_EMBEDDING_MODEL');
  if (embeddingModel !== undefined && !/^(openai|google)\//.test(embeddingModel))
    throw new ConfigError(`PARLANCE_EMBEDDING_MODEL must be openai/… or google/…, not "${embeddingModel}".`);
  const seconds = wholeNumber('PARLANCE_MODEL_TIMEOUT_SECONDS', value('PARLANCE_MODEL_TIMEOUT_SECONDS'));
  if (seconds === 0) throw new ConfigError('PARLANCE_MODEL_TIMEOUT_SECONDS must be at least 1.');
  const aliases = new Map<string, string>();
  for (const pair of value('PARLANCE_MODEL_ALIASES').split(',')) {
    if (pair.trim() === '') continue;
    const [alias = '', id = ''] = pair.split('=').map((part) => part.trim());
    if (alias === '' || id === '')
      throw new ConfigError(`PARLANCE_MODEL_ALIASES must look like "KJUE-v1.0=openai/gpt-4.1,…"; "${pair}" does not.`);
    aliases.set(alias, usable('PARLANCE_MODEL_ALIASES', id));
  }
  // A server of one's own may know none of the names that OpenAI sells, so its default has to be said.
  const small = SMALL.find((id) => isUsable({ keys, openaiBaseUrl: undefined }, id));
  return {
    defaultModel: named('PARLANCE_DEFAULT_MODEL') ?? (openaiBaseUrl === undefined ? small : undefined) ?? DEMO,
    fallbackModel: named('PARLANCE_FALLBACK_MODEL'),
    embeddingModel,
    aliases,
    timeoutMs: seconds * 1000,
    openaiBaseUrl,
    keys,
  };
}
