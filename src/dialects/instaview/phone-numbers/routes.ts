/** Routes of phone numbers. */
import { formatPage, PageQuery, pageSchema, positionOf, type RouteGroup } from '../shared.ts';
import * as contract from './contract.ts';
import { formatNumber } from './mapping.ts';

export const phoneNumberRoutes: RouteGroup = (app, { phoneNumbers }, { route, schema, wrap }) => {
  app.get(
    '/phone-numbers',
    route({
      tag: 'Phone numbers',
      scope: 'agents:read|companies:read',
      summary: 'List phone numbers',
      query: PageQuery,
      answer: schema(pageSchema(contract.PhoneNumber)),
    }),
    async ({ caller, query }) => {
      const position = positionOf(query as PageQuery);
      const { items, total } = await phoneNumbers.list(caller, position);
      return wrap(formatPage(items.map(formatNumber), total, position));
    },
  );
};
