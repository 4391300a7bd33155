/** Completes a contact from its phone number: E.164, country, time zone and language. */
import type { Issue } from '../faults.ts';
import type { ContactInput } from './contact.ts';

/** Answers completed fields, and an issue for each number that cannot be read. */
export type CompleteContact = (fields: ContactInput) => { fields: ContactInput; issues: Issue[] };

/** Phone numbers and time zones take some megabytes, so they are loaded at the first use. */
export function contactCompleter(): () => Promise<CompleteContact> {
  let loading: Promise<CompleteContact> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
}

async function load(): Promise<CompleteContact> {
  const [{ readPhone }, { countryOf, createPlaces, regionOf }] = await Promise.all([
    import('../lib/phones.ts'),
    import('../lib/places.ts'),
  ]);
  const places = createPlaces();
  return (input) => {
    const issues: Issue[] = [];
    const fields: ContactInput = { ...input };
    for (const field of ['phone', 'whatsappNumber'] as const) {
      const written = input[field];
      if (!written) continue;
      const read = readPhone(written, regionOf(input.country));
      if ('problem' in read) issues.push({ path: field, message: read.problem, rule: 'format' });
      else fields[field] = read.phone;
    }
    if (issues.length > 0 || !fields.phone) return { fields, issues };
    // An ambiguous number leaves fields unset: with a wrong guess the contact would be called at the wrong hour.
    const country = countryOf(fields);
    const zones = fields.timezone ? [] : places.zonesOf(fields);
    const language = country === undefined ? undefined : new Intl.Locale(`und-${country}`).maximize().language;
    if (fields.country == null && country !== undefined) fields.country = country;
    if (fields.timezone == null && zones.length === 1) fields.timezone = zones[0]!;
    if (fields.language == null && language !== undefined && language !== 'und') fields.language = language;
    return { fields, issues };
  };
}
