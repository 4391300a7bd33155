/** What `serve` prints on the first start: who can log in, where the keys are, and a command for each API to paste. */
import type { FirstStart } from './workspaces/first-start.ts';

/** @param file where credentials.json is. */
export function startupBanner({ credentials, agent }: FirstStart, file: string): string {
  const { url, workspace, user } = credentials;
  return [
    `Parlance is listening on ${url}`,
    '',
    `This is the first start. It created the workspace "${workspace.name}" (${workspace.id}), a sample agent`,
    `and a user: ${user.email}, password ${user.password}.`,
    `The keys and the password are in ${file}. The server prints them only once.`,
    '',
    'To update the sample agent, paste one of these commands:',
    ...updateCommands({ credentials, agent }).flatMap(([name, line]) => ['', `# ${name}`, line]),
    '',
    `The reference is at ${url}/docs`,
  ].join('\n');
}

/** One update of the sample agent for each API, as the name of the API and a command line. */
function updateCommands({ credentials: { url, keys }, agent }: FirstStart): [api: string, command: string][] {
  const plainId = agent.id.replaceAll('-', '');
  const command = (method: string, path: string, header: string, body: object) =>
    `curl -X ${method} ${url}${path} -H '${header}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  return [
    [
      'Parlance',
      command('PATCH', `/v1/agents/${agent.id}`, `Authorization: Bearer ${keys.native}`, {
        profiles: { '@default': { greeting: { text: 'Hello from Parlance!' } } },
      }),
    ],
    [
      'Kejue',
      command('PATCH', `/kejue/api/v1/agents/${agent.id}`, `X-API-Key: ${keys.kejue}`, {
        call_settings: { allowed_days: [0, 1, 2, 3, 4], call_start_hour: 9, call_end_hour: 17 },
      }),
    ],
    [
      'AgentHuman',
      command('PUT', `/agenthuman/api/v1/agents/${agent.number}`, `x-api-key: ${keys.agenthuman}`, {
        custom_greeting: 'Hello! How may I assist you?',
      }),
    ],
    [
      'InstaView',
      command('PATCH', `/instaview/agents/${agent.id}`, `Authorization: Bearer ${keys.instaview}`, {
        questions: ['What is your experience with React?'],
      }),
    ],
    [
      'Ayra',
      command('PUT', `/ayra/v1/agents/agent_${plainId}`, `Authorization: Bearer ${keys.ayra}`, {
        welcome_message: 'Thank you for calling. How may I help you today?',
      }),
    ],
    [
      'Agntix',
      command('PATCH', `/agntix/v2/chat/agents/${agent.id}`, `x-api-key: ${keys.agntix}`, {
        systemPrompt: 'You specialize in billing, returns, and account access. Be brief.',
      }),
    ],
  ];
}
