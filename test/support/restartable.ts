import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'

/** A server that a test ends, kills and brings back. */
export interface Restartable {
  /** Ends it in order and removes its folder. */
  stop(): Promise<void>
  /** Ends it with SIGKILL, as a power failure would; `restart` brings it back. */
  kill(): Promise<void>
  /** Starts it again on the same port with what it had saved. */
  restart(): Promise<void>
  /** Keeps it from answering, with its connections open, until `resume`. */
  pause(): void
  resume(): void
}

/** @param launch starts the process and resolves when it answers */
export async function restartable(folder: string, launch: () => Promise<ChildProcess>): Promise<Restartable> {
  let child = await launch()
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  return {
    async stop() {
      await end('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM')
      child = await launch()
    },
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
  }
}
