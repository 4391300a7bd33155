/** How an HTTP tool authenticates. No dialect documents the keys of `auth`, so all common names are accepted. Pure. */
import type { JsonObject } from '../../lib/values.ts';
import { Unusable } from './placeholders.ts';

interface Credentials {
  headers: Record<string, string>;
  query: Record<string, string>;
}

/** The headers and query parameters to send. Throws Unusable where a value is missing or the type is unknown. */
export function credentialsOf(auth: JsonObject): Credentials {
  const first = (...names: string[]): string | undefined => {
    const value = names.map((name) => auth[name]).find((one) => one !== undefined && one !== null && one !== '');
    return value === undefined ? undefined : String(value);
  };
  const required = (value: string | undefined, what: string): string => {
    if (value === undefined) throw new Unusable(`The authentication of the tool lacks its ${what}; configure it.`);
    return value;
  };

  const type = (first('type', 'auth_type', 'scheme') ?? guessedType(auth)).toLowerCase().replace(/[^a-z]/g, '');
  const token = first('token', 'bearer_token', 'bearerToken', 'access_token', 'accessToken', 'value', 'key');
  switch (type) {
    case 'none':
    case 'noauth':
      return { headers: {}, query: {} };
    case 'bearer':
    case 'bearertoken':
    case 'token':
      return { headers: { Authorization: `Bearer ${required(token, 'token')}` }, query: {} };
    case 'basic':
    case 'basicauth': {
      const user = required(first('username', 'user', 'login'), 'user name');
      const pair = Buffer.from(`${user}:${first('password', 'pass') ?? ''}`).toString('base64');
      return { headers: { Authorization: `Basic ${pair}` }, query: {} };
    }
    case 'apikey':
    case 'header':
    case 'customheader':
    case 'query': {
      const value = required(first('api_key', 'apiKey', 'value', 'key_value', 'keyValue', 'token', 'key'), 'key');
      const name = first('header_name', 'headerName', 'key_name', 'keyName', 'name', 'header', 'param_name', 'param');
      const inQuery = type === 'query' || /^query/i.test(first('in', 'location', 'placement', 'add_to') ?? '');
      return inQuery
        ? { headers: {}, query: { [name ?? 'api_key']: value } }
        : { headers: { [name ?? 'X-API-Key']: value }, query: {} };
    }
    default:
      throw new Unusable('The tool has an unknown type of authentication; use none, bearer, basic or apikey.');
  }
}

function guessedType(auth: JsonObject): string {
  const keys = Object.keys(auth);
  if (keys.length === 0) return 'none';
  if (keys.some((key) => /^user/i.test(key))) return 'basic';
  return keys.some((key) => /^api_?key|^header|^value$/i.test(key)) ? 'apikey' : 'bearer';
}
