/**
 * What a conversation runs on, put together once at its beginning: who may speak and as what, with every placeholder
 * filled. Pure: everything that had to be looked up is handed in.
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
import { type CallContext, variablesOf } from './variables.ts';

export interface SnapshotGiven {
  conversationId: string;
  at: string;
  channel: Channel;
  /** The locale that was asked for. */
  locale?: string;
  /** The agent it begins with, as the revision that was chosen has it. */
  first: Agent;
  /** Everybody it may be handed over to, and as which of their profiles where that was said. */
  others: ReadonlyMap<string, Agent>;
  profileIds: ReadonlyMap<string, string>;
  tools: readonly Tool[];
  listed: ReadonlyMap<string, readonly ListedTool[]>;
  notes: readonly string[];
  contact: { id: string | null; fields: ContactInput } | null;
  memory: JsonObject;
  telephone?: CallContext;
  outlivesAgent?: true;
  /** Besides the agent's own. */
  layers: readonly Layer[];
  variables: JsonObject;
  company: string;
  overrides: Snapshot['overrides'];
  label: string | null;
  templates: TemplateRules;
}

export function takeSnapshot(given: SnapshotGiven): Snapshot {
  const { first, others, channel, contact, overrides, templates } = given;
  const variables = variablesOf({ ...given, contact: contact?.fields ?? null, own: given.variables });
  const personas = [first, ...others.values()].map((agent) => personaOf(agent, given, variables));
  const [speaker] = personas;
  const filled = (text: string) => render(text, { agent_name: speaker!.name, ...variables }, templates);
  const resolved = resolve([...given.layers, { level: 'agent', document: first.document as unknown as JsonObject }]);
  return {
    personas: Object.fromEntries(personas.map((persona) => [persona.agentId, persona])),
    firstAgentId: first.id,
    channel,
    locale: localeOf(given, speaker!.profile),
    variables,
    contact: contact && { ...(contact.id !== null && { id: contact.id }), ...contact.fields },
    memory: given.memory,
    settings: Object.fromEntries(Object.entries(resolved).map(([key, { value, from }]) => [key, { value, from }])),
    overrides: {
      ...overrides,
      ...(overrides.instructions !== undefined && { instructions: filled(overrides.instructions) }),
      ...(overrides.greeting !== undefined && { greeting: filled(overrides.greeting) }),
    },
    label: given.label,
    ...(given.outlivesAgent && { outlivesAgent: true }),
    notes: [...given.notes],
    startedAt: given.at,
  };
}

function personaOf(agent: Agent, given: SnapshotGiven, variables: JsonObject): Persona {
  const { channel, others, first, tools, listed, templates } = given;
  const { id, revision, document } = agent;
  const profile = profileFor(document, given, given.profileIds.get(id));
  const name = profile?.name ?? document.name;
  const values = { agent_name: name, ...variables };
  const filled = <T extends string | undefined>(text: T): T | string =>
    text === undefined ? text : render(text, values, templates);
  const agents = new Map([...others, [first.id, first]]);
  return {
    agentId: id,
    revision,
    document: { ...document, ...defined({ role: filled(document.role), ...moreWords(document, filled) }) },
    profile: profile && {
      ...profile,
      ...defined({ instructions: filled(profile.instructions) }),
      greeting: { ...profile.greeting, ...defined({ text: filled(profile.greeting.text) }) },
    },
    name,
    ...offeredTools({ document, channel, tools, agents, listed }),
  };
}

const moreWords = (
  { context, specialInstructions }: AgentDocument,
  filled: (text: string | undefined) => string | undefined,
) => ({ context: filled(context), specialInstructions: filled(specialInstructions) });

/** What is absent stays absent: it is not the same as being nothing. */
type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
const defined = <T extends object>(values: T): Partial<Defined<T>> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<Defined<T>>;

/**
 * The one that was named; else the one that speaks the language that was asked for, or the contact's; else the
 * default. One that is switched off never speaks.
 */
export function profileFor(
  document: AgentDocument,
  { locale, contact }: Pick<SnapshotGiven, 'locale' | 'contact'>,
  id?: string,
): Profile | undefined {
  const active = Object.values(document.profiles).filter((profile) => profile.active);
  const named = active.find((profile) => profile.id === id);
  if (named) return named;
  const usual = defaultProfile(document);
  const fallback = usual?.active ? usual : active[0];
  const wanted = locale ?? contact?.fields.language ?? undefined;
  if (wanted === undefined) return fallback;
  // Of several that fit, the default goes first.
  const ordered = [...active].sort((a, b) => Number(b.default) - Number(a.default));
  const speaks = (fits: (own: string) => boolean) =>
    ordered.find((one) => one.locale !== undefined && fits(one.locale));
  return (
    speaks((own) => own.toLowerCase() === wanted.toLowerCase()) ??
    speaks((own) => languageOf(own) === languageOf(wanted)) ??
    fallback
  );
}

const FALLBACK_LOCALE = 'en';

/** A profile knows its region; a language that nobody has a profile for is spoken all the same. */
function localeOf({ locale, contact }: SnapshotGiven, profile: Profile | undefined): string {
  const own = profile?.locale;
  if (locale !== undefined && (own === undefined || languageOf(own) !== languageOf(locale))) return locale;
  return own ?? locale ?? contact?.fields.language ?? FALLBACK_LOCALE;
}
