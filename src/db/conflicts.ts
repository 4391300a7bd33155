/** Turns the refusal of a unique index into a fault that names the field. */
import { Fault } from '../faults.ts';
import { AlreadyThere } from './engine.ts';

/** Runs a write. Throws `already_exists` for a value of the field that another record has. */
export async function refuseTaken<T>(field: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof AlreadyThere)) throw error;
    throw new Fault('already_exists', { issues: [{ path: field, message: 'is already taken', rule: 'unique' }] });
  }
}
