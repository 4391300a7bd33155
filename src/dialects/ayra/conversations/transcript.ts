/** The transcript of a call in Ayra's four formats. Pure. */
import type { Message } from '../../../conversations/conversation.ts';
import { formatId } from '../shared.ts';
import type { FileFormat, Speaker } from './contract.ts';

export interface Line {
  id: string;
  speaker: Speaker;
  text: string;
  at: string;
}

export interface TranscriptStyle {
  timestamps: boolean;
  labels: boolean;
}

const SPEAKER_OF: Partial<Record<Message['role'], Speaker>> = {
  user: 'caller',
  assistant: 'agent',
  // The caller also hears Parlance's announcements, in the agent's place.
  note: 'agent',
};
const LABELS: Record<Speaker, string> = { agent: 'Agent', caller: 'Caller' };

/** The messages that the caller or the agent spoke, in order. */
export const linesOf = (messages: readonly Message[]): Line[] =>
  messages.flatMap(({ id, role, text, at }) => {
    const speaker = SPEAKER_OF[role];
    return speaker === undefined || text.trim() === '' ? [] : [{ id, speaker, text, at }];
  });

/** Counts words by the rules of the language, also in languages without spaces between words. */
export function countWords(lines: readonly Line[], locale: string): number {
  const segmenter = new Intl.Segmenter(locale, { granularity: 'word' });
  const wordsIn = (text: string) => [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike).length;
  return lines.reduce((sum, { text }) => sum + wordsIn(text), 0);
}

/** Duration, confidence and the sentiment of a single message are not measured, so they are null. */
export const formatMessages = (lines: readonly Line[], { timestamps, labels }: TranscriptStyle, sentiment = false) =>
  lines.map(({ id, speaker, text, at }) => ({
    id: formatId('msg_', id),
    ...(labels && { speaker }),
    text,
    ...(timestamps && { timestamp: at, duration: null }),
    confidence: null,
    ...(sentiment && { sentiment: null }),
  }));

/** The transcript as text or subtitles. Times count from the answer of the call. */
export function renderTranscript(
  format: FileFormat,
  lines: readonly Line[],
  answeredAt: string,
  style: TranscriptStyle,
): { type: string; text: string } {
  const start = Date.parse(answeredAt);
  if (format === 'text') return { type: 'text/plain; charset=utf-8', text: asText(lines, start, style) };
  if (format === 'srt') return { type: 'application/x-subrip; charset=utf-8', text: asSrt(lines, start, style) };
  return { type: 'text/vtt; charset=utf-8', text: asVtt(lines, start, style) };
}

/** A line break in a message could look like another speaker's line or like the end of a cue. */
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
  // SRT has no escapes, so characters that players read as an arrow or a tag are replaced.
  const plain = (text: string) =>
    oneLine(text)
      .replaceAll('-->', '→')
      .replace(/<(?=[a-z/])/gi, '‹');
  return cuesOf(lines, start)
    .map(({ from, to, line }, i) => {
      const text = `${labels ? `${LABELS[line.speaker]}: ` : ''}${plain(line.text)}`;
      return `${i + 1}\n${timestamp(from, ',')} --> ${timestamp(to, ',')}\n${text}\n\n`;
    })
    .join('');
}

function asVtt(lines: readonly Line[], start: number, { labels }: TranscriptStyle): string {
  const escaped = (text: string) =>
    oneLine(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const cues = cuesOf(lines, start).map(({ from, to, line }, i) => {
    const text = `${labels ? `<v ${LABELS[line.speaker]}>` : ''}${escaped(line.text)}`;
    return `${i + 1}\n${timestamp(from, '.')} --> ${timestamp(to, '.')}\n${text}\n\n`;
  });
  return `WEBVTT\n\n${cues.join('')}`;
}

const MIN_CUE_MS = 1000;
/** A common reading speed. */
const MS_PER_CHARACTER = 65;

/**
 * When each line is on the screen, in milliseconds. A cue starts when its line was spoken, lasts as long as it takes to
 * read, and never overlaps another. Of two lines with the same time, the later one waits.
 */
export function cuesOf(lines: readonly Line[], start: number): { from: number; to: number; line: Line }[] {
  let freeAt = 0;
  return lines.map((line, i) => {
    const from = Math.max(Date.parse(line.at) - start, freeAt);
    const next = lines[i + 1];
    const available = next ? Date.parse(next.at) - start - from : Number.POSITIVE_INFINITY;
    const reading = Math.max(oneLine(line.text).length * MS_PER_CHARACTER, MIN_CUE_MS);
    freeAt = from + Math.max(Math.min(reading, available), MIN_CUE_MS);
    return { from, to: freeAt, line };
  });
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** `HH:MM:SS`. */
function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${twoDigits(Math.floor(seconds / 3600))}:${twoDigits(Math.floor(seconds / 60) % 60)}:${twoDigits(seconds % 60)}`;
}
const timestamp = (ms: number, point: string): string => `${clock(ms)}${point}${String(ms % 1000).padStart(3, '0')}`;
