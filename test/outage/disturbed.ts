import { Installation } from '../load/installation.ts'
import { type Backend, backends } from '../load/production.ts'
import type { Restartable } from '../support/restartable.ts'
import { startTcpProxy, type TcpProxy, targetOf } from '../support/tcp-proxy.ts'

export type Part = Backend | 'program'

export const parts: readonly Part[] = [...backends, 'program']

/** `kill`: SIGKILL, and started again. `pause`: SIGSTOP. `cut`: the network resets each of the program's connections. */
export const ways = ['kill', 'pause', 'cut'] as const
export type Way = (typeof ways)[number]

/** An installation on production parts, one of which can be taken away and brought back. */
export interface Disturbed {
  installation: Installation
  takeAway(): Promise<void>
  bringBack(): Promise<void>
  stop(): Promise<void>
}

/** There is no network between the program and itself. */
class CutError extends Error {
  override readonly name = 'CutError'
}

/** @throws CutError */
export async function startDisturbed(part: Part, way: Way): Promise<Disturbed> {
  if (part === 'program' && way === 'cut')
    throw new CutError('the program can be killed or paused, not cut off')
  let proxy: TcpProxy | undefined
  const through = async (backend: Backend, url: string): Promise<string> => {
    if (backend !== part || way !== 'cut') return url
    proxy = await startTcpProxy(targetOf(url))
    return url.replace(/:\d+(?=\/|$)/, `:${proxy.port}`)
  }
  try {
    const installation = await Installation.start({ parts: 'production', through })
    const stop = async () => {
      await installation.stop()
      await proxy?.stop()
    }
    return { installation, stop, ...(proxy ? cutting(proxy) : handlingOf(installation, part, way)) }
  } catch (error) {
    await proxy?.stop()
    throw error
  }
}

type Handling = Pick<Disturbed, 'takeAway' | 'bringBack'>

function cutting(proxy: TcpProxy): Handling {
  return { takeAway: async () => proxy.cut(), bringBack: async () => proxy.heal() }
}

function handlingOf({ program, backends }: Installation, part: Part, way: Way): Handling {
  const subject = part === 'program' ? program : backends.get(part)
  if (subject === undefined) throw new RangeError(`no ${part} runs`)
  return way === 'pause' ? pausing(subject) : killing(subject)
}

type Subject = Pick<Restartable, 'kill' | 'restart' | 'pause' | 'resume'>

function pausing(subject: Subject): Handling {
  return { takeAway: async () => subject.pause(), bringBack: async () => subject.resume() }
}

function killing(subject: Subject): Handling {
  return { takeAway: () => subject.kill(), bringBack: () => subject.restart() }
}
