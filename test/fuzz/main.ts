import { readOptions, UsageError } from './options.ts'
import { fuzzPackets } from './packets.ts'
import { fuzzPayloads } from './payloads.ts'
import { showProgress } from './progress.ts'
import type { PhaseName, PhaseOptions, PhaseReport } from './report.ts'
import { fuzzRequests } from './requests.ts'
import { fuzzTopics } from './topics.ts'

/** Runs every phase, and tells of each how its inputs ended. */
async function main(): Promise<void> {
  const { json, seed, ...counts } = readOptions(process.argv.slice(2))
  const run = async (
    phase: PhaseName,
    count: number,
    fuzz: (options: PhaseOptions) => Promise<PhaseReport>,
  ): Promise<PhaseReport> => {
    if (count === 0) return { tried: 0, outcomes: {}, failures: [] }
    const report = await fuzz({ count, seed, progress: showProgress(phase, count) })
    if (!json) process.stdout.write(`${formatReport(phase, report)}\n`)
    return report
  }
  const phases = {
    payloads: await run('payloads', counts.payloads, fuzzPayloads),
    topics: await run('topics', counts.payloads, fuzzTopics),
    packets: await run('packets', counts.packets, fuzzPackets),
    requests: await run('requests', counts.requests, fuzzRequests),
  }
  const failures = Object.values(phases).flatMap((report) => report.failures)
  if (json) process.stdout.write(`${JSON.stringify(toJsonReport(phases, failures.length))}\n`)
  for (const { phase, what, seed, example } of failures) {
    process.stderr.write(`\n${phase}, --seed ${seed}: ${what}\nexample: ${example}\n`)
  }
  if (failures.length > 0) process.exitCode = 1
}

type Phases = Record<PhaseName, PhaseReport>

function toJsonReport(phases: Phases, crashes: number): object {
  const entries = Object.entries(phases)
  const tried = Object.fromEntries(entries.map(([phase, report]) => [phase, report.tried]))
  const outcomes = Object.fromEntries(entries.map(([phase, report]) => [phase, report.outcomes]))
  return { ...tried, crashes, outcomes, ...Object.assign({}, ...Object.values(phases).map(phaseDetails)) }
}

/** What a phase tells beyond what all tell. */
function phaseDetails({
  tried: _tried,
  outcomes: _outcomes,
  failures: _failures,
  ...more
}: PhaseReport): object {
  return more
}

function formatReport(phase: PhaseName, report: PhaseReport): string {
  const { tried, outcomes, failures } = report
  const lines = Object.entries(outcomes).map(([name, count]) => `  ${String(count).padStart(9)} ${name}`)
  const extra = Object.entries(phaseDetails(report)).map(
    ([name, value]) => `  ${name}: ${JSON.stringify(value)}`,
  )
  return [`${tried} ${phase}, ${failures.length} failures`, ...lines, ...extra].join('\n')
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`fuzz: ${error.message}\n`)
  process.exitCode = 2
}
