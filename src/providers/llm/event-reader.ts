/** Server-sent events as they come in, in pieces of any size: the data of each event that is whole. Pure. */

/** Longer than any event of a model. */
const MAX_EVENT = 4_194_304;

export class EventTooLong extends Error {
  override name = 'EventTooLong';
}

export interface EventReader {
  /** The data of the events that end in this piece. */
  push(piece: string): string[];
}

export function createEventReader(): EventReader {
  /** What has come of a line that has not ended, and the data of an event that has not. */
  let line = '';
  let data: string | undefined;
  const hear = (whole: string): void => {
    if (!whole.startsWith('data:')) return;
    const value = whole.charCodeAt(5) === 32 ? whole.slice(6) : whole.slice(5);
    data = data === undefined ? value : `${data}\n${value}`;
  };
  return {
    push(piece) {
      const found: string[] = [];
      let from = 0;
      for (let at = piece.indexOf('\n'); at >= 0; at = piece.indexOf('\n', from)) {
        const ended = line + piece.slice(from, at);
        const whole = ended.endsWith('\r') ? ended.slice(0, -1) : ended;
        line = '';
        from = at + 1;
        if (whole !== '') hear(whole);
        else if (data !== undefined) {
          found.push(data);
          data = undefined;
        }
      }
      line += piece.slice(from);
      if (line.length + (data?.length ?? 0) > MAX_EVENT) throw new EventTooLong('An event without an end.');
      return found;
    },
  };
}
