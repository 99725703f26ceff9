import { rm } from 'node:fs/promises'
import type { RunningSubject, Subject } from '../subject.ts'
import { prepareClonedFolder } from './cloned-folder.ts'
import { countStoredReadings, ForewarnProgram, noRules, pinnedRules } from './forewarn-program.ts'
import { JournalReader } from './journal-progress.ts'

/** Forewarn with the pinned rules, on a fleet with half a year of history. */
export const forewarnWithRules: Subject = {
  name: 'forewarn',
  description: 'validate, deduplicate, commit, seven rules, series; states of half a year',
  takesAnnouncements: false,
  async start() {
    const { dataDir, historyStart } = await prepareClonedFolder()
    return run(await ForewarnProgram.start({ template: dataDir, env: pinnedRules }), historyStart)
  },
}

export const forewarnWithoutRules: Subject = {
  name: 'forewarn, no rules',
  description: 'validate, deduplicate, commit, series',
  takesAnnouncements: true,
  async start() {
    return run(await ForewarnProgram.start({ env: noRules }), Date.now())
  },
}

async function run(program: ForewarnProgram, historyStart: number): Promise<RunningSubject> {
  const before = await program.metrics()
  const journal = new JournalReader(program.dataDir)
  const startedAt = Date.now()
  return {
    port: program.mqttPort,
    historyStart,
    pids: [program.pid],
    async sample() {
      const { eventLoopP99Ms, eventLoopMaxMs, findings } = await program.metrics()
      return { eventLoopP99Ms, eventLoopMaxMs, findings: findings - before.findings }
    },
    async drained() {
      const { stored, lag } = journal.progress()
      return lag === 0 ? stored - before.stored : 0
    },
    async stop() {
      await journal.close()
      await program.end()
      const readings = await countStoredReadings(program.dataDir, startedAt)
      await rm(program.dataDir, { recursive: true, force: true })
      return { readings, where: 'the values in its DuckDB file, opened again' }
    },
  }
}
