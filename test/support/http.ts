import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until a server that was just started answers at the address. */
export async function waitUntilResponding(child: ChildProcess, url: string): Promise<ChildProcess> {
  while (!(await isResponding(url))) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended at once with ${child.exitCode}`)
    await sleep(20)
  }
  return child
}

async function isResponding(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}
