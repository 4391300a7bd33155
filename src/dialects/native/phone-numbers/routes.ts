import type { FastifyInstance } from 'fastify';
import type { Static } from '../../../lib/schema.ts';
import type { PhoneNumberInput } from '../../../phone-numbers/phone-number.ts';
import type { NumberChanges } from '../../../phone-numbers/service.ts';
import type { Services } from '../../../services.ts';
import { parsed } from '../calls/routes.ts';
import { ListQuery } from '../contract.ts';
import { crudRoutes } from '../crud.ts';
import * as contract from './contract.ts';

export function phoneNumberRoutes(app: FastifyInstance, { phoneNumbers }: Services): void {
  crudRoutes<Awaited<ReturnType<typeof phoneNumbers.get>>>(app, {
    path: '/phone-numbers',
    tag: 'Phone numbers',
    noun: 'phone number',
    verbs: { create: 'Add', remove: 'Remove' },
    missing: 'number_missing',
    input: contract.PhoneNumberInput,
    patch: contract.PhoneNumberPatch,
    shape: contract.PhoneNumber,
    query: ListQuery,
    create: (caller, body) => phoneNumbers.create(caller, body as Static<typeof PhoneNumberInput>),
    list: (caller, _query, where) => phoneNumbers.list(caller, where),
    update: (caller, id, patch) =>
      phoneNumbers.update(caller, id, parsed<NumberChanges>(contract.PhoneNumberPatch, patch)),
    service: phoneNumbers,
    format: ({ workspaceId: _workspace, ...shown }) => shown,
  });
}
