import { Command, InvalidArgumentError, Option } from 'commander'
import { createOutput } from '../../app/terminal/output.ts'
import { createProgress } from '../../app/terminal/progress.ts'
import { processTerminal } from '../../app/terminal/terminal.ts'
import {
  type DisruptedComponent,
  type DisruptionMode,
  disruptableComponents,
  disruptionModes,
} from './disruption.ts'
import { runOutage } from './outage.ts'
import { createReport, type Report } from './report.ts'
import { maxLag } from './sample.ts'

interface Options {
  component: DisruptedComponent | 'all'
  mode: DisruptionMode
  minutes: number
  rate: number
  devices: number
  json: boolean
}

const warmUpSeconds = 20

const { component, mode, minutes, rate, devices, json } = new Command('outage')
  .description('make a component unavailable under load, restore it, and look for all acknowledged readings')
  .addOption(new Option('--component <name>').choices([...disruptableComponents, 'all']).default('all'))
  .addOption(
    new Option('--mode <mode>', 'how it becomes unavailable').choices([...disruptionModes]).default('kill'),
  )
  .option('--minutes <m>', 'for how long', positive, 10)
  .option('--rate <r>', 'readings a second, of all devices together', positive, 200)
  .option('--devices <d>', 'devices, phones included, each with a connection of its own', positive, 200)
  .option('--json', 'print one JSON object for each component, and a total', false)
  .parse()
  .opts<Options>()

const terminal = processTerminal()
const output = createOutput({ json, terminal })
const signal = terminal.abortOnSignals()
const reports: Report[] = []
for (const each of component === 'all' ? disruptableComponents : [component]) {
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

async function measure(part: DisruptedComponent): Promise<Report> {
  const settings = { component: part, mode, minutes, rate, devices }
  const progress = createProgress(Date.now, terminal.stderr)
  const startedAt = Date.now()
  const usualMs = warmUpSeconds * 1_000 + minutes * 60_000
  const onMoment: Parameters<typeof runOutage>[0]['onSample'] = (phase, moment) => {
    const lag = maxLag(moment)
    const waits = `waiting ${Math.round(moment.load.ackDelayMs / 1_000)} s`
    const text = `${part}, ${phase}: ${moment.load.acked} acknowledged · ${waits} · lag ${Number.isFinite(lag) ? lag : '?'}`
    progress.show({ done: (moment.at - startedAt) / usualMs, text })
  }
  try {
    const report = createReport(
      settings,
      await runOutage({ ...settings, warmUpSeconds, signal, onSample: onMoment }),
    )
    output.result(report)
    output.line(formatReport(report))
    return report
  } finally {
    progress.end()
  }
}

function formatReport(report: Report): string {
  const {
    component: part,
    acknowledged,
    lost,
    storedTwice,
    caughtUpSeconds,
    acknowledgedForSeconds,
    maxLag,
  } = report
  return [
    `${part}: ${acknowledged} acknowledged, ${lost} lost, ${storedTwice} stored twice`,
    `acknowledged for ${acknowledgedForSeconds} s, caught up ${caughtUpSeconds} s after its return (lag ${maxLag} at most)`,
    `memory ${report.memoryMiB.before} → ${report.memoryMiB.most} MiB, journal ${report.journalMiB.before} → ${report.journalMiB.most} MiB`,
    ...report.failedChecks.map((line) => `/readyz: ${line}`),
  ].join('\n  ')
}

function positive(text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('Give a number above 0.')
}
