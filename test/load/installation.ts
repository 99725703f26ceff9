import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../support/program.ts'
import { type Backend, backendSettings, backends, type RunningBackend, startBackend } from './backends.ts'
import { SupervisedProgram } from './supervised-program.ts'

export interface InstallationOptions {
  profile: 'embedded' | 'production'
  /** Further settings of the program. */
  env?: Record<string, string>
  /** What the program reaches a backend by instead of its own address. */
  proxyBackend?(backend: Backend, url: string): Promise<string>
}

/** The program and the parts that it runs on, in a temporary folder. */
export class Installation {
  readonly dataDir: string
  readonly program: SupervisedProgram
  readonly backends: ReadonlyMap<Backend, RunningBackend>
  /** Where devices publish to. */
  readonly mqttUrl: string

  static async start({ profile, env: more, proxyBackend }: InstallationOptions): Promise<Installation> {
    const dataDir = await mkdtemp(join(tmpdir(), 'forewarn-installation-'))
    const running = new Map<Backend, RunningBackend>()
    try {
      const env: Record<string, string> = { ...more, FOREWARN_DATA_DIR: dataDir }
      for (const backend of profile === 'production' ? backends : []) {
        const started = await startBackend(backend)
        running.set(backend, started)
        Object.assign(
          env,
          backendSettings(backend, (await proxyBackend?.(backend, started.url)) ?? started.url),
        )
      }
      const program = await SupervisedProgram.start(env)
      try {
        await waitUntilReady(program.httpUrl)
      } catch (error) {
        await program.stop()
        throw error
      }
      return new Installation(program, { dataDir, backends: running })
    } catch (error) {
      await remove(dataDir, running)
      throw error
    }
  }

  private constructor(
    program: SupervisedProgram,
    { dataDir, backends }: Pick<Installation, 'dataDir' | 'backends'>,
  ) {
    this.program = program
    this.dataDir = dataDir
    this.backends = backends
    this.mqttUrl = backends.get('broker')?.url ?? program.mqttUrl
  }

  /** Ends everything, and leaves nothing behind. */
  async stop(): Promise<void> {
    await this.program.stop()
    await remove(this.dataDir, this.backends)
  }
}

/** Before its first subscription a broker drops messages, and acknowledges them. */
async function waitUntilReady(httpUrl: string): Promise<void> {
  await eventually(async () => (await fetch(`${httpUrl}/readyz`)).ok || undefined)
}

async function remove(dataDir: string, running: ReadonlyMap<Backend, RunningBackend>): Promise<void> {
  await Promise.all([...running.values()].map((backend) => backend.stop()))
  await rm(dataDir, { recursive: true, force: true })
}
