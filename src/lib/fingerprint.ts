/** A UUID that is computed from a name (RFC 9562, version 5). It is the same on every server. */
import { createHash } from 'node:crypto';

const NAMESPACE = Buffer.from('5d1e0c1e6d1f5a3c9a6a2f4f0c7b8e11', 'hex');

export function fingerprint(name: string): string {
  const hash = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
