import { writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { createOutput } from '../../app/terminal/output.ts'
import { createProgress } from '../../app/terminal/progress.ts'
import { processTerminal } from '../../app/terminal/terminal.ts'
import { renderSoakChart } from './chart.tsx'
import type { Sample } from './sample.ts'
import { runSoakLoad, soakBounds } from './soak.ts'
import { evaluateSoak, type GrowthResult } from './verdict.ts'

interface Options {
  minutes: number
  rate: number
  devices: number
  profile: 'embedded' | 'production'
  chart: string
  json: boolean
}

/** Each look costs the program some counting. */
const maxSampleIntervalMs = 5_000
const minSamples = 8

const { minutes, rate, devices, profile, chart, json } = new Command('soak')
  .description('load the program at a fixed rate, and see whether memory, handles or queues grow')
  .option('--minutes <m>', 'how long', positive, 60)
  .option('--rate <r>', 'readings a second, of all devices together', positive, 400)
  .option('--devices <d>', 'devices, phones included, each with a connection of its own', positive, 100)
  .addOption(new Option('--profile <name>').choices(['embedded', 'production']).default('embedded'))
  .option('--chart <file>', 'SVG chart to write; the numbers go to the same name with .json', 'soak.svg')
  .option('--json', 'print the result as one JSON object', false)
  .parse()
  .opts<Options>()

const terminal = processTerminal()
const output = createOutput({ json, terminal })
const progress = createProgress(Date.now, terminal.stderr)
const { samples, unanswered, ended, idleCpuPercent } = await runSoakLoad({
  minutes,
  rate,
  devices,
  parts: profile,
  sampleIntervalMs: Math.min(maxSampleIntervalMs, (minutes * 60_000) / minSamples),
  signal: terminal.abortOnSignals(),
  onSample: (sample) => progress.show({ done: sample.at / 60 / minutes, text: formatSample(sample) }),
})
progress.end()

const conditions = { rate, bounds: soakBounds, idleCpuPercent }
const { verdict, isWarm, grows, findings } = evaluateSoak(samples, conditions)
const isWell = verdict === 'steady' && ended === undefined
const lasted = (samples.at(-1)?.at ?? 0) / 60
const received = samples.at(-1)?.received ?? 0
const title = `${Number(lasted.toFixed(1))} min at ${rate} readings/s from ${devices} devices, ${profile} profile`
await writeFile(chart, renderSoakChart(samples, { title, ...conditions }))
const numbers = chart.replace(/(\.svg)?$/, '.json')
await writeFile(
  numbers,
  `${JSON.stringify({ minutes: lasted, rate, devices, parts: profile, idleCpuPercent, findings, samples })}\n`,
)
output.line(`${title}: ${verdict}${grows.length > 0 ? ` (${grows.join(', ')})` : ''}`)
for (const [name, finding] of Object.entries(findings)) output.line(formatTrend(name, finding))
output.line(`  idle CPU           ${formatIdle(idleCpuPercent)}`)
if (!isWarm)
  output.line(
    '  the warm-up was too short: memory and journal still filled; give more minutes, or fewer devices',
  )
if (unanswered > 0) output.line(`  it did not answer in time ${unanswered} times`)
if (ended !== undefined) output.line(`  it ended by itself: ${ended}`)
output.line(`chart written to ${chart}, numbers to ${numbers}`)
output.result({
  minutes: lasted,
  rate,
  devices,
  parts: profile,
  received,
  unanswered,
  ...(ended !== undefined && { ended }),
  idleCpuPercent,
  verdict,
  isWarm,
  grows,
  findings,
  chart,
  numbers,
})
process.exitCode = isWell ? 0 : 1

function positive(text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('Give a number above 0.')
}

function formatSample({ anonBytes, heapUsedBytes, handles, lag, jobs, behindMs }: Sample): string {
  const parts = [
    `memory ${MiB(anonBytes)} MiB`,
    `heap ${MiB(heapUsedBytes)} MiB`,
    `${handles} handles`,
    `lag ${Math.max(0, ...Object.values(lag))}`,
    `jobs ${jobs.open}`,
    `waiting ${Math.round(behindMs)} ms`,
  ]
  return parts.join(' · ')
}

function formatIdle({ before, after }: { before: number; after: number }): string {
  return `${before.toFixed(1)} % of a core before the load, ${after.toFixed(1)} % after it`
}

function formatTrend(name: string, { median, growth, growthPercent }: GrowthResult): string {
  const value = name === 'memory' || name === 'heapFloor' || name === 'external' || name === 'journal'
  const show = (amount: number) => (value ? `${MiB(amount)} MiB` : `${Math.round(amount)}`)
  return `  ${name.padEnd(18)} median ${show(median)}, grows by ${show(growth)} (${growthPercent.toFixed(1)} %)`
}

function MiB(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
