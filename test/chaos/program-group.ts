import { join } from 'node:path'
import { freePort } from '../support/ports.ts'
import type { FaultTarget } from './inject-fault.ts'
import { SupervisedProcess, type UnexpectedExit } from './supervised-process.ts'

/** The program: one process, or several that share the work. */
export interface ProgramGroup {
  /** Of a process with the API. */
  httpUrl: string
  /** Of all processes. */
  httpUrls: readonly string[]
  targets: FaultTarget[]
  /** Exits without a request, of all processes. */
  unexpectedExits(): readonly UnexpectedExit[]
  /** What all processes said on standard error. */
  stderr(): string
  stop(): Promise<void>
  kill(): Promise<void>
}

/**
 * Start the program.
 * @param processes roles of each process; none: one process does everything
 * @param firstEnv further settings of the first process of each
 */
export async function startProgramGroup(
  env: Record<string, string>,
  processes: readonly string[],
  firstEnv: Record<string, string>,
): Promise<ProgramGroup> {
  const started: { name: string; process: SupervisedProcess; httpUrl: string; roles: string }[] = []
  for (const [index, roles] of (processes.length === 0 ? [''] : processes).entries()) {
    const port = processes.length === 0 ? env.FOREWARN_HTTP_PORT : `${await freePort()}`
    const own = {
      FOREWARN_HTTP_PORT: `${port}`,
      FOREWARN_ROLES: roles,
      FOREWARN_DATA_DIR: join(env.FOREWARN_DATA_DIR ?? '', ...(roles === '' ? [] : [`${index}`])),
    }
    started.push({
      name: roles === '' ? 'the program' : `process ${index} (${roles})`,
      process: new SupervisedProcess({ ...env, ...own }, firstEnv),
      httpUrl: `http://127.0.0.1:${port}`,
      roles,
    })
  }
  const withApi = started.find(({ roles }) => roles === '' || roles.includes('api'))
  const all = started.map(({ process }) => process)
  return {
    httpUrl: withApi?.httpUrl ?? '',
    httpUrls: started.map((one) => one.httpUrl),
    targets: started.map(({ name, process }) => ({
      name,
      weight: started.length === 1 ? 3 : 1,
      server: process,
    })),
    unexpectedExits: () => all.flatMap(({ unexpectedExits }) => unexpectedExits),
    stderr: () => all.map(({ stderr }) => stderr).join('\n'),
    stop: async () => void (await Promise.all(all.map((process) => process.stop()))),
    kill: async () => void (await Promise.all(all.map((process) => process.kill()))),
  }
}
