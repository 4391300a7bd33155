/**
 * Placeholders in prompts and greetings, resolved once at the start. `{{contact.first_name | default:there | title}}`:
 * a name, and filters that are applied in order. Pure.
 */
import { isObject } from '../lib/values.ts';

export interface TemplateRules {
  /** What becomes of a name that nothing is known of: nothing at all, or the placeholder as it stands. */
  unresolved: 'empty' | 'literal';
}

const PLACEHOLDER = /\{\{\s*([A-Za-z_][\w.]*)\s*((?:\|[^{}|]*)*)\}\}/g;

/** Values are data: what they hold is put in as it is and never resolved again. */
export function render(text: string, values: Readonly<Record<string, unknown>>, rules: TemplateRules): string {
  return text.replace(PLACEHOLDER, (whole, name: string, pipe: string) => {
    const filters = pipe
      .split('|')
      .slice(1)
      .map((part) => part.trim());
    const found = textOf(lookUp(values, name));
    const fallback = filters.find((filter) => /^default\s*:/.test(filter));
    if (found === undefined && fallback === undefined) return rules.unresolved === 'literal' ? whole : '';
    return filters.reduce((value, filter) => applied(filter, value), found ?? '');
  });
}

/** `contact.first_name` is a key of that name, else a key in an object. */
function lookUp(values: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(values, name)) return values[name];
  return name
    .split('.')
    .reduce<unknown>((node, key) => (isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined), values);
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function applied(filter: string, value: string): string {
  if (/^default\s*:/.test(filter)) return value === '' ? unquoted(filter.slice(filter.indexOf(':') + 1).trim()) : value;
  if (filter === 'upper') return value.toUpperCase();
  if (filter === 'lower') return value.toLowerCase();
  if (filter === 'strip') return value.trim();
  if (filter === 'capitalize') return value.charAt(0).toUpperCase() + value.slice(1).toLowerCase();
  if (filter === 'title')
    return value.toLowerCase().replace(/(^|[^\p{L}\p{N}'])\p{L}/gu, (start) => start.toUpperCase());
  return value;
}

const unquoted = (text: string): string => (/^(["']).*\1$/.test(text) ? text.slice(1, -1) : text);
