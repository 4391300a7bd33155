/**
 * A list of people to call, as a table: rows that can be used, and what is wrong with the others, line by line. A row is
 * left out where it is not certain whom to call or whether; any other value that is wrong is left out by itself.
 */

import { ContactInput } from '../../contacts/contact.ts';
import { issuesOf } from '../../lib/check.ts';
import { type CsvRow, csvRows } from '../../lib/csv.ts';
import { readPhone } from '../../lib/phones.ts';
import { regionNamer } from '../../lib/places.ts';
import { isTimeZone } from '../../lib/text.ts';

export interface ContactList {
  /** `line` is where the row begins in the text, counted from 1. */
  people: { line: number; contact: ContactInput }[];
  problems: RowProblem[];
}

export interface RowProblem {
  line: number;
  /** The contact's field that it is about; the message goes on from its name. */
  field?: string;
  message: string;
}

export const MAX_ROWS = 10_000;

export function readContactList(csv: string): ContactList {
  const people: ContactList['people'] = [];
  const problems: RowProblem[] = [];
  const rows = csvRows(clean(csv));
  const header = rows.next().value as CsvRow | undefined;
  if (!header) return { people, problems: [{ line: 1, message: 'The table is empty.' }] };
  const columns = columnsOf(header, problems);
  if (!columns.some(({ field }) => field === 'phone')) {
    const message = 'is the name of no column: the first line must name the columns, and one must be phone';
    return { people, problems: [{ line: header.line, field: 'phone', message }] };
  }

  const reader: Reader = { columns, regionNamed: regionNamer(), activeCallOf: new Map(), problems };
  let count = 0;
  for (const row of rows) {
    count += 1;
    if (count > MAX_ROWS) {
      problems.push({ line: row.line, message: `Only ${MAX_ROWS} rows are read; this one and the rest are not.` });
      break;
    }
    const contact = contactOf(row, reader);
    if (contact) people.push({ line: row.line, contact });
  }
  return { people, problems };
}

/** No character that no database keeps. */
const clean = (csv: string): string => csv.replaceAll('\u0000', '').toWellFormed();

type Field = Exclude<keyof ContactInput, 'metadata'> | 'name';

interface Column {
  /** Undefined for what goes to the contact's metadata. */
  field: Field | undefined;
  header: string;
}

interface Reader {
  columns: readonly Column[];
  regionNamed: (text: string) => string | undefined;
  /** Where each number was first. */
  activeCallOf: Map<string, number>;
  problems: RowProblem[];
}

/** Names of columns in small letters and without anything between words, so that every way to write them is one. */
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
    // Of two columns for one thing the first is it; the other keeps its name, if that is still free.
    const isUsable = header !== '' && header !== '__proto__' && !taken.has(`metadata.${header}`);
    const name = isUsable ? header : `column ${i + 1}`;
    if (header !== '' && name !== header)
      problems.push({ line, message: `The column ${header} is kept as ${name}: its own name is taken.` });
    taken.add(`metadata.${name}`);
    return { field: undefined, header: name };
  });
}

function contactOf({ line, cells, unclosed }: CsvRow, reader: Reader): ContactInput | undefined {
  const { columns, problems, activeCallOf } = reader;
  const wrong = (message: string, field?: string) => {
    problems.push({ line, ...(field && { field }), message });
    return undefined;
  };
  if (unclosed) return wrong('A quotation mark opens in this row and is never closed.');
  if (cells.slice(columns.length).some((cell) => cell.trim() !== ''))
    return wrong('The row has more values than there are columns.');

  const said: Said = { fields: new Map(), metadata: {} };
  for (const [i, { field, header }] of columns.entries()) {
    const value = cells[i]?.trim() ?? '';
    if (value === '') continue;
    if (field) said.fields.set(field, value);
    else said.metadata[header] = value;
  }

  const consent = consentOf(said.fields.get('consent'));
  if (consent === undefined) return wrong('must be yes or no', 'consent');
  const country = reader.regionNamed(said.fields.get('country') ?? '');
  const written = said.fields.get('phone');
  if (written === undefined) return wrong('is required', 'phone');
  const number = readPhone(written, country);
  if ('problem' in number) return wrong(number.problem, 'phone');
  const first = activeCallOf.get(number.phone);
  if (first !== undefined) return wrong(`is the same as on line ${first}`, 'phone');
  activeCallOf.set(number.phone, line);
  if (number.extension) wrong(`has the extension ${number.extension}, which is left out`, 'phone');

  const contact: ContactInput = { phone: number.phone, ...textsOf(said), ...(consent && { consent }) };
  const leaveOut = (field: keyof ContactInput, message: string) => {
    delete contact[field];
    wrong(`${message}; it is left out`, field);
  };
  if (contact.country) {
    if (country) contact.country = country;
    else leaveOut('country', 'must be an ISO country code like US');
  }
  if (contact.timezone && !isTimeZone(contact.timezone)) leaveOut('timezone', 'must be an IANA time zone');
  if (contact.whatsappNumber) {
    const other = readPhone(contact.whatsappNumber, country);
    if ('problem' in other) leaveOut('whatsappNumber', other.problem);
    else contact.whatsappNumber = other.phone;
  }
  for (const { path, message } of issuesOf(ContactInput, contact)) {
    const field = path.split('.')[0] as keyof ContactInput;
    if (contact[field] !== undefined) leaveOut(field, message);
  }
  return contact;
}

interface Said {
  fields: Map<Field, string>;
  metadata: Record<string, string>;
}

/** Everything that is text as it was said. */
function textsOf({ fields, metadata }: Said): ContactInput {
  const contact: ContactInput = {};
  for (const [field, value] of fields) {
    if (field === 'name' || field === 'phone' || field === 'consent') continue;
    if (field === 'tags') contact.tags = tagsOf(value);
    else contact[field] = field === 'language' ? value.replaceAll('_', '-') : value;
  }
  const name = fields.get('name');
  const more = { ...metadata };
  if (name !== undefined && (contact.firstName || contact.lastName)) more['name'] ??= name;
  else if (name !== undefined) Object.assign(contact, divided(name));
  if (Object.keys(more).length > 0) contact.metadata = more;
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

/** `Ada Maria Byron` and `Byron, Ada Maria`: the last word is the last name, unless a comma says otherwise. */
function divided(name: string): Pick<ContactInput, 'firstName' | 'lastName'> {
  const [last = '', first = ''] = name.split(',', 2).map((part) => part.trim());
  if (last !== '' && first !== '') return { firstName: first, lastName: last };
  const words = name.replaceAll(',', ' ').trim().split(/\s+/);
  if (words.length < 2) return { firstName: words[0] ?? name };
  return { firstName: words.slice(0, -1).join(' '), lastName: words.at(-1)! };
}

/** Null where nothing is said; undefined where it is not certain what. */
function consentOf(text: string | undefined): ContactInput['consent'] | undefined {
  if (text === undefined) return null;
  if (/^(yes|y|true|1)$/i.test(text)) return { calls: true };
  if (/^(no|n|false|0)$/i.test(text)) return { calls: false };
  return undefined;
}
