/** Schemas of contacts. */
import { ContactInput } from '../../../contacts/contact.ts';
import * as s from '../../../lib/schema.ts';
import { stamps } from '../shared.ts';

export { ContactInput } from '../../../contacts/contact.ts';
export const Contact = s.object({ ...stamps, ...ContactInput.properties });
