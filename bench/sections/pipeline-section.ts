import { digits } from '../measure/format-table.ts'
import { median } from '../measure/statistics.ts'
import type { BenchContext, Section, SectionResult, Table } from '../section.ts'
import { forewarnWithoutRules, forewarnWithRules } from '../subjects/forewarn/forewarn.ts'
import { limitServer } from '../subjects/limit/limit-server.ts'
import { nodeRed } from '../subjects/node-red/node-red.ts'
import { plainScript } from '../subjects/script/script.ts'
import type { Subject } from '../subjects/subject.ts'
import { measurePipelines, type PipelineLoad, type PipelineRound } from './pipeline.ts'

/** By the name that `--only` takes. */
const subjects: Readonly<Record<string, Subject>> = {
  limit: limitServer,
  rules: forewarnWithRules,
  'no-rules': forewarnWithoutRules,
  'node-red': nodeRed,
  script: plainScript,
}

const connections = 2_000
const inFlight = 2
/** A round ends with these, even where a broker acknowledges much faster than its subscriber stores. */
const maxReadings = 300_000

/** The load of a pipeline, which other sections repeat for one subject. */
export function pipelineLoad({ seconds }: Pick<BenchContext, 'seconds'>): PipelineLoad {
  return { connections, inFlight, seconds, maxReadings }
}

export const pipelineSection: Section = {
  name: 'pipeline',
  title: `Readings through the whole server: ${connections} connections × ${inFlight} in flight, robot vacuums`,
  rows: Object.keys(subjects),
  async run(context) {
    const isWanted = (row: string) => context.isWanted('pipeline') || context.isWanted(row)
    const chosen = Object.entries(subjects).flatMap(([row, subject]) => (isWanted(row) ? [subject] : []))
    const load = pipelineLoad(context)
    const { rounds, failures } = await measurePipelines(chosen, { rounds: context.rounds, load })
    const medians = new Map([...rounds].map(([name, each]) => [name, mediansOf(each)]))
    const own = medians.get(forewarnWithRules.name)
    if (own) context.drainedPerSecond = own.drainedPerSecond
    return { ...toResult(chosen, rounds, medians), failures }
  },
}

type Medians = ReturnType<typeof mediansOf>

export function mediansOf(rounds: readonly PipelineRound[]) {
  const of = (pick: (round: PipelineRound) => number | undefined) =>
    median(rounds.map(pick).filter((value) => value !== undefined))
  return {
    cpuUsPerReading: of((round) => round.cpuUsPerReading),
    acknowledgedPerSecond: of((round) => round.acknowledgedPerSecond),
    drainedPerSecond: of((round) => round.drainedPerSecond),
    pubackP50Ms: of((round) => round.pubackP50Ms),
    pubackP99Ms: of((round) => round.pubackP99Ms),
    eventLoopP99Ms: of((round) => round.eventLoopP99Ms),
    memoryMiB: of((round) => round.memoryMiB),
    readings: rounds.reduce((sum, round) => sum + round.readings, 0),
    findings: rounds.reduce((sum, round) => sum + (round.findings ?? 0), 0),
    loadCpuUsPerReading: of((round) => round.loadCpuUsPerReading),
    others: of((round) => round.machine.others),
  }
}

function toResult(
  chosen: readonly Subject[],
  rounds: ReadonlyMap<string, readonly PipelineRound[]>,
  medians: ReadonlyMap<string, Medians>,
): SectionResult {
  const ratios = [nodeRed.name, limitServer.name].flatMap((base) => ratioTable(base, medians))
  return {
    tables: [figuresTable(medians), ...ratios],
    notes: [
      ...chosen.map(({ name, description }) => `${name}: ${description}`),
      ...[...rounds].map(([name, [first]]) => {
        return `${name}: ${medians.get(name)?.readings} readings acknowledged and found again in ${first?.countedIn}; none lost`
      }),
    ],
    data: Object.fromEntries(
      [...rounds].map(([name, each]) => [name, { median: medians.get(name), rounds: each }]),
    ),
  }
}

function figuresTable(medians: ReadonlyMap<string, Medians>): Table {
  return {
    title: 'Medians of the rounds; CPU of all server processes',
    columns: [
      '',
      'CPU µs/reading',
      'drained/s',
      'acknowledged/s',
      'PUBACK p50 ms',
      'p99 ms',
      'event loop p99 ms',
      'memory MiB',
      'findings',
      'load CPU µs',
      'others on the machine',
    ],
    rows: [...medians].map(([name, each]) => [
      name,
      digits(each.cpuUsPerReading),
      digits(each.drainedPerSecond),
      digits(each.acknowledgedPerSecond),
      digits(each.pubackP50Ms),
      digits(each.pubackP99Ms),
      digits(each.eventLoopP99Ms),
      digits(each.memoryMiB),
      each.findings,
      digits(each.loadCpuUsPerReading),
      `${Math.round(100 * each.others)} %`,
    ]),
  }
}

function ratioTable(base: string, medians: ReadonlyMap<string, Medians>): Table[] {
  const than = medians.get(base)
  if (!than) return []
  return [
    {
      title: `In relation to ${base}`,
      columns: ['', 'CPU per reading', 'drained/s', 'PUBACK p99'],
      rows: [...medians].map(([name, each]) => [
        name,
        digits(each.cpuUsPerReading / than.cpuUsPerReading),
        digits(each.drainedPerSecond / than.drainedPerSecond),
        digits(each.pubackP99Ms / than.pubackP99Ms),
      ]),
    },
  ]
}
