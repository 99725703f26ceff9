import { type Backend, backends } from '../load/backends.ts'
import { Installation } from '../load/installation.ts'
import type { Restartable } from '../support/restartable.ts'
import { proxyTargetOf, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

export type DisruptedComponent = Backend | 'program'

export const disruptableComponents: readonly DisruptedComponent[] = [...backends, 'program']

/** `kill`: SIGKILL, and started again. `pause`: SIGSTOP. `cut`: the network resets each of the program's connections. */
export const disruptionModes = ['kill', 'pause', 'cut'] as const
export type DisruptionMode = (typeof disruptionModes)[number]

/** An installation on production parts, one of which can be taken away and brought back. */
export interface DisruptedInstallation {
  installation: Installation
  disrupt(): Promise<void>
  restore(): Promise<void>
  stop(): Promise<void>
}

/** There is no network between the program and itself. */
class CutError extends Error {
  override readonly name = 'CutError'
}

/** @throws CutError */
export async function startDisruptedInstallation(
  part: DisruptedComponent,
  way: DisruptionMode,
): Promise<DisruptedInstallation> {
  if (part === 'program' && way === 'cut')
    throw new CutError('the program can be killed or paused, not cut off')
  let proxy: TcpProxy | undefined
  const through = async (backend: Backend, url: string): Promise<string> => {
    if (backend !== part || way !== 'cut') return url
    proxy = await startTcpProxy(proxyTargetOf(url))
    return url.replace(/:\d+(?=\/|$)/, `:${proxy.port}`)
  }
  try {
    const installation = await Installation.start({ profile: 'production', proxyBackend: through })
    const stop = async () => {
      await installation.stop()
      await proxy?.stop()
    }
    return {
      installation,
      stop,
      ...(proxy ? networkDisruption(proxy) : processDisruption(installation, part, way)),
    }
  } catch (error) {
    await proxy?.stop()
    throw error
  }
}

type Disruption = Pick<DisruptedInstallation, 'disrupt' | 'restore'>

function networkDisruption(proxy: TcpProxy): Disruption {
  return { disrupt: async () => proxy.cut(), restore: async () => proxy.heal() }
}

function processDisruption(
  { program, backends }: Installation,
  part: DisruptedComponent,
  way: DisruptionMode,
): Disruption {
  const subject = part === 'program' ? program : backends.get(part)
  if (subject === undefined) throw new RangeError(`no ${part} runs`)
  return way === 'pause' ? pauseDisruption(subject) : killDisruption(subject)
}

type DisruptableProcess = Pick<Restartable, 'kill' | 'restart' | 'pause' | 'resume'>

function pauseDisruption(subject: DisruptableProcess): Disruption {
  return { disrupt: async () => subject.pause(), restore: async () => subject.resume() }
}

function killDisruption(subject: DisruptableProcess): Disruption {
  return { disrupt: () => subject.kill(), restore: () => subject.restart() }
}
