import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server that a test ends, kills and brings back. */
export interface Restartable {
  /** Its process id; another one after `restart`. */
  pid(): number | undefined
  /** Ends it in order and removes its folder. */
  stop(): Promise<void>
  /** Ends it in order; `restart` brings it back. */
  end(): Promise<void>
  /** Ends it with SIGKILL, and all processes it had started; `restart` brings it back. */
  kill(): Promise<void>
  /** Starts it again on the same port with what it had saved; ends it in order before, where it still runs. */
  restart(): Promise<void>
  /** Keeps it and all its processes from answering, with their connections open, until `resume`. */
  pause(): void
  resume(): void
}

/**
 * @param launch starts the process and resolves when it answers
 * @param shutdownSignal the signal that ends it in order without waiting for its clients
 */
export async function createRestartable(
  folder: string,
  launch: () => Promise<ChildProcess>,
  shutdownSignal: NodeJS.Signals = 'SIGTERM',
): Promise<Restartable> {
  let child = await launch()
  const runs = () => child.exitCode === null && child.signalCode === null
  const end = async (): Promise<void> => {
    if (!runs()) return
    const exited = once(child, 'exit')
    resume(child) // A paused process takes no other signal but SIGKILL.
    child.kill(shutdownSignal)
    await exited
  }
  return {
    pid: () => child.pid,
    async stop() {
      await end()
      await rm(folder, { recursive: true, force: true })
    },
    end,
    async kill() {
      if (runs()) await killProcessTree(child)
    },
    async restart() {
      await end()
      child = await launch()
    },
    pause: () => void pause(child),
    resume: () => resume(child),
  }
}

/*
 * PostgreSQL gives each connection a process in a group of its own, so a signal to the group would reach one of them
 * alone: each child gets it by itself.
 */

/** @returns the ids of the children, which are stopped too */
function pause(parent: ChildProcess): number[] {
  // The parent first: a stopped one starts no further child.
  parent.kill('SIGSTOP')
  const children = childrenOf(parent)
  for (const id of children) sendSignal(id, 'SIGSTOP')
  return children
}

function resume(parent: ChildProcess): void {
  for (const id of childrenOf(parent)) sendSignal(id, 'SIGCONT')
  parent.kill('SIGCONT')
}

/** Resolves when the process and its children are gone, and what they shared may be taken by the next one. */
async function killProcessTree(parent: ChildProcess): Promise<void> {
  const exited = once(parent, 'exit')
  const children = pause(parent)
  parent.kill('SIGKILL')
  for (const id of children) sendSignal(id, 'SIGKILL')
  await exited
  while (processes().some((each) => children.includes(each.id) && !each.ended)) await sleep(5)
}

interface Process {
  id: number
  parent: number
  /** It has ended, and its exit was not yet read. */
  ended: boolean
}

function childrenOf(parent: ChildProcess): number[] {
  return processes()
    .filter((each) => each.parent === parent.pid)
    .map((each) => each.id)
}

function processes(): Process[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' }).trim().split('\n')
  return lines.map((line) => {
    const [id, parent, state = ''] = line.trim().split(/\s+/)
    return { id: Number(id), parent: Number(parent), ended: state.startsWith('Z') }
  })
}

function sendSignal(id: number, signal: NodeJS.Signals): void {
  try {
    process.kill(id, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // It has ended meanwhile.
  }
}
