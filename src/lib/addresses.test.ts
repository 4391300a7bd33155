import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPublic } from './addresses.ts';

const CLOSED = {
  unspecified: ['0.0.0.0', '0.1.2.3', '::'],
  private: ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fd00::1', 'fc00::1'],
  'carrier-grade NAT': ['100.64.0.1', '100.127.255.255'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  'link-local': ['169.254.169.254', 'fe80::1', 'febf::1', 'fe80::1%eth0'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  'reserved and broadcast': ['240.0.0.1', '255.255.255.255'],
  'protocols and documentation': ['192.0.0.8', '192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '192.88.99.1'],
  'IPv4 in IPv6': ['::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:7f00:1', '::127.0.0.1', '::ffff:0:127.0.0.1'],
  translated: ['64:ff9b::127.0.0.1', '64:ff9b::10.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::8.8.8.8'],
  tunnels: ['2002:7f00:1::', '2001:0:1::1', '2001:db8::1', '3fff::1'],
  'site-local and discard': ['fec0::1', '100::1'],
  'no address': ['', 'localhost', '127.1', '1.2.3.4.5', '[::1]'],
};

for (const [kind, addresses] of Object.entries(CLOSED))
  test(`${kind} is not public`, () => {
    assert.deepEqual(addresses.filter(isPublic), []);
  });

test('the rest is, up to the edges', () => {
  const open = ['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'];
  const more = ['128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255'];
  const last = ['223.255.255.255', '2606:4700:4700::1111', '2a00:1450::1', '2001:4860:4860::8888', '64:ff9b::8.8.8.8'];
  const all = [...open, ...more, ...last];
  assert.deepEqual(all.filter(isPublic), all);
});
