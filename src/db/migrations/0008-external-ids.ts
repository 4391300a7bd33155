/** Contacts are found by what their own system calls them. */
import type { Migration } from './index.ts';

export const externalIds: Migration = {
  number: 8,
  name: 'external ids',
  statements: ({ contactField }) => {
    // An index speaks of its own table and does not name it.
    const externalId = contactField('externalId').replace('contacts.', '');
    return [`create index contacts_external on contacts (workspace_id, (${externalId}), created_at, id)`];
  },
};
