import { lookup as dnsLookup, type LookupAddress } from 'node:dns'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPublicAddress } from './public-address.ts'

/** An address that users gave us leads to where they are not to reach through us. */
export class BlockedHostError extends Error {
  override readonly name = 'BlockedHostError'
}

export interface EgressPolicyOptions {
  /** Private and loopback addresses, and plain http: for those who serve nobody but themselves. */
  allowPrivateHosts: boolean
  /** Certificates of authorities to trust instead of the usual ones, PEM. */
  ca?: string
  /** Default: that of the system. */
  lookup?: typeof dnsLookup
}

/** How to reach hosts that users name, without letting them reach our own network through us (SSRF). */
export interface EgressPolicy {
  readonly httpAgent: HttpAgent
  readonly httpsAgent: HttpsAgent
  /** @throws BlockedHostError when this is no URL that may be asked */
  checkUrl(text: string): URL
}

/**
 * Names are looked up when the connection is made, and the connection goes to the very address that was looked at: a name
 * that means something else a moment later (DNS rebinding) gains nothing.
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

/** An address that stands for itself is never looked up. */
function requireAllowedUrl(url: URL, allowPrivateHosts: boolean): URL {
  const protocols = allowPrivateHosts ? ['https:', 'http:'] : ['https:']
  if (!protocols.includes(url.protocol))
    throw new BlockedHostError(`${url.protocol} is not allowed, only https:`)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!allowPrivateHosts && isIP(host) !== 0 && !isPublicAddress(host)) {
    throw new BlockedHostError(`${host} is not an address of the Internet`)
  }
  return url
}

function blockedHost(host: string, found: readonly LookupAddress[]): BlockedHostError {
  const addresses = found.map(({ address }) => address).join(', ')
  return new BlockedHostError(`${host} is not on the Internet: ${addresses || 'no address'}`)
}
