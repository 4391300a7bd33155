/** The transcript and the analysis of a call. */
import type { Analysis, Message } from '../../../conversations/conversation.ts';

/** One line per message, `User: …` or `Agent: …`. Tool calls and empty messages are left out. */
export const transcriptOf = (messages: readonly Pick<Message, 'role' | 'text'>[]): string =>
  messages
    .filter(({ role, text }) => (role === 'user' || role === 'assistant') && text.trim() !== '')
    .map(({ role, text }) => `${role === 'user' ? 'User' : 'Agent'}: ${text}`)
    .join('\n');

/** `recording_url` is always null, because Parlance does not record calls. */
export const formatFindings = (analysis: Analysis | null, transcript: string | null) => ({
  transcript,
  recording_url: null,
  summary: analysis?.summary.value ?? null,
  score: analysis?.score.value ?? null,
  outcome: analysis?.tags.value?.[0] ?? null,
  structured_data: analysis?.extracted.value ?? null,
});
