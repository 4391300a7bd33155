/** Parses server-sent events that arrive in pieces of any size. Pure. */

/** The longest event, in characters; models send far shorter ones. */
const MAX_EVENT_CHARACTERS = 4_194_304;

export class EventTooLong extends Error {
  override name = 'EventTooLong';
}

export interface EventReader {
  /** The data of the events that end in this piece. */
  push(piece: string): string[];
}

export function createEventReader(): EventReader {
  /** The start of a line that has not ended yet. */
  let line = '';
  /** The data of an event that has not ended yet. */
  let data: string | undefined;
  const readLine = (text: string): void => {
    if (!text.startsWith('data:')) return;
    const value = text.charCodeAt(5) === 32 ? text.slice(6) : text.slice(5);
    data = data === undefined ? value : `${data}\n${value}`;
  };
  return {
    push(piece) {
      const events: string[] = [];
      let from = 0;
      for (let at = piece.indexOf('\n'); at >= 0; at = piece.indexOf('\n', from)) {
        const ended = line + piece.slice(from, at);
        const text = ended.endsWith('\r') ? ended.slice(0, -1) : ended;
        line = '';
        from = at + 1;
        if (text !== '') readLine(text);
        else if (data !== undefined) {
          events.push(data);
          data = undefined;
        }
      }
      line += piece.slice(from);
      if (line.length + (data?.length ?? 0) > MAX_EVENT_CHARACTERS)
        throw new EventTooLong(`An event is longer than ${MAX_EVENT_CHARACTERS} characters.`);
      return events;
    },
  };
}
