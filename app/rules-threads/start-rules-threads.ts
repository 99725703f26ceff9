import type { RunningConsumer } from '../../store/journal/consume.ts'
import { RulesThread, type RulesThreadOptions } from './rules-thread.ts'

/**
 * Start threads that evaluate the rules; partition `p` is evaluated by thread `p` modulo their number.
 * @param threads at least 1; more than there are partitions have nothing to do and are not started
 * @returns what starts the evaluation of a partition, as `runRulesConsumer` does
 */
export function startRulesThreads(
  threads: number,
  options: RulesThreadOptions,
): (partition: number) => Promise<RunningConsumer> {
  const all = [...options.partitions.keys()]
  const count = Math.min(threads, all.length)
  const started = Array.from(
    { length: count },
    (_, thread) =>
      new RulesThread(
        all.filter((partition) => partition % count === thread),
        options,
      ),
  )
  return (partition) => {
    const thread = started[partition % count]
    if (thread === undefined) throw new RangeError(`no thread evaluates partition ${partition}`)
    return thread.run(partition)
  }
}
