import fc from 'fast-check'
import { topics } from '../../../contract/topics.ts'
import { parseTopic } from '../../../ingest/decode/topic.ts'
import { isShort } from '../../../ingest/embedded/connect-rules.ts'
import { filterMatches } from '../../../ingest/embedded/filters.ts'
import { type PhaseOptions, type PhaseReport, Tally } from '../report.ts'
import { anyTopic } from './payloads.ts'

const names = topics('pm/v1')
const perCheck = 2_000

/** Topics are what they say, or unknown: what was understood must give the same topic again. */
export async function fuzzTopics({ count, seed, progress }: PhaseOptions): Promise<PhaseReport> {
  const tally = new Tally()
  const report: PhaseReport = { tried: 0, outcomes: {}, failures: [] }
  while (report.tried < count && report.failures.length === 0) {
    const numRuns = Math.min(perCheck, count - report.tried)
    const runSeed = seed + report.tried
    const result = fc.check(
      fc.property(anyTopic, anyTopic, (topic, filter) => {
        tally.add(understood(topic))
        tally.add(filterMatches(filter, topic.split('/')) ? 'filter matches' : 'filter does not match')
        tally.add(isShort(topic) ? 'short' : 'too long')
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
class MisreadError extends Error {
  override readonly name = 'MisreadError'
}

function understood(topic: string): string {
  const parsed = parseTopic(names.prefix, topic)
  if (parsed.type === 'unknown') return parsed.type
  const again =
    parsed.type === 'receipt' ? names.receipt(parsed.user, parsed.notice) : names[parsed.type](parsed.device)
  if (again !== topic) throw new MisreadError(`${topic} was taken for ${again}`)
  return parsed.type
}
