import { BlockList, isIP, isIPv6 } from 'node:net'

/** Addresses that are not everybody's: IANA's special-purpose registries (RFC 6890), multicast, and what is reserved. */
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

/** Of IPv6 only 2000::/3 is given out; within it are tunnels and examples. */
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

/** Whether an IP address can be one of the Internet's, and not of this machine or of the network around it. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false
  if (isIPv6(address)) return publicV6.check(address, 'ipv6') && !nonPublicV6.check(address, 'ipv6')
  return !nonPublicV4.check(address, 'ipv4')
}
