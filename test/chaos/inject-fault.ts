import { setTimeout as sleep } from 'node:timers/promises'
import type { Restartable } from '../support/restartable.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'
import type { Fault, FaultKind } from './faults.ts'

export type FaultableServer = Pick<Restartable, 'kill' | 'restart' | 'pause' | 'resume'>

/** Something that faults are done to: a process, the network before it, or both. */
export interface FaultTarget {
  name: string
  weight: number
  server?: FaultableServer
  network?: TcpProxy
  /** Kinds of faults that it is spared. */
  excludedKinds?: readonly FaultKind[]
}

const networkDelayMs = 250

export function faultKindsOf({ server, network, excludedKinds = [] }: FaultTarget): FaultKind[] {
  const ofServer: FaultKind[] = ['kill', 'restart', 'pause']
  const ofNetwork: FaultKind[] = ['cut', 'delay', 'half-open']
  const kinds = [...(server ? ofServer : []), ...(network ? ofNetwork : [])]
  return kinds.filter((kind) => !excludedKinds.includes(kind))
}

/** Does what the fault says, and undoes it when its time is over. */
export async function injectFault(target: FaultTarget, { kind, durationMs }: Fault): Promise<void> {
  const { server, network } = target
  if (server !== undefined) await injectServerFault(server, kind, durationMs)
  if (network !== undefined) await injectNetworkFault(network, kind, durationMs)
}

async function injectServerFault(server: FaultableServer, kind: FaultKind, lastsMs: number): Promise<void> {
  switch (kind) {
    case 'kill':
      await server.kill()
      await sleep(lastsMs)
      return server.restart()
    case 'restart':
      return server.restart()
    case 'pause':
      server.pause()
      await sleep(lastsMs)
      return server.resume()
    default:
  }
}

async function injectNetworkFault(network: TcpProxy, kind: FaultKind, lastsMs: number): Promise<void> {
  if (kind === 'cut') network.cut()
  else if (kind === 'delay') network.delay(networkDelayMs)
  else if (kind === 'half-open') network.halfOpen()
  else return
  await sleep(lastsMs)
  network.heal()
}
