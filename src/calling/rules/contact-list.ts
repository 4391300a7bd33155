/**
 * Reads a CSV list of contacts. A row is skipped where its phone number or its consent is uncertain. Any other invalid
 * value is dropped and the row is kept. Every skipped row and dropped value is a problem with its line.
 */

import { ContactInput } from '../../contacts/contact.ts';
import { issuesOf } from '../../lib/check.ts';
import { type CsvRow, csvRows } from '../../lib/csv.ts';
import { readPhone } from '../../lib/phones.ts';
import { regionNamer } from '../../lib/places.ts';
import { isTimeZone } from '../../lib/text.ts';

export interface ContactList {
  /** `line` is the first line of the row in the text, counted from 1. */
  contacts: { line: number; contact: ContactInput }[];
  problems: RowProblem[];
}

export interface RowProblem {
  line: number;
  /** The contact's field; the message follows its name. */
  field?: string;
  message: string;
}

export const MAX_ROWS = 10_000;

export function readContactList(csv: string): ContactList {
  const contacts: ContactList['contacts'] = [];
  const problems: RowProblem[] = [];
  const rows = csvRows(clean(csv));
  const header = rows.next().value as CsvRow | undefined;
  if (!header) return { contacts, problems: [{ line: 1, message: 'The list is empty.' }] };
  const columns = columnsOf(header, problems);
  if (!columns.some(({ field }) => field === 'phone')) {
    const message = 'is missing from the header; the first line must name the columns, and one must be phone';
    return { contacts, problems: [{ line: header.line, field: 'phone', message }] };
  }

  const reader: Reader = { columns, regionNamed: regionNamer(), lineOf: new Map(), problems };
  let count = 0;
  for (const row of rows) {
    count += 1;
    if (count > MAX_ROWS) {
      problems.push({
        line: row.line,
        message: `A list has at most ${MAX_ROWS} rows; this row and all after it are skipped.`,
      });
      break;
    }
    const contact = contactOf(row, reader);
    if (contact) contacts.push({ line: row.line, contact });
  }
  return { contacts, problems };
}

/** Without characters that PostgreSQL refuses. */
const clean = (csv: string): string => csv.replaceAll('\u0000', '').toWellFormed();

type Field = Exclude<keyof ContactInput, 'metadata'> | 'name';

interface Column {
  /** Undefined: the column goes to the contact's metadata. */
  field: Field | undefined;
  header: string;
}

interface Reader {
  columns: readonly Column[];
  regionNamed: (text: string) => string | undefined;
  /** The first line of each number. */
  lineOf: Map<string, number>;
  problems: RowProblem[];
}

/** Column names in lower case without separators, so that every spelling of a name matches. */
const FIELDS: Readonly<Record<string, Field>> = {
  ...{ phone: 'phone', phonenumber: 'phone', telephone: 'phone', tel: 'phone', mobile: 'phone' },
  ...{ whatsapp: 'whatsappNumber', whatsappnumber: 'whatsappNumber' },
  ...{ name: 'name', fullname: 'name', firstname: 'firstName', lastname: 'lastName', surname: 'lastName' },
  ...{ email: 'email', emailaddress: 'email', company: 'company', jobtitle: 'jobTitle' },
  ...{ timezone: 'timezone', country: 'country', countrycode: 'country', language: 'language', locale: 'language' },
  ...{ externalid: 'externalId', tag: 'tags', tags: 'tags', consent: 'consent' },
};

function columnsOf({ line, cells }: CsvRow, problems: RowProblem[]): Column[] {
  const taken = new Set<string>();
  return cells.map((cell, i) => {
    const header = cell.trim();
    const key = header.toLowerCase().replace(/[\s_.-]+/g, '');
    const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
    if (field && !taken.has(field)) {
      taken.add(field);
      return { field, header };
    }
    // Of two columns for one field the first is used. The other goes to the metadata, under its name if that is free.
    const isUsable = header !== '' && header !== '__proto__' && !taken.has(`metadata.${header}`);
    const name = isUsable ? header : `column ${i + 1}`;
    if (header !== '' && name !== header)
      problems.push({
        line,
        message: `The column ${header} is stored as ${name}, because its own name is taken or reserved.`,
      });
    taken.add(`metadata.${name}`);
    return { field: undefined, header: name };
  });
}

