/** RFC 9457 problem details: `code` for programs, `pointer` for the field, `detail` for people. */
import { FAULTS, type Fault, type FaultCode } from '../../faults.ts';
import type { Failure, FailureContext, FaultTable } from '../../http/dialect.ts';
import { jsonPointer } from './shared.ts';

const pointer = (path: string): string => (path === '' ? '' : jsonPointer(path.split('.')));

/** A workspace cannot see the records of another one, so a foreign agent is answered like a missing one. */
const codeOf = ({ code }: Fault): FaultCode => (code === 'agent_foreign' ? 'agent_missing' : code);

function problem(fault: Fault, { path, requestId }: FailureContext): Failure {
  const [first] = fault.issues;
  return {
    status: fault.status,
    headers: {
      'Content-Type': 'application/problem+json',
      // RFC 9110 requires that a 401 names the authentication scheme.
      ...(fault.status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    },
    body: {
      type: 'about:blank',
      title: FAULTS[fault.code][1],
      status: fault.status,
      code: codeOf(fault),
      detail: fault.message,
      instance: path,
      requestId,
      ...(first && { pointer: pointer(first.path) }),
      ...(fault.issues.length > 0 && {
        errors: fault.issues.map((issue) => ({
          pointer: pointer(issue.path),
          detail: issue.message,
          code: issue.rule,
        })),
      }),
      ...(fault.details.id !== undefined && { id: fault.details.id }),
      ...(fault.details.scope !== undefined && { scope: fault.details.scope }),
      ...(fault.details.holders && { holders: fault.details.holders }),
    },
  };
}

export const faults = Object.fromEntries(
  (Object.keys(FAULTS) as FaultCode[]).map((code) => [code, problem]),
) as FaultTable;
