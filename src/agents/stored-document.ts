/**
 * How a document is stored: as JSON, with the profiles as a list. Objects keyed by ids have different keys in every
 * agent, and parsing them would take a tenth of the time of a server with many agents.
 */

import { dictionary } from '../lib/values.ts';
import type { AgentDocument } from './agent.ts';
import type { Profile } from './profile.ts';

export const serializeDocument = (document: AgentDocument): string =>
  JSON.stringify({ ...document, profiles: Object.values(document.profiles) });

export function parseDocument(text: unknown): AgentDocument {
  const document = JSON.parse(String(text)) as AgentDocument;
  // The first version stored an object keyed by ids; `Object.values` reads both.
  const profiles: Profile[] = Object.values(document.profiles);
  document.profiles = dictionary();
  for (const profile of profiles) document.profiles[profile.id] = profile;
  return document;
}
