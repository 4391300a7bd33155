/** `intelligence`: the analysis of a session after its end. Parlance stores it in the agent's layer of the settings. */

import type { CallSettings, Resolution } from '../../../agents/agent.ts';
import type { Edit } from '../../../agents/change/edit.ts';
import { type Codec, format, parse, row, table } from '../../../agents/change/rows.ts';
import type { View } from '../../../agents/view.ts';
import { invalidAt } from '../../../faults.ts';
import { isObject, type JsonObject } from '../../../lib/values.ts';
import * as contract from './contract.ts';

/** Shows the default where the agent has no value of its own. */
const withDefault = (fallback: unknown): Codec => ({ format: (value) => value ?? fallback, parse: (value) => value });

type Tags = NonNullable<CallSettings['tags']>;
/** Agntix shows names only. Descriptions that another API set stay with their tag. */
const names: Codec = {
  format: (tags) => ((tags as Tags | undefined) ?? []).map(({ name }) => name),
  parse: (values, current) => {
    const known = (current as Tags | undefined) ?? [];
    return (values as string[]).map((name) => known.find((tag) => tag.name === name) ?? { name });
  },
};

type Fields = NonNullable<CallSettings['structuredData']>;
const fields: Codec = {
  format: (all) => ((all as Fields | undefined) ?? []).map(({ key, ...rest }) => ({ name: key, ...rest })),
  parse: (values) => (values as contract.ExtractedField[]).map(({ name, ...rest }) => ({ key: name, ...rest })),
};

export const intelligenceTable = table(
  contract.Intelligence,
  [
    row('sentimentAnalysis', 'sentimentAnalysis', { codec: withDefault(true) }),
    row('intentDetection', 'intentDetection', { codec: withDefault(false) }),
    row('customIntents', 'intents', { codec: names }),
    row('resolutionAnalysis', 'resolutionAnalysis', { codec: withDefault(false) }),
    row('resolutionDefinitions', 'resolutions', { codec: withDefault([]) }),
    row('dataExtractionEnabled', 'dataExtraction', { codec: withDefault(true) }),
    row('dataExtractionSchema', 'structuredData', { codec: fields }),
    row('includeConversationSummary', 'conversationSummary', { codec: withDefault(true) }),
  ],
  'callSettings',
);

const FIELD = 'intelligence';
const OUTCOME_PATHS = ['callSettings.resolutionAnalysis', 'callSettings.resolutions'];
export const formatIntelligence = (view: View): JsonObject => format(intelligenceTable, view);

/** Fields that the request omits keep their value. */
export function parseIntelligence(body: unknown, view: View): Edit[] {
  if (body === undefined) return [];
  if (!isObject(body)) throw invalidAt(FIELD, 'must be an object', 'type');
  const edits = parse(intelligenceTable, body, view, FIELD);
  const outcomeEdits = edits.filter(({ path }) => OUTCOME_PATHS.includes(path));
  if (outcomeEdits.length === 0) return edits;
  const edited = new Map(outcomeEdits.map((edit) => [edit.path, edit.op === 'set' ? edit.value : undefined]));
  const { resolutionAnalysis, resolutions = [] } = view.agent.document.callSettings;
  const isOn = edited.get('callSettings.resolutionAnalysis') ?? resolutionAnalysis;
  const known = (edited.get('callSettings.resolutions') as Resolution[] | undefined) ?? resolutions;
  // In Agntix only the agent can define outcomes.
  if (isOn && !['success', 'failed'].every((outcome) => known.some((one) => one.classification === outcome)))
    throw invalidAt(`${FIELD}.resolutionDefinitions`, 'must have at least one success and one failure', 'contains');
  return edits;
}
