/** Translates the errors of `pg` into those of the port. */
import { AlreadyThere, StoreUnavailable } from '../engine.ts';

const UNIQUE_VIOLATION = '23505';

export function translate(error: unknown): Error {
  if (error instanceof StoreUnavailable || error instanceof AlreadyThere) return error;
  if (codeOf(error) === UNIQUE_VIOLATION) return new AlreadyThere(messageOf(error));
  return new StoreUnavailable(`PostgreSQL: ${messageOf(error)}`, { cause: error });
}

/** Whether the statement caused the error and not the server: data, constraints, deadlocks, limits of a row. */
export function isStatementError(error: unknown): boolean {
  if (error instanceof AlreadyThere) return true;
  return /^(22|23|40|54)/.test(codeOf((error as Error).cause ?? error) ?? '');
}

const codeOf = (error: unknown): string | undefined => (error as { code?: string } | undefined)?.code;

/** Connecting to a host with several addresses throws one error for each of them in an error without a message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
