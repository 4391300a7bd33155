/**
 * Placeholders in prompts and greetings, filled once when a conversation starts:
 * `{{contact.first_name | default:there | title}}` is a name and filters, which apply from left to right. Pure.
 */
import { isObject } from '../lib/values.ts';

export interface TemplateRules {
  /** What replaces a placeholder without a value: an empty text, or the placeholder itself. */
  unresolved: 'empty' | 'literal';
}

const PLACEHOLDER = /\{\{\s*([A-Za-z_][\w.]*)\s*((?:\|[^{}|]*)*)\}\}/g;
const DEFAULT_FILTER = /^default\s*:/;

/** Values are inserted as they are: placeholders inside a value are not filled again. Unknown filters do nothing. */
export function render(text: string, values: Readonly<Record<string, unknown>>, rules: TemplateRules): string {
  return text.replace(PLACEHOLDER, (placeholder, name: string, pipe: string) => {
    const filters = pipe
      .split('|')
      .slice(1)
      .map((filter) => filter.trim());
    const value = textOf(lookUp(values, name));
    const hasDefault = filters.some((filter) => DEFAULT_FILTER.test(filter));
    if (value === undefined && !hasDefault) return rules.unresolved === 'literal' ? placeholder : '';
    return filters.reduce((result, filter) => applyFilter(filter, result), value ?? '');
  });
}

/** A key with exactly this name wins; else `a.b` is the key `b` of the object `a`. */
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

function applyFilter(filter: string, value: string): string {
  if (DEFAULT_FILTER.test(filter)) return value === '' ? unquoted(filter.slice(filter.indexOf(':') + 1).trim()) : value;
  if (filter === 'upper') return value.toUpperCase();
  if (filter === 'lower') return value.toLowerCase();
  if (filter === 'strip') return value.trim();
  if (filter === 'capitalize') return value.charAt(0).toUpperCase() + value.slice(1).toLowerCase();
  if (filter === 'title')
    return value.toLowerCase().replace(/(^|[^\p{L}\p{N}'])\p{L}/gu, (start) => start.toUpperCase());
  return value;
}

const unquoted = (text: string): string => (/^(["']).*\1$/.test(text) ? text.slice(1, -1) : text);
