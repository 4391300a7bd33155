/** Helpers that the folders of this dialect share. */

/** An ISO 8601 time as whole seconds since 1970. */
export const toSeconds = (time: string): number => Math.floor(Date.parse(time) / 1000);
