/** Every environment variable, defined once. `docs/guides/configuration.md` shows this table; a test compares the two. */

const DIALECT_NAMES = ['native', 'kejue', 'agenthuman', 'instaview', 'ayra', 'agntix', 'openai'] as const;
type DialectName = (typeof DIALECT_NAMES)[number];

interface Variable {
  /** Empty: the variable is unset, and its meaning says what happens then. */
  default: string;
  meaning: string;
}
const variable = (fallback: string, meaning: string): Variable => ({ default: fallback, meaning });
const dialectLimit = (api: string) =>
  variable('', `Requests per minute and key on ${api}; 0 turns this limit off. Unset: PARLANCE_RATE_LIMIT.`);

export const VARIABLES = {
  PARLANCE_HOST: variable('127.0.0.1', 'The address that the server listens on. 0.0.0.0 means every interface.'),
  PARLANCE_PORT: variable('4747', 'The port that the server listens on, from 0 to 65535. 0 means any free port.'),
  PARLANCE_DATA: variable('data', 'The directory of the embedded database and of credentials.json.'),
  DATABASE_URL: variable('', 'The PostgreSQL database, as postgres://…. Unset: the embedded database.'),
  PARLANCE_HOSTS: variable(
    '',
    'Host names that replace the prefix of an API, as a list: "kejue=api.kejue.example,ayra=…". Unset: none.',
  ),
  PARLANCE_JWT_ISSUERS: variable(
    '',
    'Identity providers whose tokens the Agntix API accepts, as a JSON list of {issuer, jwksUrl, audience?, workspaceClaim}. Unset: none.',
  ),
  PARLANCE_RATE_LIMIT: variable('60000', 'Requests per minute and key; 0 turns the limit off.'),
  PARLANCE_RATE_LIMIT_NATIVE: dialectLimit('the native API'),
  PARLANCE_RATE_LIMIT_KEJUE: dialectLimit('the Kejue API'),
  PARLANCE_RATE_LIMIT_AGENTHUMAN: dialectLimit('the AgentHuman API'),
  PARLANCE_RATE_LIMIT_INSTAVIEW: dialectLimit('the InstaView API'),
  PARLANCE_RATE_LIMIT_AYRA: dialectLimit('the Ayra API'),
  PARLANCE_RATE_LIMIT_AGNTIX: dialectLimit('the Agntix API'),
  PARLANCE_RATE_LIMIT_OPENAI: dialectLimit('the OpenAI-compatible API'),
  PARLANCE_INSTAVIEW_ENVELOPE: variable(
    'bare',
    'How the InstaView API answers a success: "bare", or "wrapped" in the envelope of its guides.',
  ),
  PARLANCE_BODY_LIMIT: variable('2097152', 'The largest request body, in bytes.'),
  PARLANCE_TRUST_PROXY: variable(
    '0',
    '1 behind a reverse proxy: the server reads the client address from X-Forwarded-For.',
  ),
  PARLANCE_CORS_ORIGINS: variable(
    '',
    'Origins whose pages may call the server from a browser, as a list: "https://a.example,https://b.example". * means all. Unset: none.',
  ),
  PARLANCE_ALLOW_PRIVATE_TARGETS: variable(
    '0',
    '1 lets webhooks and tools call loopback and private addresses, and lets every API accept their http:// addresses.',
  ),
  PARLANCE_CHAT_IDLE_MINUTES: variable('30', 'The time without a message after which an open chat ends, in minutes.'),
  PARLANCE_DEFAULT_MODEL: variable(
    '',
    'The model of agents that name no model, or one that this server cannot use, as provider/name. Unset: a small model of the first provider with a key, else parlance/demo.',
  ),
  PARLANCE_FALLBACK_MODEL: variable(
    '',
    'The model that answers when another one fails before its first word, as provider/name. Unset: none.',
  ),
  PARLANCE_MODEL_ALIASES: variable(
    '',
    'The models that other names stand for, as a list: "KJUE-v1.0=openai/gpt-4.1,KJUE-v0=parlance/demo". Unset: none.',
  ),
  PARLANCE_EMBEDDING_MODEL: variable(
    '',
    'The model that finds knowledge by meaning, as openai/… or google/…. Unset: knowledge is found by its words only.',
  ),
  PARLANCE_MODEL_TIMEOUT_SECONDS: variable(
    '60',
    'The longest wait for the first part of an answer of a model, and between two parts, in seconds.',
  ),
  PARLANCE_OPENAI_BASE_URL: variable(
    '',
    'The server for openai/… models, as http(s)://…/v1. It must support chat completions. Unset: OpenAI.',
  ),
  OPENAI_API_KEY: variable(
    '',
    'The key for openai/… models. PARLANCE_OPENAI_BASE_URL enables them without a key. Unset: no key.',
  ),
  ANTHROPIC_API_KEY: variable('', 'The key for anthropic/… models. Unset: they are not available.'),
  GOOGLE_GENERATIVE_AI_API_KEY: variable('', 'The key for google/… models. Unset: they are not available.'),
  PARLANCE_LOG: variable('info', 'The lowest level that is logged: trace, debug, info, warn, error or silent.'),
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
  /** The model of agents that name no model, or one that this server cannot use. */
  defaultModel: string;
  /** The model that answers when another one fails before its first part. */
  fallbackModel: string | undefined;
  /** The model that computes embeddings; undefined: knowledge is found by its words only. */
  embeddingModel: string | undefined;
  /** Model ids by the name that stands for them, with or without the provider in front. */
  aliases: ReadonlyMap<string, string>;
  /** The longest wait for the first part of an answer, and between two parts. */
  timeoutMs: number;
  openaiBaseUrl: string | undefined;
  keys: Readonly<Record<'openai' | 'anthropic' | 'google', string | undefined>>;
}

