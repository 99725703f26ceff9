import { availableParallelism } from 'node:os'
import type { ReplayThreads } from '../../evaluation/backtest/replay/threaded-fleet.ts'
import { startThread } from '../../lib/threads/start-thread.ts'
import type { LoadedRule } from '../../rules/files/load-rules.ts'
import type { Settings } from '../settings/schema.ts'
import { kindFoldersFrom } from '../wiring/rule-vocabulary.ts'

/** What a thread is started with. */
export interface BacktestThreadData {
  plugins: readonly string[]
  kindFolders: readonly string[]
}

/** Return threads for a backtest by a command, which has the machine for itself: one for each core. */
export function commandBacktestThreads(settings: Settings, rules: readonly LoadedRule[]): ReplayThreads {
  return { ...threadsFor(settings, rules), count: availableParallelism(), always: false }
}

/** Return the thread for a backtest by a server, whose own thread accepts readings. */
export function serverBacktestThread(settings: Settings, rules: readonly LoadedRule[]): ReplayThreads {
  return { ...threadsFor(settings, rules), count: 1, always: true }
}

function threadsFor(
  settings: Settings,
  rules: readonly LoadedRule[],
): Pick<ReplayThreads, 'start' | 'textOf'> {
  const texts = new Map(rules.map(({ rule, file, text }) => [rule, { file, text }]))
  const workerData: BacktestThreadData = { plugins: settings.plugins, kindFolders: kindFoldersFrom(settings) }
  return {
    start: () => startThread(new URL('./thread', import.meta.url), { workerData }),
    textOf(rule) {
      const text = texts.get(rule)
      if (text === undefined) throw new TypeError(`the text of the rule ${rule.name} is not known`)
      return text
    },
  }
}
