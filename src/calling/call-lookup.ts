/** One call, and what the rules say about it. */

import type { Context } from '../context.ts';
import { Fault } from '../faults.ts';
import type { SettingsService } from '../settings/service.ts';
import type { Caller } from '../workspaces/caller.ts';
import type { Call } from './call.ts';
import { type CallCase, gatherCases } from './circumstances.ts';
import type { CallingRulesSource } from './rule-book.ts';
import type { Step } from './rules/plan.ts';

/** Throws `call_missing` where the workspace has no such call. */
export async function findCall({ store }: Context, caller: Pick<Caller, 'workspaceId'>, id: string): Promise<Call> {
  const call = await store.calls.get(caller.workspaceId, id);
  if (!call) throw new Fault('call_missing', { id });
  return call;
}

export interface PlanningParts {
  settings: Pick<SettingsService, 'current'>;
  callingRules: CallingRulesSource;
}

/** The facts about a call, and a function that plans the next step of any state of that call. */
export interface CallPlan {
  callCase: CallCase;
  plan: (call: Call) => Step;
}

export async function planFor(ctx: Context, parts: PlanningParts, call: Call): Promise<CallPlan> {
  const callingRules = await parts.callingRules();
  const [callCase] = await gatherCases(ctx, callingRules, parts.settings)([call]);
  if (!callCase) throw new Error(`No facts were gathered about the call ${call.id}`);
  const plan = (state: Call): Step => callingRules.nextStep(callingRules.zones, state, callCase, ctx.now().getTime());
  return { callCase, plan };
}
