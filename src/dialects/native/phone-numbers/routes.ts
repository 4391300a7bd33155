/** Routes of phone numbers. */
import type { FastifyInstance } from 'fastify';
import type { PhoneNumber } from '../../../phone-numbers/phone-number.ts';
import type { Services } from '../../../services.ts';
import { crudRoutes } from '../crud.ts';
import { ListQuery } from '../paging.ts';
import { parseBody } from '../shared.ts';
import * as contract from './contract.ts';

export function phoneNumberRoutes(app: FastifyInstance, { phoneNumbers }: Services): void {
  crudRoutes<PhoneNumber>(app, {
    path: '/phone-numbers',
    tag: 'Phone numbers',
    noun: 'phone number',
    verbs: { create: 'Add', remove: 'Remove' },
    missing: 'number_missing',
    input: contract.PhoneNumberInput,
    patch: contract.PhoneNumberPatch,
    shape: contract.PhoneNumber,
    query: ListQuery,
    create: (caller, body) => phoneNumbers.create(caller, body as contract.NewPhoneNumber),
    list: (caller, _query, page) => phoneNumbers.list(caller, page),
    update: (caller, id, patch) => phoneNumbers.update(caller, id, parseBody(contract.PhoneNumberPatch, patch)),
    service: phoneNumbers,
    format: ({ workspaceId: _workspace, ...fields }) => fields,
  });
}
