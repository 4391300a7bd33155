/** How a tool signs in. Nobody documents the words; the common ones are all understood. Pure. */
import type { JsonObject } from '../../lib/values.ts';
import { Unusable } from './placeholders.ts';

interface SignedIn {
  headers: Record<string, string>;
  query: Record<string, string>;
}

export function signedIn(auth: JsonObject): SignedIn {
  const first = (...names: string[]): string | undefined => {
    const value = names.map((name) => auth[name]).find((one) => one !== undefined && one !== null && one !== '');
    return value === undefined ? undefined : String(value);
  };
  const needed = (value: string | undefined, what: string): string => {
    if (value === undefined) throw new Unusable(`The tool has no ${what} to sign in with.`);
    return value;
  };

  const type = (first('type', 'auth_type', 'scheme') ?? guessed(auth)).toLowerCase().replace(/[^a-z]/g, '');
  const token = first('token', 'bearer_token', 'bearerToken', 'access_token', 'accessToken', 'value', 'key');
  switch (type) {
    case 'none':
    case 'noauth':
      return { headers: {}, query: {} };
    case 'bearer':
    case 'bearertoken':
    case 'token':
      return { headers: { Authorization: `Bearer ${needed(token, 'token')}` }, query: {} };
    case 'basic':
    case 'basicauth': {
      const user = needed(first('username', 'user', 'login'), 'user name');
      const pair = Buffer.from(`${user}:${first('password', 'pass') ?? ''}`).toString('base64');
      return { headers: { Authorization: `Basic ${pair}` }, query: {} };
    }
    case 'apikey':
    case 'header':
    case 'customheader':
    case 'query': {
      const value = needed(first('api_key', 'apiKey', 'value', 'key_value', 'keyValue', 'token', 'key'), 'key');
      const name = first('header_name', 'headerName', 'key_name', 'keyName', 'name', 'header', 'param_name', 'param');
      const inQuery = type === 'query' || /^query/i.test(first('in', 'location', 'placement', 'add_to') ?? '');
      return inQuery
        ? { headers: {}, query: { [name ?? 'api_key']: value } }
        : { headers: { [name ?? 'X-API-Key']: value }, query: {} };
    }
    default:
      throw new Unusable('The tool signs in in a way that is not known here.');
  }
}

function guessed(auth: JsonObject): string {
  const keys = Object.keys(auth);
  if (keys.length === 0) return 'none';
  if (keys.some((key) => /^user/i.test(key))) return 'basic';
  return keys.some((key) => /^api_?key|^header|^value$/i.test(key)) ? 'apikey' : 'bearer';
}
