/** Creates an interview: an outbound call, with a new candidate and a new agent if the request brings them. */
import type { Call } from '../../../calling/call.ts';
import type { ContactInput } from '../../../contacts/contact.ts';
import { invalidAt } from '../../../faults.ts';
import type { JsonObject } from '../../../lib/values.ts';
import type { Services } from '../../../services.ts';
import { type Caller, requireScope } from '../../../workspaces/caller.ts';
import { formatAgent, parseNewAgent } from '../agents/mapping.ts';
import { factsOf, parseNewCandidate } from '../candidates/mapping.ts';
import { checkCallable, checkType, type InterviewDraft, jobOf, withPrefix } from './drafts.ts';
import { latestOf } from './moments.ts';

type Undo = () => Promise<void>;

/** Checks the whole request before it stores anything. If the call is refused, removes the parts that it stored. */
export async function createInterview(services: Services, caller: Caller, draft: InterviewDraft): Promise<Call> {
  const { moment, isTest, metadata } = draft;
  const fields = await candidateFields(services, caller, draft);
  const { type, focus } = await agentFields(services, caller, draft);
  checkType(type);
  const facts = factsOf(fields);
  const jobId = jobOf(draft, focus, facts);
  const at = moment ? latestOf(moment) : services.now();
  checkCallable(facts, at, 'body' in draft.candidate ? 'candidate.phoneNumber' : 'candidateId');
  if ('body' in draft.agent && caller.writeOptions.dryRun)
    throw invalidAt('agent', 'must be a stored agent in a dry run; send an agentId', 'unsupported');
  const undo: Undo[] = [];
  try {
    return await services.calls.place(caller, {
      agent: await storeAgent(services, caller, draft, undo),
      contact: await storeCandidate(services, caller, draft, fields, undo),
      ...moment,
      metadata,
      extras: { ...(jobId !== null && { jobId }), ...(isTest && { isTest }) },
      simulated: isTest,
      outlivesAgent: true,
    });
  } catch (error) {
    for (const step of undo) await step();
    throw error;
  }
}

async function candidateFields(
  { contacts, now }: Services,
  caller: Caller,
  { candidate }: InterviewDraft,
): Promise<ContactInput> {
  if ('id' in candidate) return (await contacts.get(caller, candidate.id)).fields;
  requireScope(caller, 'candidates:write');
  return withPrefix('candidate', () => parseNewCandidate(candidate.body, now()));
}

/** The agent as an answer shows it, or the body of a new one after its check. */
async function agentFields({ agents }: Services, caller: Caller, { agent }: InterviewDraft): Promise<JsonObject> {
  if ('id' in agent) return formatAgent(await agents.get({ ...caller }, { id: agent.id }));
  requireScope(caller, 'agents:write');
  await withPrefix('agent', () => agents.check(caller, { edits: (view) => parseNewAgent(agent.body, view) }));
  return agent.body;
}

async function storeAgent(
  { agents }: Services,
  caller: Caller,
  { agent }: InterviewDraft,
  undo: Undo[],
): Promise<{ id: string }> {
  if ('id' in agent) return agent;
  const view = await agents.create({ ...caller }, { edits: (view) => parseNewAgent(agent.body, view) });
  const { id } = view.agent;
  undo.push(() => agents.remove({ ...caller, writeOptions: {} }, { id }));
  return { id };
}

/** A dry run stores no candidate, so its call carries the candidate's fields. */
async function storeCandidate(
  { contacts }: Services,
  caller: Caller,
  { candidate }: InterviewDraft,
  fields: ContactInput,
  undo: Undo[],
): Promise<{ id: string } | ContactInput> {
  if ('id' in candidate) return candidate;
  if (caller.writeOptions.dryRun) return fields;
  const { id } = await contacts.create(caller, fields);
  undo.push(() => contacts.remove(caller, id));
  return { id };
}
