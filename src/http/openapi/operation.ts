/** Describes one operation: its parameters, its body, its successes, and the faults that any such operation can meet. */
import type { FaultCode } from '../../faults.ts';
import type { Schema } from '../../lib/schema.ts';
import type { Dialect, Failure } from '../dialect.ts';
import type { Answer, Operation, Parameter, RouteRecord, RouteSchema } from './document.ts';
import { capitalized, operationIdOf, singular, spaced } from './naming.ts';
import type { SecurityScheme } from './security-schemes.ts';
import { type Names, named, plain, type Reference, sample } from './shapes.ts';
import { writeHeadersOf } from './write-headers.ts';

/** What the operations of one document share. */
export interface DescriptionContext {
  dialect: Dialect;
  schemes: SecurityScheme[];
  failures: ReadonlyMap<FaultCode, Failure>;
  rateHeaders: readonly string[];
  names: Names;
  /** The operation ids so far. */
  usedIds: Set<string>;
  /** The error answers that operations refer to. Filled while the operations are described. */
  sharedAnswers: Record<string, Answer>;
}

type DescribedRoute = RouteRecord & { schema: RouteSchema };

export function describeOperation(
  route: DescribedRoute,
  method: string,
  path: string,
  context: DescriptionContext,
): Operation {
  const { summary = '', description, tags = [], querystring, body, response = {} } = route.schema;
  const { public: isPublic = false, scope } = route.config ?? {};
  const scopes = scope?.split('|') ?? [];
  const scopeNote =
    scopes.length > 0 ? `A key with scopes needs the scope ${scopes.map((one) => `\`${one}\``).join(' or ')}.` : '';
  const text = [description, scopeNote].filter((paragraph) => paragraph).join('\n\n');
  return {
    operationId: operationIdOf(summary, path, context.usedIds),
    summary,
    ...(text && { description: text }),
    tags,
    security: isPublic ? [] : context.schemes.map(({ name }) => ({ [name]: scopes })),
    parameters: [
      ...pathParameters(path, context.dialect),
      ...queryParameters(querystring),
      ...writeHeadersOf(route, method, path),
    ],
    ...(body && { requestBody: { required: method !== 'delete', content: requestContent(body) } }),
    responses: {
      ...mapValues(response, (schema, status) =>
        success(status, schema, isPublic ? [] : context.rateHeaders, context.names),
      ),
      ...failureAnswers(route, path, context),
    },
  };
}

/** `x-files` lists media types of files that the route accepts; `x-kinds` has the schemas of other kinds of JSON. */
function requestContent(body: Schema): NonNullable<Operation['requestBody']>['content'] {
  const example = sample(body);
  const files = (body['x-files'] ?? []) as readonly string[];
  const kinds = (body['x-kinds'] ?? {}) as Record<string, Schema>;
  return {
    'application/json': { schema: plain(body), ...(example !== undefined && { example }) },
    ...Object.fromEntries(files.map((type) => [type, { schema: { type: 'string', format: 'binary' } }])),
    ...mapValues(kinds, (kind) => ({ schema: plain(kind) })),
  };
}

function pathParameters(path: string, { ids }: Dialect): Parameter[] {
  const segments = path.split('/');
  return segments.flatMap((segment, i): Parameter[] => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined) return [];
    const collection = segments[i - 1]!;
    const { description, ...schema } = plain(ids?.[collection] ?? { type: 'string' });
    const meaning = `The id of the ${spaced(singular(collection))}.`;
    return [
      {
        name,
        in: 'path',
        required: true,
        description: description ? `${meaning} ${description}` : meaning,
        schema: schema as Schema,
      },
    ];
  });
}

const queryParameters = (querystring: Schema | undefined): Parameter[] =>
  Object.entries(querystring?.properties ?? {}).map(([name, property]) => {
    const { description, ...schema } = plain(property);
    return {
      name,
      in: 'query',
      required: querystring?.required?.includes(name) ?? false,
      ...(description !== undefined && { description: String(description) }),
      schema: schema as Schema,
    };
  });

const SUCCESSES: Record<string, string> = {
  200: 'Success.',
  201: 'Created.',
  202: 'Accepted. The work goes on after the answer.',
  204: 'Success, without a body.',
};

function success(status: string, schema: Schema, rateHeaders: readonly string[], names: Names): Answer {
  const headers = ['X-Request-Id', ...rateHeaders];
  return {
    description: SUCCESSES[status] ?? 'Success.',
    headers: Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    ...(schema.type !== 'null' && {
      content: {
        'application/json': { schema: named(schema, names) },
        ...(schema['x-streams'] === true && { 'text/event-stream': { schema: { type: 'string' } } }),
      },
    }),
  };
}

/** Faults by the collection in a path: what an operation answers when no record has the id. */
const MISSING: Record<string, FaultCode> = {
  agents: 'agent_missing',
  'voice-configs': 'profile_missing',
  tools: 'tool_missing',
  avatars: 'avatar_missing',
  'phone-numbers': 'number_missing',
  contacts: 'contact_missing',
  workspaces: 'workspace_missing',
  keys: 'key_absent',
  revisions: 'revision_missing',
  labels: 'label_missing',
  corpora: 'corpus_missing',
  documents: 'document_missing',
  'knowledge-store': 'corpus_missing',
  conversations: 'conversation_missing',
  calls: 'call_missing',
  campaigns: 'campaign_missing',
  webhooks: 'webhook_missing',
  candidates: 'contact_missing',
  interviews: 'call_missing',
  'call-attempts': 'attempt_missing',
  models: 'agent_missing',
  deliveries: 'delivery_missing',
  'do-not-call': 'number_missing',
};

/** The faults that every operation of this kind can meet, by status. `default` stands for all others. */
function failureAnswers(
  { schema, config }: DescribedRoute,
  path: string,
  { failures, sharedAnswers }: DescriptionContext,
): Record<string, Reference> {
  const missing = [...path.matchAll(/([^/]+)\/\{\w+\}/g)].flatMap(([, collection]) => MISSING[collection!] ?? []);
  const codes: FaultCode[] = [
    ...(schema.querystring ? (['invalid_query'] as const) : []),
    ...(schema.body ? (['invalid_json', 'invalid_value', 'too_large', 'unsupported_media'] as const) : []),
    ...(config?.public ? [] : (['key_missing', 'key_unknown', 'key_revoked', 'key_expired'] as const)),
    ...(config?.scope ? (['scope_missing'] as const) : []),
    ...missing,
    ...(config?.public ? [] : (['rate_limited'] as const)),
  ];
  const byStatus: Record<string, FaultCode[]> = {};
  for (const code of codes) {
    const status = failures.get(code)!.status;
    byStatus[status] = [...(byStatus[status] ?? []), code];
  }
  const share = (codes: FaultCode[], description?: string): Reference => {
    const name = codes.join('.');
    sharedAnswers[name] ??= failureAnswer(codes, failures, description);
    return { $ref: `#/components/responses/${name}` };
  };
  return { ...mapValues(byStatus, (all) => share(all)), default: share(['internal'], 'Any other failure.') };
}

function failureAnswer(codes: FaultCode[], failures: DescriptionContext['failures'], description?: string): Answer {
  const retry = codes.some((code) => code === 'rate_limited' || code === 'unavailable');
  const type = failures.get(codes[0]!)?.headers?.['Content-Type'] ?? 'application/json';
  return {
    description: description ?? `${capitalized(codes.map(spaced).join(', '))}.`,
    ...(retry && { headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } }),
    content: {
      [type]: {
        schema: { $ref: '#/components/schemas/Failure' },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
}

const mapValues = <T, U>(record: Record<string, T>, change: (value: T, key: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
