/**
 * One change of one path in an agent document. A path is segments joined by dots; the segment `@default` stands for the
 * default profile. `merge` is a merge patch (RFC 7396).
 */
export type Edit =
  | { op: 'set'; path: string; value: unknown }
  | { op: 'unset'; path: string }
  | { op: 'merge'; path: string; value: unknown };

export const set = (path: string, value: unknown): Edit => ({ op: 'set', path, value });
export const unset = (path: string): Edit => ({ op: 'unset', path });
export const merge = (path: string, value: unknown): Edit => ({ op: 'merge', path, value });

export const DEFAULT_PROFILE = '@default';
