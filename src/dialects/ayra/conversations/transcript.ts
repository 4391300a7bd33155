/** What was said in a call, in the four forms that it can be had in. Pure. */
import type { Message } from '../../../conversations/conversation.ts';
import { shownId } from '../agents/mapping.ts';

export const FORMATS = ['json', 'text', 'srt', 'vtt'] as const;
export type Format = (typeof FORMATS)[number];
export const SPEAKERS = ['agent', 'caller'] as const;

export interface Line {
  id: string;
  speaker: (typeof SPEAKERS)[number];
  text: string;
  at: string;
}

export interface TranscriptStyle {
  timestamps: boolean;
  labels: boolean;
}

const SPEAKER_OF: Partial<Record<Message['role'], Line['speaker']>> = {
  user: 'caller',
  assistant: 'agent',
  // What the house says in the agent's place is heard on the line as well.
  note: 'agent',
};
const LABELS: Record<Line['speaker'], string> = { agent: 'Agent', caller: 'Caller' };

/** What was heard on the line, in order. */
export const activeCallsOf = (messages: readonly Message[]): Line[] =>
  messages.flatMap(({ id, role, text, at }) => {
    const speaker = SPEAKER_OF[role];
    return speaker === undefined || text.trim() === '' ? [] : [{ id, speaker, text, at }];
  });

/** Words as they are counted in that language, also where nothing stands between them. */
export function countWords(lines: readonly Line[], locale: string): number {
  const segmenter = new Intl.Segmenter(locale, { granularity: 'word' });
  const wordsIn = (text: string) => [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike).length;
  return lines.reduce((sum, { text }) => sum + wordsIn(text), 0);
}

/** How long words took is not measured, nor how sure it is that they were said: both are null. */
export const asMessages = (lines: readonly Line[], { timestamps, labels }: TranscriptStyle, sentiment = false) =>
  lines.map(({ id, speaker, text, at }) => ({
    id: shownId('msg_', id),
    ...(labels && { speaker }),
    text,
    ...(timestamps && { timestamp: at, duration: null }),
    confidence: null,
    ...(sentiment && { sentiment: null }),
  }));

/** A form that is made of lines, with times counted from the moment that the call was answered. */
export function written(
  format: Exclude<Format, 'json'>,
  lines: readonly Line[],
  answeredAt: string,
  style: TranscriptStyle,
): { type: string; text: string } {
  const start = Date.parse(answeredAt);
  if (format === 'text') return { type: 'text/plain; charset=utf-8', text: asText(lines, start, style) };
  if (format === 'srt') return { type: 'application/x-subrip; charset=utf-8', text: asSrt(lines, start, style) };
  return { type: 'text/vtt; charset=utf-8', text: asVtt(lines, start, style) };
}

/** Nothing that is said begins a line of its own: it could pass for another speaker's, or for the end of a cue. */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

function asText(lines: readonly Line[], start: number, { timestamps, labels }: TranscriptStyle): string {
  return lines
    .map(({ speaker, text, at }) => {
      const time = timestamps ? `[${clock(Math.max(Date.parse(at) - start, 0))}] ` : '';
      return `${time}${labels ? `${LABELS[speaker]}: ` : ''}${oneLine(text)}\n`;
    })
    .join('');
}

function asSrt(lines: readonly Line[], start: number, { labels }: TranscriptStyle): string {
  // The format knows no escapes: what players would take for an arrow or a tag is written with other signs.
  const plain = (text: string) =>
    oneLine(text)
      .replaceAll('-->', '→')
      .replace(/<(?=[a-z/])/gi, '‹');
  return cuesOf(lines, start)
    .map(({ from, to, line }, i) => {
      const text = `${labels ? `${LABELS[line.speaker]}: ` : ''}${plain(line.text)}`;
      return `${i + 1}\n${moment(from, ',')} --> ${moment(to, ',')}\n${text}\n\n`;
    })
    .join('');
}

function asVtt(lines: readonly Line[], start: number, { labels }: TranscriptStyle): string {
  const escaped = (text: string) =>
    oneLine(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const cues = cuesOf(lines, start).map(({ from, to, line }, i) => {
    const text = `${labels ? `<v ${LABELS[line.speaker]}>` : ''}${escaped(line.text)}`;
    return `${i + 1}\n${moment(from, '.')} --> ${moment(to, '.')}\n${text}\n\n`;
  });
  return `WEBVTT\n\n${cues.join('')}`;
}

const SHORTEST_MS = 1000;
/** About as fast as people read. */
const MS_PER_CHARACTER = 65;

/**
 * When each line stands on the screen, in milliseconds: from when it was said, for as long as it takes to read, and one
 * at a time. Of lines that were said at the same moment the later one waits.
 */
export function cuesOf(lines: readonly Line[], start: number): { from: number; to: number; line: Line }[] {
  let free = 0;
  return lines.map((line, i) => {
    const from = Math.max(Date.parse(line.at) - start, free);
    const next = lines[i + 1];
    const room = next ? Date.parse(next.at) - start - from : Number.POSITIVE_INFINITY;
    const reading = Math.max(oneLine(line.text).length * MS_PER_CHARACTER, SHORTEST_MS);
    free = from + Math.max(Math.min(reading, room), SHORTEST_MS);
    return { from, to: free, line };
  });
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `HH:MM:SS`. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
const moment = (ms: number, point: string): string => `${clock(ms)}${point}${String(ms % 1000).padStart(3, '0')}`;
