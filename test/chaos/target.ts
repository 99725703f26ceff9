import { setTimeout as sleep } from 'node:timers/promises'
import type { Restartable } from '../support/restartable.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'
import type { Fault, FaultKind } from './faults.ts'

export type Server = Pick<Restartable, 'kill' | 'restart' | 'pause' | 'resume'>

/** Something that faults are done to: a process, the network before it, or both. */
export interface Target {
  name: string
  weight: number
  server?: Server
  network?: TcpProxy
  /** Kinds of faults that it is spared. */
  spared?: readonly FaultKind[]
}

const networkDelayMs = 250

export function kindsOf({ server, network, spared = [] }: Target): FaultKind[] {
  const ofServer: FaultKind[] = ['kill', 'kill', 'restart', 'pause']
  const ofNetwork: FaultKind[] = ['cut', 'delay', 'half-open']
  const kinds = [...(server ? ofServer : []), ...(network ? ofNetwork : [])]
  return kinds.filter((kind) => !spared.includes(kind))
}

/** Does what the fault says, and undoes it when its time is over. */
export async function strike(target: Target, { kind, lastsMs }: Fault): Promise<void> {
  const { server, network } = target
  if (server !== undefined) await strikeServer(server, kind, lastsMs)
  if (network !== undefined) await disturb(network, kind, lastsMs)
}

async function strikeServer(server: Server, kind: FaultKind, lastsMs: number): Promise<void> {
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

async function disturb(network: TcpProxy, kind: FaultKind, lastsMs: number): Promise<void> {
  if (kind === 'cut') network.cut()
  else if (kind === 'delay') network.delay(networkDelayMs)
  else if (kind === 'half-open') network.halfOpen()
  else return
  await sleep(lastsMs)
  network.heal()
}
