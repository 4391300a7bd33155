/** Contacts are found by the id that an external system gives them. */
import type { Migration } from './index.ts';

export const externalIds: Migration = {
  number: 8,
  name: 'external ids',
  statements: ({ contactField }) => {
    // Inside an index, a column must not be qualified with the table.
    const externalId = contactField('externalId').replace('contacts.', '');
    return [`create index contacts_external on contacts (workspace_id, (${externalId}), created_at, id)`];
  },
};
