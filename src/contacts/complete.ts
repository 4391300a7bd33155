/** People as they are kept: numbers that can be dialled, and what a number tells of where its owner is. */
import type { Issue } from '../faults.ts';
import type { ContactInput } from './contact.ts';

/** `issues` are worded to follow the field's name. */
export type CompleteContact = (fields: ContactInput) => { fields: ContactInput; issues: Issue[] };

/** Numbers and clocks take some megabytes, so they are loaded when somebody is first written down with a number. */
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
  return (said) => {
    const issues: Issue[] = [];
    const fields: ContactInput = { ...said };
    for (const field of ['phone', 'whatsappNumber'] as const) {
      const written = said[field];
      if (!written) continue;
      const read = readPhone(written, regionOf(said.country));
      if ('problem' in read) issues.push({ path: field, message: read.problem, rule: 'format' });
      else fields[field] = read.phone;
    }
    if (issues.length > 0 || !fields.phone) return { fields, issues };
    // What the number leaves in doubt stays unsaid: a guess would be called at the wrong hour.
    const country = countryOf(fields);
    const zones = fields.timezone ? [] : places.zonesOf(fields);
    const language = country === undefined ? undefined : new Intl.Locale(`und-${country}`).maximize().language;
    if (fields.country == null && country !== undefined) fields.country = country;
    if (fields.timezone == null && zones.length === 1) fields.timezone = zones[0]!;
    if (fields.language == null && language !== undefined && language !== 'und') fields.language = language;
    return { fields, issues };
  };
}
