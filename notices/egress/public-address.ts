import { BlockList, isIP, isIPv6 } from 'node:net'

/** Addresses that are not public: IANA's special-purpose registries (RFC 6890), multicast and reserved ranges. */
const nonPublicV4 = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  nonPublicV4.addSubnet(network, prefix, 'ipv4')
}

/** Only 2000::/3 of IPv6 is allocated; within it are ranges for tunnels and documentation. */
const publicV6 = new BlockList()
publicV6.addSubnet('2000::', 3, 'ipv6')
const nonPublicV6 = new BlockList()
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  nonPublicV6.addSubnet(network, prefix, 'ipv6')
}

/** Tell whether an IP address is public, as opposed to this machine or its local network. False for other texts. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false
  if (isIPv6(address)) return publicV6.check(address, 'ipv6') && !nonPublicV6.check(address, 'ipv6')
  return !nonPublicV4.check(address, 'ipv4')
}
