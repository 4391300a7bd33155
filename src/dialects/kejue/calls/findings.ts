/** What was said in a call and what was found in it afterwards. */
import type { Analysis, Message } from '../../../conversations/conversation.ts';

/** Line by line, as it is read. */
export const transcriptOf = (said: readonly Pick<Message, 'role' | 'text'>[]): string =>
  said
    .filter(({ role, text }) => (role === 'user' || role === 'assistant') && text.trim() !== '')
    .map(({ role, text }) => `${role === 'user' ? 'User' : 'Agent'}: ${text}`)
    .join('\n');

/** Calls are not recorded here, so there is never an address of a recording. */
export const formatFindings = (analysis: Analysis | null, transcript: string | null) => ({
  transcript,
  recording_url: null,
  summary: analysis?.summary.value ?? null,
  score: analysis?.score.value ?? null,
  outcome: analysis?.tags.value?.[0] ?? null,
  structured_data: analysis?.extracted.value ?? null,
});
