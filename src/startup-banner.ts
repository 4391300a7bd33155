/** What the first start prints: the keys, and a command for each tongue that works when pasted. */
import type { FirstStart } from './workspaces/first-start.ts';

export function startupBanner({ credentials, agent }: FirstStart, file: string): string {
  const { url, workspace, user, keys } = credentials;
  const plain = agent.id.replaceAll('-', '');
  const command = (method: string, path: string, header: string, body: object) =>
    `curl -X ${method} ${url}${path} -H '${header}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  const commands: [string, string][] = [
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
      command('PUT', `/ayra/v1/agents/agent_${plain}`, `Authorization: Bearer ${keys.ayra}`, {
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
  return [
    `Parlance is listening on ${url}`,
    '',
    `This is its first start. It made the workspace "${workspace.name}" (${workspace.id}),`,
    `somebody who may log in (${user.email}, password ${user.password}), and a sample agent.`,
    `The keys are in ${file} and are not shown again.`,
    '',
    'Update the sample agent, in six tongues:',
    ...commands.flatMap(([name, line]) => ['', `# ${name}`, line]),
    '',
    `The reference is at ${url}/docs`,
  ].join('\n');
}
