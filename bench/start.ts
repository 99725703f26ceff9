import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { packageRoot } from '../lib/package-root.ts'
import { measureProcesses } from './measure/cpu.ts'
import { digits, formatTable } from './measure/format-table.ts'
import { describeMachine } from './measure/machine.ts'
import { note } from './measure/note.ts'
import { median } from './measure/statistics.ts'
import type { Section, SectionResult, Table } from './section.ts'

// What the built program costs without any load: commands, the start, and a program that nothing is sent to.

export interface StartOptions {
  /** Rounds of each command and each start; the figures are medians. */
  rounds: number
  /** Time after the start before the idle program is measured, and for which it is, seconds. */
  idleSeconds: number
  /** Folders of the built programs that are compared, by turns. */
  builds: readonly string[]
}

/** Figures of one build: medians. */
export interface StartFigures {
  build: string
  /** CPU time of each command, user and system, seconds. */
  commandCpuSeconds: Record<string, number>
  /** Time until `up` is ready on an empty data folder, and again on the same one, and CPU time until then, seconds. */
  starts: Record<'first' | 'second', { seconds: number; cpuSeconds: number }>
  /** Of `up` with embedded parts and without devices: resident memory, bytes, and share of one core. */
  idle: { name: string; memoryBytes: number; cpuShare: number }[]
}

/** The program ended before it was ready, or a command failed; the message has what it printed last. */
class StartError extends Error {
  override readonly name = 'StartError'
}

/** Commands that need no running program, and `client`, which asks one. */
const commands: Record<string, readonly string[]> = {
  '--version': ['--version'],
  '--help': ['--help'],
  config: ['config'],
}
const clientCommands: Record<string, readonly string[]> = {
  'quarantine list': ['quarantine', 'list'],
  'rules list': ['rules', 'list'],
  'dead-letters list': ['dead-letters', 'list'],
}
/** Environments of the idle program: without them glibc keeps more memory, see docs/deployment.md. */
const idleEnvironments: Record<string, Readonly<Record<string, string>>> = {
  'as it is': {},
  'as in the container image': {
    MALLOC_ARENA_MAX: '2',
    MALLOC_MMAP_THRESHOLD_: '131072',
    MALLOC_TRIM_THRESHOLD_: '131072',
  },
}

interface RunningProgram {
  pid: number
  url: string
  seconds: number
  cpuSeconds: number
  stop(): Promise<void>
}

const entry = (build: string) => join(build, 'bin', 'forewarn.js')

/** Start `up` on a data folder and wait until it is ready. @throws StartError */
async function startProgram(
  build: string,
  dataDir: string,
  more: Readonly<Record<string, string>> = {},
): Promise<RunningProgram> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [entry(build), 'up'], {
    cwd: dataDir,
    env: {
      ...process.env,
      ...more,
      FOREWARN_DATA_DIR: join(dataDir, 'data'),
      FOREWARN_HTTP_PORT: '0',
      FOREWARN_MQTT_PORT: '0',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const url = await waitUntilReady(child)
  const seconds = (performance.now() - startedAt) / 1_000
  const pid = child.pid ?? 0
  const { cpuSeconds } = await measureProcesses([pid])
  const stop = async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
  return { pid, url, seconds, cpuSeconds, stop }
}

async function waitUntilReady(child: ChildProcess): Promise<string> {
  let last = ''
  if (child.stderr === null) throw new StartError('the program has no standard error')
  for await (const line of createInterface({ input: child.stderr })) {
    last = line
    const [, url] = /"event":"started","httpUrl":"([^"]+)"/.exec(line) ?? []
    if (url === undefined) continue
    // What it logs later is not needed, but must not fill the pipe.
    child.stderr.resume()
    return url
  }
  throw new StartError(`the program ended before it was ready: ${last}`)
}

/** Return the CPU time of one command, from the shell's `times`, seconds. @throws StartError when it fails */
async function commandCpu(build: string, args: readonly string[]): Promise<number> {
  const run = '"$@" >/dev/null || exit 1; times'
  const { stdout, stderr } = await promisify(execFile)('sh', [
    '-c',
    run,
    'sh',
    process.execPath,
    entry(build),
    ...args,
  ])
  // The second line is the children's: user and system, as 0m0.12s 0m0.03s.
  const times = [...(stdout.trim().split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)]
  if (times.length !== 2) throw new StartError(`the shell reported no times: ${stdout}${stderr}`)
  return times.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0)
}

async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-start-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Start a program twice on one folder. */
function measureStarts(build: string): Promise<RunningProgram[]> {
  return inTemporaryFolder(async (folder) => {
    const programs: RunningProgram[] = []
    for (let start = 0; start < 2; start++) {
      const program = await startProgram(build, folder)
      await program.stop()
      programs.push(program)
    }
    return programs
  })
}

