/** What a unique index refuses, as a fault that names the field. */
import { Fault } from '../faults.ts';
import { AlreadyThere } from './engine.ts';

export async function refuseTaken<T>(field: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof AlreadyThere)) throw error;
    throw new Fault('already_exists', { issues: [{ path: field, message: 'is already taken', rule: 'unique' }] });
  }
}
