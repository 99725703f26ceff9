import { lookup as dnsLookup, type LookupAddress } from 'node:dns'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPublicAddress } from './public-address.ts'

/** A URL of a user points to a host that is not public. */
export class BlockedHostError extends Error {
  override readonly name = 'BlockedHostError'
}

export interface EgressPolicyOptions {
  /** Allow private and loopback addresses and plain http. Only for installations whose users are trusted. */
  allowPrivateHosts: boolean
  /** Certificates of the authorities to trust instead of the default ones, PEM. */
  ca?: string
  /** Default: the system's resolver. */
  lookup?: typeof dnsLookup
}

/** HTTP agents for URLs of users that prevent server-side request forgery (SSRF). */
export interface EgressPolicy {
  readonly httpAgent: HttpAgent
  readonly httpsAgent: HttpsAgent
  /** Parse a URL. @throws BlockedHostError when its protocol or address is not allowed */
  checkUrl(text: string): URL
}

/**
 * Create a policy whose agents resolve a name when they connect, and connect to the address that was checked. DNS
 * rebinding (another address on the next lookup) therefore has no effect.
 */
export function createEgressPolicy({
  allowPrivateHosts,
  ca,
  lookup = dnsLookup,
}: EgressPolicyOptions): EgressPolicy {
  const guardedLookup: LookupFunction = (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '')
      const allowed = allowPrivateHosts ? found : found.filter(({ address }) => isPublicAddress(address))
      const [first] = allowed
      if (first === undefined) return callback(blockedHost(host, found), '')
      if (options.all) return callback(null, allowed)
      callback(null, first.address, first.family)
    })
  }
  return {
    httpAgent: new HttpAgent({ lookup: guardedLookup }),
    httpsAgent: new HttpsAgent({ lookup: guardedLookup, ...(ca !== undefined && { ca }) }),
    checkUrl: (text) => requireAllowedUrl(new URL(text), allowPrivateHosts),
  }
}

/** Check a URL. IP addresses have to be checked here, because agents do not look them up. */
function requireAllowedUrl(url: URL, allowPrivateHosts: boolean): URL {
  const protocols = allowPrivateHosts ? ['https:', 'http:'] : ['https:']
  if (!protocols.includes(url.protocol))
    throw new BlockedHostError(`${url.protocol} is not allowed, only https:`)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!allowPrivateHosts && isIP(host) !== 0 && !isPublicAddress(host)) {
    throw new BlockedHostError(`${host} is not a public address`)
  }
  return url
}

function blockedHost(host: string, found: readonly LookupAddress[]): BlockedHostError {
  const addresses = found.map(({ address }) => address).join(', ')
  return new BlockedHostError(`${host} has no public address: ${addresses || 'no address at all'}`)
}