/** Measure an idle program, then client commands that ask it. */
function measureIdle(
  build: string,
  { rounds, idleSeconds }: StartOptions,
  environment: Readonly<Record<string, string>>,
) {
  return inTemporaryFolder(async (folder) => {
    const program = await startProgram(build, folder, environment)
    try {
      await sleep(idleSeconds * 1_000)
      const before = await measureProcesses([program.pid])
      await sleep(idleSeconds * 1_000)
      const after = await measureProcesses([program.pid])
      const clients: Record<string, number> = {}
      for (const [name, args] of Object.entries(clientCommands)) {
        const cpu: number[] = []
        for (let round = 0; round < rounds; round++)
          cpu.push(await commandCpu(build, [...args, '--url', program.url]))
        clients[name] = median(cpu)
      }
      return {
        memoryBytes: before.memoryBytes,
        cpuShare: (after.cpuSeconds - before.cpuSeconds) / idleSeconds,
        clients,
      }
    } finally {
      await program.stop()
    }
  })
}

/** Measure every build: commands and starts by turns, idle programs at the same time. */
export async function measureStart(options: StartOptions): Promise<StartFigures[]> {
  const { rounds, builds } = options
  const samples = builds.map(() => ({
    cpu: new Map<string, number[]>(),
    starts: [[], []] as RunningProgram[][],
  }))
  for (let round = 0; round < rounds; round++) {
    note(`round ${round + 1} of ${rounds}: commands and starts`)
    for (const [i, build] of builds.entries()) {
      for (const [name, args] of Object.entries(commands)) {
        const cpu = samples[i]?.cpu
        cpu?.set(name, [...(cpu.get(name) ?? []), await commandCpu(build, args)])
      }
      for (const [n, program] of (await measureStarts(build)).entries()) samples[i]?.starts[n]?.push(program)
    }
  }
  note(`idle programs: ${options.idleSeconds} s, then measured for as long`)
  return Promise.all(
    builds.map(async (build, i) => {
      const { cpu = new Map<string, number[]>(), starts = [] } = samples[i] ?? {}
      const idle = await Promise.all(
        Object.entries(idleEnvironments).map(async ([name, environment]) => ({
          name,
          ...(await measureIdle(build, options, environment)),
        })),
      )
      return {
        build,
        commandCpuSeconds: {
          ...Object.fromEntries([...cpu].map(([name, values]) => [name, median(values)])),
          ...idle[0]?.clients,
        },
        starts: { first: medianStart(starts[0]), second: medianStart(starts[1]) },
        idle: idle.map(({ name, memoryBytes, cpuShare }) => ({ name, memoryBytes, cpuShare })),
      }
    }),
  )
}

function medianStart(programs: readonly RunningProgram[] = []) {
  return {
    seconds: median(programs.map(({ seconds }) => seconds)),
    cpuSeconds: median(programs.map(({ cpuSeconds }) => cpuSeconds)),
  }
}

/** Return one table with a column for each build. */
export function startTable(figures: readonly StartFigures[]): Table {
  const [first] = figures
  const row = (name: string, value: (one: StartFigures) => number | undefined) => [
    name,
    ...figures.map((one) => digits(value(one))),
  ]
  return {
    title: 'CPU of commands, start, and an idle program on embedded parts without devices',
    columns: ['', ...figures.map(({ build }) => build)],
    rows: [
      ...Object.keys(first?.commandCpuSeconds ?? {}).map((name) =>
        row(`CPU of ${name}, s`, ({ commandCpuSeconds }) => commandCpuSeconds[name]),
      ),
      row('first start until ready, s', ({ starts }) => starts.first.seconds),
      row('CPU of it, s', ({ starts }) => starts.first.cpuSeconds),
      row('second start until ready, s', ({ starts }) => starts.second.seconds),
      row('CPU of it, s', ({ starts }) => starts.second.cpuSeconds),
      ...(first?.idle ?? []).flatMap(({ name }, i) => [
        row(`idle, ${name}: memory, MiB`, ({ idle }) => (idle[i]?.memoryBytes ?? Number.NaN) / 2 ** 20),
        row(`idle, ${name}: % of a core`, ({ idle }) => 100 * (idle[i]?.cpuShare ?? Number.NaN)),
      ]),
    ],
  }
}

/** The section of `npm run bench`. */
export const startSection: Section = {
  name: 'start',
  title: 'Commands, start, and an idle program',
  async run({ rounds }): Promise<SectionResult> {
    const figures = await measureStart({ rounds, idleSeconds: 60, builds: [packageRoot] })
    const notes = [
      'medians; the program as built by `npm run build`; ready: when it logs that it is started',
      'idle: memory a minute after the start, pages of files included, and CPU time in the minute after that',
    ]
    return { tables: [startTable(figures)], notes, data: figures }
  },
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      'idle-seconds': { type: 'string', default: '60' },
      build: { type: 'string', multiple: true, default: [packageRoot] },
      json: { type: 'boolean', default: false },
    },
  })
  const figures = await measureStart({
    rounds: Number(values.rounds),
    idleSeconds: Number(values['idle-seconds']),
    builds: values.build.map((build) => resolve(build)),
  })
  const shown = values.json
    ? JSON.stringify({ machine: describeMachine(), figures })
    : `${formatTable(startTable(figures))}\n\nMachine: ${describeMachine()}`
  process.stdout.write(`${shown}\n`)
}
