import { once } from 'node:events'
import { createServer } from 'node:net'
import { errorMessage } from '../../lib/error-message.ts'
import { type DoctorCheck, errorCode, fail, ok } from './check.ts'

const TIMEOUT_MS = 2_000

export interface Address {
  host: string
  port: number
}

export interface PortCheckOptions {
  name: string
  address: Address
  /** Settings that change the address, for the remedy. */
  hostSetting: string
  portSetting: string
  /** Whether a Forewarn that already runs would use this port. */
  ownedByForewarn: boolean
}

export async function checkPort(options: PortCheckOptions): Promise<DoctorCheck> {
  const { name, address, hostSetting, portSetting, ownedByForewarn } = options
  const where = `${address.host}:${address.port}`
  const error = await tryListen(address)
  if (error === undefined) {
    return ok(name, address.port === 0 ? `any free port of ${address.host}` : `${where} is free`)
  }
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      if (ownedByForewarn) return ok(name, `${where} is in use by a Forewarn that runs already`)
      return fail(name, `${where} is in use by another program`, `end that program, or set ${portSetting}`)
    case 'EACCES':
      return fail(name, `${where} is not allowed for this user`, `set ${portSetting} to a port from 1024`)
    default:
      return fail(
        name,
        `${where} cannot be listened on: ${errorMessage(error)}`,
        `set ${hostSetting} to an address of this machine`,
      )
  }
}

/** Tell whether a Forewarn responds at the address of the HTTP API. */
export async function isForewarnRunning({ host, port }: Address): Promise<boolean> {
  if (port === 0) return false
  const reachable =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
  try {
    const response = await fetch(`http://${reachable}:${port}/healthz`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const body: unknown = await response.json()
    return typeof body === 'object' && body !== null && 'program' in body && body.program === 'forewarn'
  } catch {
    // Any other response or error means that no Forewarn runs there.
    return false
  }
}

async function tryListen({ host, port }: Address): Promise<unknown> {
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return undefined
  } catch (error) {
    return error
  }
}
