/** Faults as OpenAI's errors: `{"error": {message, type, param, code}}`. */

import { FAULTS, type Fault, type FaultCode } from '../../faults.ts';
import type { Failure, FailureContext, FaultTable } from '../../http/dialect.ts';

interface ErrorFields {
  status?: number;
  type?: string;
  code?: string;
  message?: string;
}

/** OpenAI's own codes, and statuses that keep its clients from repeating a request in vain. */
const OVERRIDES: Partial<Record<FaultCode, ErrorFields>> = {
  invalid_value: { status: 400, code: 'invalid_value' },
  unknown_reference: { status: 400 },
  agent_unavailable: { status: 400 },
  key_missing: { code: 'invalid_api_key', message: 'You didn’t provide an API key: send it as a Bearer.' },
  key_unknown: { code: 'invalid_api_key', message: 'Incorrect API key provided.' },
  key_revoked: { code: 'invalid_api_key' },
  key_expired: { code: 'invalid_api_key' },
  scope_missing: { code: 'insufficient_permissions' },
  rate_limited: { type: 'requests', code: 'rate_limit_exceeded' },
  route_missing: { code: 'unknown_url' },
  agent_missing: { code: 'model_not_found' },
  agent_foreign: { code: 'model_not_found' },
};

export function errorOf(fault: Fault): Failure {
  const { status = fault.status, type, code = fault.code, message } = OVERRIDES[fault.code] ?? {};
  const defaultType = status >= 500 ? 'server_error' : 'invalid_request_error';
  const [first] = fault.issues;
  const unknownModel =
    code === 'model_not_found' && `The model \`${fault.details.id}\` does not exist or you do not have access to it.`;
  return {
    status,
    body: {
      error: {
        message: unknownModel || message || messageOf(fault),
        type: type ?? defaultType,
        param: first && first.path !== '' ? first.path : null,
        code: first?.rule === 'unsupported' ? 'unsupported_parameter' : code,
      },
    },
  };
}

const messageOf = ({ issues, message }: Fault): string =>
  issues.map((issue) => `${issue.path} ${issue.message}`.trim()).join('; ') || message;

export const faults = Object.fromEntries(
  (Object.keys(FAULTS) as FaultCode[]).map((code) => [
    code,
    (fault: Fault, _context: FailureContext) => errorOf(fault),
  ]),
) as FaultTable;
