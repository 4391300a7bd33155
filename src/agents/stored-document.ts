/**
 * How a document is kept: as JSON, its profiles as a list. Under their ids, as everybody else has them, they would be an
 * object with other keys in every agent, and a server of many agents would spend a tenth of its time on those.
 */

import { dictionary } from '../lib/values.ts';
import type { AgentDocument } from './agent.ts';
import type { Profile } from './profile.ts';

export const textOf = (document: AgentDocument): string =>
  JSON.stringify({ ...document, profiles: Object.values(document.profiles) });

export function documentOf(text: unknown): AgentDocument {
  const document = JSON.parse(String(text)) as AgentDocument;
  // The first version kept them under their ids, which is all the same here.
  const profiles: Profile[] = Object.values(document.profiles);
  document.profiles = dictionary();
  for (const profile of profiles) document.profiles[profile.id] = profile;
  return document;
}
