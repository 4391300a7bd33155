/**
 * How deliveries are signed: one function a tongue, because each of them has receivers that already check exactly that.
 */
import { createHmac } from 'node:crypto';
import type { KeyDialect } from '../workspaces/workspace.ts';
import { SECRET_PREFIX, type WebhookOptions } from './webhook.ts';

export interface Signed {
  /** The same at every attempt. */
  eventId: string;
  at: Date;
  body: string;
  secret: string;
  options: WebhookOptions;
}

type Headers = Record<string, string>;
export type Signature = (signed: Signed) => Headers | Promise<Headers>;

const hex = (algorithm: 'sha256' | 'sha1', secret: string, text: string): string =>
  createHmac(algorithm, secret).update(text).digest('hex');

/** The key behind a secret of Standard Webhooks: what follows `whsec_` is base64; any other text is a key as it is. */
const keyOf = (secret: string): string =>
  secret.startsWith(SECRET_PREFIX) ? secret : SECRET_PREFIX + Buffer.from(secret).toString('base64');

/** Standard Webhooks, under the names that a tongue gives the three headers. */
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

/** Ayra has no API for its endpoints; this is how they will be spoken to. */
export const ayra: Signature = ({ body, secret }) => ({ 'X-Ayra-Signature': hex('sha256', secret, body) });

export const SIGNATURES: Readonly<Record<KeyDialect, Signature>> = {
  native: standard,
  kejue,
  agenthuman: standard,
  instaview,
  ayra,
  agntix,
};
