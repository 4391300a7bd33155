/** Schemas of contacts. */

import { ContactInput } from '../../../contacts/contact.ts';
import * as s from '../../../lib/schema.ts';
import { stamps } from '../contract.ts';

export { ContactInput };
export const Contact = s.object({ ...stamps, ...ContactInput.properties });
