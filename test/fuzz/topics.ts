import fc from 'fast-check'
import { topics } from '../../contract/topics.ts'
import { parseTopic } from '../../ingest/decode/parse-topic.ts'
import { filterMatches } from '../../ingest/embedded/topic-filter.ts'
import { isWithinTopicLimits } from '../../ingest/embedded/validate-connect.ts'
import { anyTopic } from './arbitraries/payloads.ts'
import { OutcomeCounter, type PhaseOptions, type PhaseReport } from './report.ts'

const names = topics('pm/v1')
const runsPerCheck = 2_000

/** Topics are what they say, or unknown: what was understood must give the same topic again. */
export async function fuzzTopics({ count, seed, progress }: PhaseOptions): Promise<PhaseReport> {
  const tally = new OutcomeCounter()
  const report: PhaseReport = { tried: 0, outcomes: {}, failures: [] }
  while (report.tried < count && report.failures.length === 0) {
    const numRuns = Math.min(runsPerCheck, count - report.tried)
    const runSeed = seed + report.tried
    const result = fc.check(
      fc.property(anyTopic, anyTopic, (topic, filter) => {
        tally.add(classifyTopic(topic))
        tally.add(filterMatches(filter, topic.split('/')) ? 'filter matches' : 'filter does not match')
        tally.add(isWithinTopicLimits(topic) ? 'short' : 'too long')
      }),
      { numRuns, seed: runSeed },
    )
    if (result.failed) {
      const example = JSON.stringify(result.counterexample)
      report.failures.push({ phase: 'topics', what: String(result.errorInstance), seed: runSeed, example })
    }
    report.tried += numRuns
    progress(report.tried)
  }
  return { ...report, outcomes: tally.counts() }
}

/** A topic was taken for another one. */
class TopicMismatchError extends Error {
  override readonly name = 'TopicMismatchError'
}

function classifyTopic(topic: string): string {
  const parsed = parseTopic(names.prefix, topic)
  if (parsed.type === 'unknown') return parsed.type
  const again =
    parsed.type === 'receipt' ? names.receipt(parsed.user, parsed.notice) : names[parsed.type](parsed.device)
  if (again !== topic) throw new TopicMismatchError(`${topic} was taken for ${again}`)
  return parsed.type
}