function contactOf({ line, cells, unclosed }: CsvRow, reader: Reader): ContactInput | undefined {
  const { columns, problems, lineOf } = reader;
  const addProblem = (message: string, field?: string) => {
    problems.push({ line, ...(field && { field }), message });
    return undefined;
  };
  if (unclosed) return addProblem('The row opens a quotation mark and never closes it.');
  if (cells.slice(columns.length).some((cell) => cell.trim() !== ''))
    return addProblem('The row has more values than the header has columns.');

  const row: RowValues = { fields: new Map(), metadata: {} };
  for (const [i, { field, header }] of columns.entries()) {
    const value = cells[i]?.trim() ?? '';
    if (value === '') continue;
    if (field) row.fields.set(field, value);
    else row.metadata[header] = value;
  }

  const consent = consentOf(row.fields.get('consent'));
  if (consent === undefined) return addProblem('must be yes or no', 'consent');
  const country = reader.regionNamed(row.fields.get('country') ?? '');
  const written = row.fields.get('phone');
  if (written === undefined) return addProblem('is required', 'phone');
  const number = readPhone(written, country);
  if ('problem' in number) return addProblem(number.problem, 'phone');
  const first = lineOf.get(number.phone);
  if (first !== undefined) return addProblem(`is the same as on line ${first}`, 'phone');
  lineOf.set(number.phone, line);
  if (number.extension) addProblem(`has the extension ${number.extension}, which is dropped`, 'phone');

  const contact: ContactInput = { phone: number.phone, ...textFieldsOf(row), ...(consent && { consent }) };
  const drop = (field: keyof ContactInput, message: string) => {
    delete contact[field];
    addProblem(`${message}; the value is dropped`, field);
  };
  if (contact.country) {
    if (country) contact.country = country;
    else drop('country', 'must be an ISO country code like US');
  }
  if (contact.timezone && !isTimeZone(contact.timezone)) drop('timezone', 'must be an IANA time zone');
  if (contact.whatsappNumber) {
    const other = readPhone(contact.whatsappNumber, country);
    if ('problem' in other) drop('whatsappNumber', other.problem);
    else contact.whatsappNumber = other.phone;
  }
  for (const { path, message } of issuesOf(ContactInput, contact)) {
    const field = path.split('.')[0] as keyof ContactInput;
    if (contact[field] !== undefined) drop(field, message);
  }
  return contact;
}

interface RowValues {
  fields: Map<Field, string>;
  metadata: Record<string, string>;
}

/** The text fields and tags as they are written, not checked yet. */
function textFieldsOf({ fields, metadata }: RowValues): ContactInput {
  const contact: ContactInput = {};
  for (const [field, value] of fields) {
    if (field === 'name' || field === 'phone' || field === 'consent') continue;
    if (field === 'tags') contact.tags = tagsOf(value);
    else contact[field] = field === 'language' ? value.replaceAll('_', '-') : value;
  }
  const name = fields.get('name');
  const rest = { ...metadata };
  if (name !== undefined && (contact.firstName || contact.lastName)) rest['name'] ??= name;
  else if (name !== undefined) Object.assign(contact, splitName(name));
  if (Object.keys(rest).length > 0) contact.metadata = rest;
  return contact;
}

const tagsOf = (text: string): string[] => [
  ...new Set(
    text
      .split(/[;|]/)
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
  ),
];

/** `Ada Maria Byron` and `Byron, Ada Maria`: the last word is the last name, unless there is a comma. */
function splitName(name: string): Pick<ContactInput, 'firstName' | 'lastName'> {
  const [last = '', first = ''] = name.split(',', 2).map((part) => part.trim());
  if (last !== '' && first !== '') return { firstName: first, lastName: last };
  const words = name.replaceAll(',', ' ').trim().split(/\s+/);
  if (words.length < 2) return { firstName: words[0] ?? name };
  return { firstName: words.slice(0, -1).join(' '), lastName: words.at(-1)! };
}

/** null for an empty cell; undefined for a text that is neither yes nor no. */
function consentOf(text: string | undefined): ContactInput['consent'] | undefined {
  if (text === undefined) return null;
  if (/^(yes|y|true|1)$/i.test(text)) return { calls: true };
  if (/^(no|n|false|0)$/i.test(text)) return { calls: false };
  return undefined;
}
