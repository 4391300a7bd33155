/**
 * Statements that count calls under way: the lines of a workspace, the places of a campaign, and the daily use of each
 * phone number. Taking one changes no row where the limit is reached, so it can guard a write.
 */

import type { Statement } from '../db/engine.ts';
import { prepared, type Sql } from '../db/sql.ts';
import type { Call, CallAttempt } from './call.ts';

/** The capacity that a reservation needs. */
export interface FreeCapacity {
  /** Calls at the same time for the workspace. */
  lines: number;
  /** Calls per day from the caller number; null: unlimited. */
  perNumber: number | null;
  /** The day that the calls are counted for, `YYYY-MM-DD`. */
  day: string;
}

export interface CapacityStatements {
  /** Takes a line of the workspace. */
  takeLine(workspaceId: string, lines: number): Statement;
  /** Takes a place in the call's campaign; none for a call without a campaign. */
  takePlace(call: Call): Statement[];
  /** Counts a use of the attempt's caller number; none where no number is shown. */
  useNumber(attempt: CallAttempt, capacity: FreeCapacity): Statement[];
  /** Returns the line and the place of a call. */
  release(call: Call): Statement[];
}

const UNLIMITED = 1_000_000_000;

export function capacityStatements(db: Sql): CapacityStatements {
  const [takeLine, returnLine] = [takeLineOf(db), returnLineOf(db)];
  const [takePlace, returnPlace] = [takePlaceOf(db), returnPlaceOf(db)];
  const countUse = countUseOf(db);
  return {
    takeLine,
    takePlace: ({ workspaceId, campaignId }) => (campaignId === null ? [] : [takePlace(workspaceId, campaignId)]),
    useNumber: ({ workspaceId, fromNumberId }, { day, perNumber }) =>
      fromNumberId === null ? [] : [countUse(workspaceId, fromNumberId, day, perNumber ?? UNLIMITED)],
    release: ({ workspaceId, campaignId }) => [
      ...(campaignId === null ? [] : [returnPlace(workspaceId, campaignId)]),
      returnLine(workspaceId),
    ],
  };
}

const takeLineOf = (db: Sql) =>
  prepared<[workspaceId: string, lines: number]>((slot) =>
    db
      .insertInto('lines')
      .values({ workspace_id: slot<string>(0), in_flight: 1, capacity: slot<number>(1) })
      .onConflict((conflict) =>
        conflict
          .column('workspace_id')
          .doUpdateSet((eb) => ({ in_flight: eb('lines.in_flight', '+', 1), capacity: slot<number>(1) }))
          .where('lines.in_flight', '<', slot<number>(1)),
      ),
  );

const returnLineOf = (db: Sql) =>
  prepared<[workspaceId: string]>((slot) =>
    db
      .updateTable('lines')
      .set((eb) => ({ in_flight: eb('in_flight', '-', 1) }))
      .where('workspace_id', '=', slot<string>(0)),
  );

const takePlaceOf = (db: Sql) =>
  prepared<[workspaceId: string, campaignId: string]>((slot) =>
    db
      .updateTable('campaigns')
      .set((eb) => ({ in_flight: eb('in_flight', '+', 1) }))
      .where('workspace_id', '=', slot<string>(0))
      .where('id', '=', slot<string>(1))
      .where('status', '=', 'running')
      .whereRef('in_flight', '<', 'max_concurrent'),
  );

const returnPlaceOf = (db: Sql) =>
  prepared<[workspaceId: string, campaignId: string]>((slot) =>
    db
      .updateTable('campaigns')
      .set((eb) => ({ in_flight: eb('in_flight', '-', 1) }))
      .where('workspace_id', '=', slot<string>(0))
      .where('id', '=', slot<string>(1)),
  );

const countUseOf = (db: Sql) =>
  prepared<[workspaceId: string, numberId: string, day: string, limit: number]>((slot) =>
    db
      .insertInto('number_days')
      .values({ workspace_id: slot<string>(0), number_id: slot<string>(1), day: slot<string>(2), used: 1 })
      .onConflict((conflict) =>
        conflict
          .columns(['workspace_id', 'number_id', 'day'])
          .doUpdateSet((eb) => ({ used: eb('number_days.used', '+', 1) }))
          .where('number_days.used', '<', slot<number>(3)),
      ),
  );
