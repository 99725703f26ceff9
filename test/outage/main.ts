import { Command, InvalidArgumentError, Option } from 'commander'
import { abortOnSignals } from '../../app/commands/common.ts'
import { createOutput } from '../../app/terminal/output.ts'
import { createProgress } from '../../app/terminal/progress.ts'
import { type Part, parts, type Way, ways } from './disturbed.ts'
import { greatestLag } from './moment.ts'
import { outage } from './outage.ts'
import { type Report, reportOf } from './report.ts'

interface Options {
  part: Part | 'all'
  how: Way
  minutes: number
  rate: number
  devices: number
  json: boolean
}

const warmUpSeconds = 20

const { part, how, minutes, rate, devices, json } = new Command('outage')
  .description(
    'take a part away for a while under load, bring it back, and look for all that was acknowledged',
  )
  .addOption(new Option('--part <part>').choices([...parts, 'all']).default('all'))
  .addOption(new Option('--how <way>', 'how it is taken away').choices([...ways]).default('kill'))
  .option('--minutes <m>', 'for how long', positive, 10)
  .option('--rate <r>', 'readings a second, of all devices together', positive, 200)
  .option('--devices <d>', 'devices, phones included, each with a connection of its own', positive, 200)
  .option('--json', 'print one JSON object a part, and one of all', false)
  .parse()
  .opts<Options>()

const output = createOutput(json)
const signal = abortOnSignals()
const reports: Report[] = []
for (const each of part === 'all' ? parts : [part]) {
  if (!signal.aborted) reports.push(await measure(each))
}
const sum = (of: (report: Report) => number) => reports.reduce((total, report) => total + of(report), 0)
const all = {
  parts: reports.length,
  acknowledged: sum(({ acknowledged }) => acknowledged),
  lost: sum(({ lost }) => lost),
  storedTwice: sum(({ storedTwice }) => storedTwice),
  slowestSeconds: Math.max(0, ...reports.map(({ caughtUpSeconds }) => caughtUpSeconds)),
}
output.result(all)
process.exitCode = all.lost + all.storedTwice > 0 ? 1 : 0

async function measure(part: Part): Promise<Report> {
  const settings = { part, way: how, minutes, rate, devices }
  const progress = createProgress(Date.now)
  const startedAt = Date.now()
  const usualMs = warmUpSeconds * 1_000 + minutes * 60_000
  const onMoment: Parameters<typeof outage>[0]['onMoment'] = (phase, moment) => {
    const lag = greatestLag(moment)
    const waits = `waiting ${Math.round(moment.load.behindMs / 1_000)} s`
    const text = `${part}, ${phase}: ${moment.load.acked} acknowledged · ${waits} · lag ${Number.isFinite(lag) ? lag : '?'}`
    progress.show({ done: (moment.at - startedAt) / usualMs, text })
  }
  try {
    const report = reportOf(settings, await outage({ ...settings, warmUpSeconds, signal, onMoment }))
    output.result(report)
    output.line(told(report))
    return report
  } finally {
    progress.end()
  }
}

function told(report: Report): string {
  const { part, acknowledged, lost, storedTwice, caughtUpSeconds, acknowledgedForSeconds, mostLag } = report
  return [
    `${part}: ${acknowledged} acknowledged, ${lost} lost, ${storedTwice} stored twice`,
    `acknowledged for ${acknowledgedForSeconds} s, caught up ${caughtUpSeconds} s after its return (lag ${mostLag} at most)`,
    `memory ${report.memoryMiB.before} → ${report.memoryMiB.most} MiB, journal ${report.journalMiB.before} → ${report.journalMiB.most} MiB`,
    ...report.said.map((line) => `/readyz: ${line}`),
  ].join('\n  ')
}

function positive(text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('Give a number above 0.')
}
