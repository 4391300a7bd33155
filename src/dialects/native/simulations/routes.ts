/** The route of simulated incoming calls. */
import type { FastifyInstance } from 'fastify';
import { Fault } from '../../../faults.ts';
import type { Services } from '../../../services.ts';
import type { Caller } from '../../../workspaces/caller.ts';
import { scopedRoutes } from '../shared.ts';
import * as contract from './contract.ts';

const { write } = scopedRoutes('Calls', 'calls');

export function simulationRoutes(app: FastifyInstance, services: Services): void {
  app.post(
    '/simulations/calls',
    write({
      summary: 'Simulate incoming call',
      description:
        'Simulates an incoming call to one of your numbers; the call is the newest one from that number. Other carriers than the simulated one answer 404.',
      body: contract.IncomingCallInput,
      answer: { status: 201, schema: contract.IncomingCall },
    }),
    async ({ caller, body }, reply) => {
      const incoming = body as contract.IncomingCallInput;
      const { from, to } = incoming;
      return reply.code(201).send({ attemptId: await simulate(services, caller, incoming), from, to });
    },
  );
}

/** The id of the attempt. A dry run checks the request and rings no agent. */
async function simulate(
  { calls, newId, simulateIncomingCall }: Services,
  caller: Caller,
  incoming: contract.IncomingCallInput,
): Promise<string> {
  if (!simulateIncomingCall)
    throw new Fault('route_missing', {
      message: 'The carrier cannot simulate calls; only the simulated carrier can.',
    });
  if (!(await calls.receives(caller, incoming.to))) {
    const issues = [{ path: 'to', message: 'is not a number of yours that an agent answers', rule: 'reference' }];
    throw new Fault('unknown_reference', { issues });
  }
  return caller.writeOptions.dryRun ? newId() : simulateIncomingCall(incoming);
}
