/** Which IP addresses are public. Requests to others are refused unless PARLANCE_ALLOW_PRIVATE_TARGETS=1. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** IANA's special-purpose IPv4 blocks (https://www.iana.org/assignments/iana-ipv4-special-registry), and multicast. */
const CLOSED_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8], // this network, unspecified
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, where clouds keep their metadata
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
];

/** In IPv6, only global unicast and NAT64 translations of public IPv4 addresses are public … */
const NAT64 = '64:ff9b::';
const GLOBAL_V6 = ['2000::', 3] as const;
/** … except these blocks. */
const CLOSED_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23], // protocol assignments, Teredo, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, which carries any IPv4 address
  ['3fff::', 20], // documentation
];

const closedV4 = new BlockList();
const openV6 = new BlockList();
const closedV6 = new BlockList();
for (const [network, prefix] of CLOSED_V4) {
  closedV4.addSubnet(network, prefix, 'ipv4');
  closedV6.addSubnet(`${NAT64}${network}`, 96 + prefix, 'ipv6');
}
openV6.addSubnet(...GLOBAL_V6, 'ipv6');
openV6.addSubnet(NAT64, 96, 'ipv6');
for (const [network, prefix] of CLOSED_V6) closedV6.addSubnet(network, prefix, 'ipv6');

/** Whether a text is a public IP address. Any other text is not. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !closedV4.check(address, 'ipv4');
  // An IPv4 address mapped into IPv6, such as `::ffff:127.0.0.1`, is in none of the public blocks.
  if (!isIPv6(address) || address.includes('%')) return false;
  return openV6.check(address, 'ipv6') && !closedV6.check(address, 'ipv6');
}
