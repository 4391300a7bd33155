/** JSON of values that no contract has checked: the output of a model, the answer of a tool. */

/**
 * U+0000 and lone surrogates, as `JSON.stringify` escapes them, but not after an escaped backslash. PostgreSQL refuses
 * to read JSON with one of these, so that every search over the row would fail.
 */
const UNREADABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** The JSON of a value, with U+FFFD in place of characters that PostgreSQL cannot read. */
export const readableJson = (value: unknown): string => JSON.stringify(value).replace(UNREADABLE, '$1\ufffd');