export interface Config {
  host: string;
  port: number;
  dataDirectory: string;
  /** The address of PostgreSQL; undefined means the embedded engine. */
  databaseUrl: string | undefined;
  /** Dialects by the host name that replaces their prefix. */
  hosts: ReadonlyMap<string, DialectName>;
  jwtIssuers: readonly JwtIssuer[];
  /** Requests per minute and key; 0 means no limit. */
  rateLimit: (dialect: DialectName) => number;
  instaviewEnvelope: 'bare' | 'wrapped';
  logLevel: string;
  bodyLimitBytes: number;
  trustProxy: boolean;
  /** Origins whose pages may call from a browser; `*` means all. */
  corsOrigins: readonly string[];
  /** Whether outgoing requests may reach addresses that are private to this network. */
  allowPrivateTargets: boolean;
  /** How long an open chat may stay without a message. */
  chatIdleMs: number;
  models: ModelConfig;
}

/** A configuration that cannot be used. The message names the variable and the remedy; the command line prints it. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;
type ReadVariable = (name: VariableName) => string;

/**
 * Flags take precedence over variables, and variables over defaults.
 * @throws ConfigError where a value cannot be used.
 */
export function readConfig(environment: Environment, flags: Partial<Record<'host' | 'port' | 'data', string>>): Config {
  const value: ReadVariable = (name) => environment[name] || VARIABLES[name].default;
  const count = (name: VariableName): number => wholeNumber(name, value(name));
  const choose = <const C extends readonly string[]>(name: VariableName, choices: C): C[number] =>
    oneOf(name, value(name), choices);
  return {
    host: flags.host ?? value('PARLANCE_HOST'),
    port: readPort(flags.port === undefined ? 'PARLANCE_PORT' : '--port', flags.port ?? value('PARLANCE_PORT')),
    dataDirectory: flags.data ?? value('PARLANCE_DATA'),
    databaseUrl: value('DATABASE_URL') || undefined,
    hosts: readHosts(value('PARLANCE_HOSTS')),
    jwtIssuers: readIssuers(value('PARLANCE_JWT_ISSUERS')),
    rateLimit: readRateLimits(value),
    instaviewEnvelope: choose('PARLANCE_INSTAVIEW_ENVELOPE', ['bare', 'wrapped']),
    logLevel: choose('PARLANCE_LOG', ['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    bodyLimitBytes: count('PARLANCE_BODY_LIMIT'),
    trustProxy: choose('PARLANCE_TRUST_PROXY', ['0', '1']) === '1',
    corsOrigins: readOrigins(value('PARLANCE_CORS_ORIGINS')),
    allowPrivateTargets: choose('PARLANCE_ALLOW_PRIVATE_TARGETS', ['0', '1']) === '1',
    chatIdleMs: atLeastOne('PARLANCE_CHAT_IDLE_MINUTES', value) * 60_000,
    models: readModels(value),
  };
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new ConfigError(`${name} must be a whole number, not "${text}".`);
  return Number(text);
}

function atLeastOne(name: VariableName, value: ReadVariable): number {
  const number = wholeNumber(name, value(name));
  if (number === 0) throw new ConfigError(`${name} is 0; it must be at least 1.`);
  return number;
}

function readPort(name: string, text: string): number {
  const port = wholeNumber(name, text);
  if (port > 65_535) throw new ConfigError(`${name} is ${port}; a port is at most 65535.`);
  return port;
}

function oneOf<const C extends readonly string[]>(name: string, text: string, choices: C): C[number] {
  if (!choices.includes(text)) throw new ConfigError(`${name} must be one of ${choices.join(', ')}, not "${text}".`);
  return text;
}

/** The items of a list that is separated by commas. */
const itemsOf = (list: string): string[] =>
  list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** The two sides of `left=right`; empty where a side is missing. */
function sidesOf(pair: string): [left: string, right: string] {
  const [left = '', right = ''] = pair.split('=').map((side) => side.trim());
  return [left, right];
}

function readRateLimits(value: ReadVariable): Config['rateLimit'] {
  const general = wholeNumber('PARLANCE_RATE_LIMIT', value('PARLANCE_RATE_LIMIT'));
  const limits = new Map(
    DIALECT_NAMES.map((dialect) => {
      const name = `PARLANCE_RATE_LIMIT_${dialect.toUpperCase()}` as VariableName;
      return [dialect, value(name) === '' ? general : wholeNumber(name, value(name))];
    }),
  );
  return (dialect) => limits.get(dialect) ?? general;
}

/** Origins as browsers send them: without a path, and without a default port. */
function readOrigins(list: string): string[] {
  const origins = itemsOf(list);
  for (const origin of origins) {
    const parsed = URL.canParse(origin) ? new URL(origin).origin : undefined;
    if (origin === '*' || origin === parsed) continue;
    const example = parsed && parsed !== 'null' ? parsed : 'https://app.example.com';
    throw new ConfigError(
      `PARLANCE_CORS_ORIGINS has "${origin}", which is not an origin; write ${example}, or * for all.`,
    );
  }
  return origins;
}

function readHosts(list: string): Map<string, DialectName> {
  const hosts = new Map<string, DialectName>();
  for (const pair of itemsOf(list)) {
    const [name, host] = sidesOf(pair);
    const dialect = DIALECT_NAMES.find((known) => known === name);
    if (!dialect || host === '')
      throw new ConfigError(
        `PARLANCE_HOSTS has "${pair}"; write API=host, such as kejue=api.example.com. APIs: ${DIALECT_NAMES.join(', ')}.`,
      );
    hosts.set(host.toLowerCase(), dialect);
  }
  return hosts;
}

function readIssuers(text: string): JwtIssuer[] {
  if (text === '') return [];
  const invalid = new ConfigError(
    'PARLANCE_JWT_ISSUERS must be a JSON list of {issuer, jwksUrl, audience?, workspaceClaim}.',
  );
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw invalid;
  }
  if (!Array.isArray(list)) throw invalid;
  for (const entry of list as Partial<JwtIssuer>[])
    if (!entry?.issuer || !entry.jwksUrl || !entry.workspaceClaim) throw invalid;
  return list as JwtIssuer[];
}

const DEMO = 'parlance/demo';
/** The default model of each provider, where only the provider's key is set. */
const SMALL_MODELS = ['openai/gpt-4o-mini', 'anthropic/claude-haiku-4-5', 'google/gemini-2.5-flash'];

/** Whether this server can use a model: the demo always, another one where its provider has a key or an address. */
export function isUsable({ keys, openaiBaseUrl }: Pick<ModelConfig, 'keys' | 'openaiBaseUrl'>, id: string): boolean {
  const [provider = '', ...name] = id.split('/');
  if (provider === 'parlance') return id === DEMO;
  if (name.join('/') === '') return false;
  if (provider === 'openai') return keys.openai !== undefined || openaiBaseUrl !== undefined;
  return (provider === 'anthropic' || provider === 'google') && keys[provider] !== undefined;
}

function readModels(value: ReadVariable): ModelConfig {
  const keys = {
    openai: value('OPENAI_API_KEY') || undefined,
    anthropic: value('ANTHROPIC_API_KEY') || undefined,
    google: value('GOOGLE_GENERATIVE_AI_API_KEY') || undefined,
  };
  const openaiBaseUrl = value('PARLANCE_OPENAI_BASE_URL') || undefined;
  if (openaiBaseUrl !== undefined && !/^https?:\/\/[^/]/.test(openaiBaseUrl))
    throw new ConfigError(
      `PARLANCE_OPENAI_BASE_URL is "${openaiBaseUrl}"; it must begin with http:// or https:// and a host.`,
    );
  const requireUsable = (name: VariableName, id: string): string => {
    if (isUsable({ keys, openaiBaseUrl }, id)) return id;
    throw new ConfigError(
      `${name} names the model "${id}", which this server cannot use; write provider/name of a provider whose key is set, or ${DEMO}.`,
    );
  };
  const model = (name: VariableName): string | undefined =>
    value(name) === '' ? undefined : requireUsable(name, value(name));
  const embeddingModel = model('PARLANCE_EMBEDDING_MODEL');
  if (embeddingModel !== undefined && !/^(openai|google)\//.test(embeddingModel))
    throw new ConfigError(`PARLANCE_EMBEDDING_MODEL must be openai/… or google/…, not "${embeddingModel}".`);
  // A server at PARLANCE_OPENAI_BASE_URL may not know OpenAI's models, so PARLANCE_DEFAULT_MODEL must name its own.
  const smallModel = SMALL_MODELS.find((id) => isUsable({ keys, openaiBaseUrl: undefined }, id));
  return {
    defaultModel: model('PARLANCE_DEFAULT_MODEL') ?? (openaiBaseUrl === undefined ? smallModel : undefined) ?? DEMO,
    fallbackModel: model('PARLANCE_FALLBACK_MODEL'),
    embeddingModel,
    aliases: readAliases(value('PARLANCE_MODEL_ALIASES'), requireUsable),
    timeoutMs: atLeastOne('PARLANCE_MODEL_TIMEOUT_SECONDS', value) * 1000,
    openaiBaseUrl,
    keys,
  };
}

function readAliases(list: string, requireUsable: (name: VariableName, id: string) => string): Map<string, string> {
  const aliases = new Map<string, string>();
  for (const pair of itemsOf(list)) {
    const [alias, id] = sidesOf(pair);
    if (alias === '' || id === '')
      throw new ConfigError(
        `PARLANCE_MODEL_ALIASES has "${pair}"; write alias=model, such as KJUE-v1.0=openai/gpt-4.1.`,
      );
    aliases.set(alias, requireUsable('PARLANCE_MODEL_ALIASES', id));
  }
  return aliases;
}
