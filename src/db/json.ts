/** JSON of what nobody judged at the door: what a model wrote, what a tool answered. */

/**
 * U+0000 and halves of characters, as `JSON.stringify` writes them; an escaped backslash before them is left alone.
 * PostgreSQL reads no JSON in which one stands, so that a single one would make every search across its row fail.
 */
const UNREADABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** With the replacement character in their place. */
export const readableJson = (value: unknown): string => JSON.stringify(value).replace(UNREADABLE, '$1\ufffd');
