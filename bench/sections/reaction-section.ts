import { setTimeout as sleep } from 'node:timers/promises'
import { Load } from '../load/load.ts'
import { Phones } from '../load/phones.ts'
import { measureProcesses } from '../measure/cpu.ts'
import { digits } from '../measure/format-table.ts'
import { note } from '../measure/note.ts'
import { percentile } from '../measure/statistics.ts'
import type { BenchContext, Section } from '../section.ts'
import { prepareClonedFolder } from '../subjects/forewarn/cloned-folder.ts'
import { forewarnWithRules } from '../subjects/forewarn/forewarn.ts'
import { ForewarnProgram, rulesOfPhones } from '../subjects/forewarn/forewarn-program.ts'
import { measureRound } from './pipeline.ts'
import { pipelineLoad } from './pipeline-section.ts'

const shares = [0.01, 0.5, 0.9]
const phonesPerShare = 200
const seconds = 20
const settleMs = 5_000
const noticeTimeoutMs = 120_000

interface Reaction {
  share: number
  /** Readings/s that the load was to publish, and those that were acknowledged. */
  wantedPerSecond: number
  acknowledgedPerSecond: number
  notices: number
  duplicates: number
  noticeP50Ms: number
  noticeP99Ms: number
  pubackP50Ms: number
  pubackP99Ms: number
  eventLoopP99Ms: number
  cpuShareOfCore: number
}

export const reactionSection: Section = {
  name: 'reaction',
  title: 'Publish → phone, at shares of the readings/s just drained',
  async run(context) {
    const drainedPerSecond = await findDrainedPerSecond(context)
    const { dataDir, historyStart, devices } = await prepareClonedFolder()
    const program = await ForewarnProgram.start({ template: dataDir, env: rulesOfPhones })
    const load = new Load()
    const phones = await Phones.connect(program.mqttUrl, shares.length * phonesPerShare)
    const reactions: Reaction[] = []
    try {
      const boot = Math.floor(Date.now() / 1_000)
      const port = program.mqttPort
      await load.run({
        type: 'connect',
        port,
        connections: devices,
        devices,
        historyStart,
        boot,
        announce: false,
      })
      await program.waitUntilRegistered(devices + shares.length * phonesPerShare)
      await sleep(settleMs)
      for (const [n, share] of shares.entries()) {
        const reaction = await measureReaction(
          { program, load, phones },
          { share, first: n * phonesPerShare, readingsPerSecond: share * drainedPerSecond },
        )
        reactions.push(reaction)
        note(
          `at ${100 * share} %: ${reaction.noticeP50Ms.toFixed(0)} ms, p99 ${reaction.noticeP99Ms.toFixed(0)} ms`,
        )
      }
    } finally {
      await load.stop()
      await phones.close()
      await program.remove()
    }
    return toResult(drainedPerSecond, reactions)
  },
}

async function findDrainedPerSecond(context: BenchContext): Promise<number> {
  if (context.drainedPerSecond !== undefined) return context.drainedPerSecond
  note('measuring what is drained at full load first')
  return (await measureRound(forewarnWithRules, pipelineLoad(context))).drainedPerSecond
}

async function measureReaction(
  { program, load, phones }: { program: ForewarnProgram; load: Load; phones: Phones },
  { share, first, readingsPerSecond }: { share: number; first: number; readingsPerSecond: number },
): Promise<Reaction> {
  const some = { first, count: phonesPerShare }
  await program.waitUntilDrained()
  const before = await measureProcesses([program.pid])
  const [result] = await Promise.all([
    load.run({ type: 'paced', readingsPerSecond, seconds }),
    phones.becomeHot({ ...some, seconds }),
  ])
  const after = await measureProcesses([program.pid])
  const { eventLoopP99Ms } = await program.metrics()
  const { latenciesMs, duplicates } = await phones.awaitNotices(some, noticeTimeoutMs)
  return {
    share,
    wantedPerSecond: readingsPerSecond,
    acknowledgedPerSecond: result.acknowledged / result.seconds,
    notices: latenciesMs.length,
    duplicates,
    noticeP50Ms: percentile(latenciesMs, 0.5),
    noticeP99Ms: percentile(latenciesMs, 0.99),
    pubackP50Ms: result.pubackP50Ms,
    pubackP99Ms: result.pubackP99Ms,
    eventLoopP99Ms,
    cpuShareOfCore: (after.cpuSeconds - before.cpuSeconds) / result.seconds,
  }
}

function toResult(drainedPerSecond: number, reactions: readonly Reaction[]) {
  const columns = [
    'load',
    'readings/s',
    'acknowledged/s',
    'notices',
    'publish → phone p50 ms',
    'p99 ms',
    'PUBACK p50 ms',
    'p99 ms',
    'event loop p99 ms',
    'cores in use',
  ]
  const rows = reactions.map((each) => [
    `${100 * each.share} %`,
    digits(each.wantedPerSecond),
    digits(each.acknowledgedPerSecond),
    `${each.notices} of ${phonesPerShare}`,
    digits(each.noticeP50Ms),
    digits(each.noticeP99Ms),
    digits(each.pubackP50Ms),
    digits(each.pubackP99Ms),
    digits(each.eventLoopP99Ms),
    digits(each.cpuShareOfCore),
  ])
  return {
    tables: [{ title: `Shares of ${Math.round(drainedPerSecond)} readings/s`, columns, rows }],
    notes: [
      `${phonesPerShare} phones become hot in ${seconds} s, each with an owner who listens on the embedded broker; the load is that of 2,000 robot vacuums`,
      'a reading that has to wait for its turn counts from when it was due',
    ],
    data: { drainedPerSecond, reactions },
    failures: reactions
      .filter(({ notices }) => notices < phonesPerShare)
      .map(
        ({ share, notices }) =>
          `reaction at ${100 * share} %: ${notices} of ${phonesPerShare} notices arrived`,
      ),
  }
}
