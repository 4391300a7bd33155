/**
 * Takes the snapshot that a conversation runs on: the agents and their tools, with every placeholder filled. Pure: the
 * start looks everything up and hands it in.
 */
import { type Agent, type AgentDocument, defaultProfile } from '../agents/agent.ts';
import type { Profile } from '../agents/profile.ts';
import type { ContactInput } from '../contacts/contact.ts';
import { languageOf } from '../lib/locale.ts';
import type { JsonObject } from '../lib/values.ts';
import { type Layer, resolve } from '../settings/resolve.ts';
import type { Tool } from '../tools/tool.ts';
import type { Channel, Persona, Snapshot } from './conversation.ts';
import { type ListedTool, offeredTools } from './offer.ts';
import { render, type TemplateRules } from './template.ts';
import { type CallContext, templateVariables } from './variables.ts';

export interface SnapshotInput {
  conversationId: string;
  /** When the conversation starts, in ISO 8601. */
  at: string;
  channel: Channel;
  /** The locale that the client requested. */
  locale?: string;
  /** The first agent, at the chosen revision. */
  first: Agent;
  /** Every other agent that the conversation may be handed off to, by id. */
  others: ReadonlyMap<string, Agent>;
  /** The profile to use, by agent id, where the client or a transfer target names one. */
  profileIds: ReadonlyMap<string, string>;
  /** The workspace's tools that these agents refer to. */
  tools: readonly Tool[];
  /** What each MCP server listed, by the server's tool id. */
  listed: ReadonlyMap<string, readonly ListedTool[]>;
  notes: readonly string[];
  /** The `id` is null where the contact is not stored in the workspace. */
  contact: { id: string | null; fields: ContactInput } | null;
  memory: JsonObject;
  /** The call, on the telephone. */
  call?: CallContext;
  outlivesAgent?: true;
  /** The layers of the call settings, without the agent's own. */
  layers: readonly Layer[];
  /** The client's own variables. */
  variables: JsonObject;
  /** The name of the workspace. */
  company: string;
  overrides: Snapshot['overrides'];
  label: string | null;
  templates: TemplateRules;
}

export function takeSnapshot(input: SnapshotInput): Snapshot {
  const { first, others, channel, contact, overrides, templates } = input;
  const variables = templateVariables({ ...input, contact: contact?.fields ?? null });
  const speaker = personaOf(first, input, variables);
  const personas = [speaker, ...[...others.values()].map((agent) => personaOf(agent, input, variables))];
  const fill = (text: string) => render(text, { agent_name: speaker.name, ...variables }, templates);
  const resolved = resolve([...input.layers, { level: 'agent', document: first.document as unknown as JsonObject }]);
  return {
    personas: Object.fromEntries(personas.map((persona) => [persona.agentId, persona])),
    firstAgentId: first.id,
    channel,
    locale: localeOf(input, speaker.profile),
    variables,
    contact: contact && { ...(contact.id !== null && { id: contact.id }), ...contact.fields },
    memory: input.memory,
    settings: Object.fromEntries(Object.entries(resolved).map(([key, { value, from }]) => [key, { value, from }])),
    overrides: {
      ...overrides,
      ...(overrides.instructions !== undefined && { instructions: fill(overrides.instructions) }),
      ...(overrides.greeting !== undefined && { greeting: fill(overrides.greeting) }),
    },
    label: input.label,
    ...(input.outlivesAgent && { outlivesAgent: true }),
    notes: [...input.notes],
    startedAt: input.at,
  };
}

/** The agent with its chosen profile, its tools, and its texts filled in. */
function personaOf(agent: Agent, input: SnapshotInput, variables: JsonObject): Persona {
  const { channel, others, first, tools, listed, templates } = input;
  const { id, revision, document } = agent;
  const profile = profileFor(document, input, input.profileIds.get(id));
  const name = profile?.name ?? document.name;
  const values = { agent_name: name, ...variables };
  const fill = (text: string | undefined) => (text === undefined ? undefined : render(text, values, templates));
  const agents = new Map([...others, [first.id, first]]);
  const { role, context, specialInstructions } = document;
  return {
    agentId: id,
    revision,
    document: {
      ...document,
      ...defined({ role: fill(role), context: fill(context), specialInstructions: fill(specialInstructions) }),
    },
    profile: profile && {
      ...profile,
      ...defined({ instructions: fill(profile.instructions) }),
      greeting: { ...profile.greeting, ...defined({ text: fill(profile.greeting.text) }) },
    },
    name,
    ...offeredTools({ document, channel, tools, agents, listed }),
  };
}

/** The object without its undefined values: the stored snapshot must not hold keys that the agent lacks. */
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
const defined = <T extends object>(values: T): Partial<Defined<T>> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<Defined<T>>;

/**
 * The profile with this `id`; else the one for the requested locale, or for the contact's language; else the default.
 * Only active profiles count. Undefined where the agent has none.
 */
export function profileFor(
  document: AgentDocument,
  { locale, contact }: Pick<SnapshotInput, 'locale' | 'contact'>,
  id?: string,
): Profile | undefined {
  const active = Object.values(document.profiles).filter((profile) => profile.active);
  const named = active.find((profile) => profile.id === id);
  if (named) return named;
  const standard = defaultProfile(document);
  const fallback = standard?.active ? standard : active[0];
  const requested = locale ?? contact?.fields.language ?? undefined;
  if (requested === undefined) return fallback;
  const defaultFirst = [...active].sort((a, b) => Number(b.default) - Number(a.default));
  const profileWith = (matches: (own: string) => boolean) =>
    defaultFirst.find((one) => one.locale !== undefined && matches(one.locale));
  return (
    profileWith((own) => own.toLowerCase() === requested.toLowerCase()) ??
    profileWith((own) => languageOf(own) === languageOf(requested)) ??
    fallback
  );
}

const FALLBACK_LOCALE = 'en';

/** The profile's locale where its language fits, since it names the region; else the requested one. */
function localeOf({ locale, contact }: SnapshotInput, profile: Profile | undefined): string {
  const own = profile?.locale;
  if (locale !== undefined && (own === undefined || languageOf(own) !== languageOf(locale))) return locale;
  return own ?? locale ?? contact?.fields.language ?? FALLBACK_LOCALE;
}
