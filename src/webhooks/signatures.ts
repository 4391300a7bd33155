/** How deliveries are signed: one function for each dialect, because its receivers already check its signature. */
import { createHmac } from 'node:crypto';
import type { KeyDialect } from '../workspaces/workspace.ts';
import { SECRET_PREFIX, type WebhookOptions } from './webhook.ts';

export interface SigningInput {
  /** The same for every attempt. */
  eventId: string;
  at: Date;
  body: string;
  secret: string;
  options: WebhookOptions;
}

type Headers = Record<string, string>;
export type Signature = (signed: SigningInput) => Headers | Promise<Headers>;

const hex = (algorithm: 'sha256' | 'sha1', secret: string, text: string): string =>
  createHmac(algorithm, secret).update(text).digest('hex');

/** A secret in the form that the package expects: `whsec_` and base64. Any other text is the key itself. */
const keyOf = (secret: string): string =>
  secret.startsWith(SECRET_PREFIX) ? secret : SECRET_PREFIX + Buffer.from(secret).toString('base64');

/** The signature of Standard Webhooks (https://www.standardwebhooks.com), with the header names of a dialect. */
const standardAs =
  (prefix: 'webhook' | 'svix'): Signature =>
  async ({ eventId, at, body, secret }) => {
    const { Webhook } = await import('standardwebhooks');
    return {
      [`${prefix}-id`]: eventId,
      [`${prefix}-timestamp`]: String(Math.floor(at.getTime() / 1000)),
      [`${prefix}-signature`]: new Webhook(keyOf(secret)).sign(eventId, at, body),
    };
  };

export const standard = standardAs('webhook');
export const agntix = standardAs('svix');

export const kejue: Signature = ({ at, body, secret, options: { signing = 'hmac_sha256' } }): Headers => {
  if (signing === 'bearer') return { Authorization: `Bearer ${secret}` };
  if (signing === 'basic_auth') return { Authorization: `Basic ${Buffer.from(secret).toString('base64')}` };
  if (signing === 'none') return {};
  const algorithm = signing === 'hmac_sha1' ? 'sha1' : 'sha256';
  const time = String(at.getTime());
  return {
    'X-Kejue-Timestamp': time,
    'X-Kejue-Signature': `${algorithm}=${hex(algorithm, secret, `${time}.${body}`)}`,
  };
};

export const instaview: Signature = ({ body, secret }) => ({
  'X-InstaView-Signature': `sha256=${hex('sha256', secret, body)}`,
});

/** Ayra has no API for webhooks. This signature is for webhooks that the native API creates for its events. */
export const ayra: Signature = ({ body, secret }) => ({ 'X-Ayra-Signature': hex('sha256', secret, body) });

export const SIGNATURES: Readonly<Record<KeyDialect, Signature>> = {
  native: standard,
  kejue,
  agenthuman: standard,
  instaview,
  ayra,
  agntix,
};
