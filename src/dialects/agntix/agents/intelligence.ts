/** `intelligence`: what is looked into when a session is over. In the hub it is the agent's layer of the settings. */

import type { CallSettings, Resolution } from '../../../agents/agent.ts';
import type { Edit } from '../../../agents/change/edit.ts';
import { type Codec, format, parse, row, table } from '../../../agents/change/rows.ts';
import type { View } from '../../../agents/view.ts';
import { invalidAt } from '../../../faults.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import * as contract from './contract.ts';

/** What is shown where the agent itself says nothing: what holds unless somebody says otherwise. */
const unlessSaid = (fallback: unknown): Codec => ({ to: (value) => value ?? fallback, from: (sent) => sent });

type Tags = NonNullable<CallSettings['tags']>;
/** Agntix has names alone; what another API says about one of them stays with it. */
const names: Codec = {
  to: (tags) => ((tags as Tags | undefined) ?? []).map(({ name }) => name),
  from: (sent, current) => {
    const known = (current as Tags | undefined) ?? [];
    return (sent as string[]).map((name) => known.find((tag) => tag.name === name) ?? { name });
  },
};

type Fields = NonNullable<CallSettings['structuredData']>;
const fields: Codec = {
  to: (all) => ((all as Fields | undefined) ?? []).map(({ key, ...rest }) => ({ name: key, ...rest })),
  from: (sent) => (sent as contract.ExtractedField[]).map(({ name, ...rest }) => ({ key: name, ...rest })),
};

export const intelligenceTable = table(
  contract.Intelligence,
  [
    row('sentimentAnalysis', 'sentimentAnalysis', { codec: unlessSaid(true) }),
    row('intentDetection', 'intentDetection', { codec: unlessSaid(false) }),
    row('customIntents', 'intents', { codec: names }),
    row('resolutionAnalysis', 'resolutionAnalysis', { codec: unlessSaid(false) }),
    row('resolutionDefinitions', 'resolutions', { codec: unlessSaid([]) }),
    row('dataExtractionEnabled', 'dataExtraction', { codec: unlessSaid(true) }),
    row('dataExtractionSchema', 'structuredData', { codec: fields }),
    row('includeConversationSummary', 'conversationSummary', { codec: unlessSaid(true) }),
  ],
  'callSettings',
);

const FIELD = 'intelligence';
const ABOUT_OUTCOMES = ['callSettings.resolutionAnalysis', 'callSettings.resolutions'];
export const formatIntelligence = (view: View): JsonObject => format(intelligenceTable, view);

/** What is not mentioned stays. */
export function parseIntelligence(sent: unknown, view: View): Edit[] {
  if (sent === undefined) return [];
  if (!isObject(sent)) throw invalidAt(FIELD, 'must be an object', 'type');
  const edits = parse(intelligenceTable, sent, view, FIELD);
  const moved = edits.filter(({ path }) => ABOUT_OUTCOMES.includes(path));
  if (moved.length === 0) return edits;
  const said = new Map(moved.map((edit) => [edit.path, edit.op === 'set' ? edit.value : undefined]));
  const { resolutionAnalysis, resolutions = [] } = view.agent.document.callSettings;
  const isOn = said.get('callSettings.resolutionAnalysis') ?? resolutionAnalysis;
  const known = (said.get('callSettings.resolutions') as Resolution[] | undefined) ?? resolutions;
  // Agntix knows no other level at which they could be said.
  if (isOn && !['success', 'failed'].every((wanted) => known.some((one) => one.classification === wanted)))
    throw invalidAt(`${FIELD}.resolutionDefinitions`, 'must have at least one success and one failure', 'contains');
  return edits;
}
