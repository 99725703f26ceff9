import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { readTruth, type Score, scoreAgainstTruth } from '../../device-sim/truth.ts'
import { drain } from '../drain.ts'
import type { Figures } from '../figures.ts'
import type { Settings } from '../settings/schema.ts'
import { type Simulator, startSimulator } from '../simulator.ts'
import { CommandError, createOutput, type Output } from '../terminal/output.ts'
import { createProgress } from '../terminal/progress.ts'
import { createTroubles } from '../troubles.ts'
import { version } from '../version.ts'
import { type Forewarn, startForewarn } from '../wiring.ts'
import { abortOnSignals, type CommonOptions, settingsFor, wholeNumber, withCommonOptions } from './common.ts'
import { describeProgress, instant } from './simulate.ts'

interface DemoOptions extends CommonOptions {
  devices: number
  days: number
  seed: number
  until: number
}

export interface DemoResult {
  received: number
  stored: number
  duplicate: number
  quarantined: number
  findings: number
  tickets: number
  noticesDelivered: number
  /** Deliveries of a notice to its phone beyond the first. */
  duplicateNotices: number
  elapsedMs: number
  /** Of all findings and tickets: equal for equal seeds. */
  digest: string
  truth: Score
}

export function addDemo(program: Command): void {
  const command = program
    .command('demo')
    .description(
      'run the whole once in a temporary folder with a simulated fleet, and compare with its truth',
    )
    .option('--devices <n>', 'simulated devices, phones included', wholeNumber(1), 60)
    .option('--days <n>', 'simulated days', wholeNumber(1), 120)
    .option('--seed <n>', 'the same seed gives the same findings and tickets', wholeNumber(0), 7)
    .option('--until <time>', 'end of the simulated days, in the past', instant, instant('2026-07-01'))
    .action(demo)
  withCommonOptions(command, 'forewarn demo --devices 60 --days 120 --seed 7 --json')
}

async function demo(options: DemoOptions): Promise<void> {
  const startedAt = Date.now()
  const output = createOutput(options.json)
  const stop = abortOnSignals()
  const dataDir = await mkdtemp(join(tmpdir(), 'forewarn-demo-'))
  try {
    const settings = demoSettings(settingsFor(options).settings, dataDir)
    const troubles = createTroubles(Date.now, output.note)
    const onError = (error: unknown, where: string) => troubles.report(where, error)
    output.note('starting…')
    const forewarn = await startForewarn({ settings, version, now: Date.now, onError })
    try {
      const result = await play(options, { forewarn, dataDir, stop })
      tell({ ...result, elapsedMs: Date.now() - startedAt }, output)
    } finally {
      await forewarn.stop()
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Embedded parts on free ports, whatever is configured for the real ones. */
function demoSettings(settings: Settings, dataDir: string): Settings {
  return {
    ...settings,
    dataDir,
    http: { host: '127.0.0.1', port: 0 },
    mqtt: { ...settings.mqtt, url: undefined, host: '127.0.0.1', port: 0 },
    records: { databaseUrl: undefined },
    queue: { redisUrl: undefined },
  }
}

interface Stage {
  forewarn: Forewarn
  dataDir: string
  stop: AbortSignal
}

async function play(options: DemoOptions, { forewarn, dataDir, stop }: Stage) {
  const truthFile = join(dataDir, 'truth.json')
  const progress = createProgress(Date.now)
  const numbers = { devices: options.devices, days: options.days, seed: options.seed }
  const args = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)])
  const simulator = startSimulator({
    args: [
      ...args,
      '--until',
      new Date(options.until).toISOString(),
      '--truth',
      truthFile,
      '--url',
      forewarn.mqttUrl,
    ],
    onProgress: (state) => progress.show({ done: state.fraction, text: describeProgress(state) }),
  })
  await Promise.race([simulator.caughtUp, interrupted(stop)])
  progress.end()
  const figures = await drain({ figures: forewarn.figures, now: Date.now, signal: stop })
  return resultOf({ forewarn, simulator, figures, truthFile })
}

interface Ended {
  forewarn: Forewarn
  simulator: Simulator
  figures: Figures
  truthFile: string
}

async function resultOf({
  forewarn,
  simulator,
  figures,
  truthFile,
}: Ended): Promise<Omit<DemoResult, 'elapsedMs'>> {
  const report = await simulator.finish()
  const { received, stored, duplicate, quarantined, noticesDelivered, deadLetters } = figures
  if (deadLetters > 0) throw new CommandError(`${deadLetters} jobs failed for good`)
  if (report.noticesReceived !== noticesDelivered) {
    throw new CommandError(
      `${noticesDelivered} notices are noted as delivered, phones got ${report.noticesReceived}`,
    )
  }
  const { records } = forewarn
  const findings = await records.selectFrom('findings').selectAll().orderBy('id').execute()
  const tickets = await records
    .selectFrom('tickets')
    .select(['device_id', 'component', 'epoch', 'rule', 'severity', 'opened_at'])
    .orderBy('device_id')
    .orderBy('component')
    .orderBy('epoch')
    .execute()
  const raised = findings.map(({ device_id, at, ...rest }) => ({
    ...rest,
    device: device_id,
    at: at.getTime(),
  }))
  return {
    received,
    stored,
    duplicate,
    quarantined,
    findings: findings.length,
    tickets: tickets.length,
    noticesDelivered,
    duplicateNotices: report.duplicateNotices,
    digest: digestOf([findings.map(({ id }) => id), tickets]),
    truth: scoreAgainstTruth(await readTruth(truthFile), raised),
  }
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}

function interrupted(stop: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    stop.addEventListener('abort', () => reject(new CommandError('interrupted')))
  })
}

function tell(result: DemoResult, output: Output): void {
  const { truth } = result
  const lead = truth.medianLeadDays === null ? '' : `, ${truth.medianLeadDays.toFixed(0)} days ahead (median)`
  output.line(
    [
      `${result.received} readings = ${result.stored} stored + ${result.duplicate} duplicate + ${result.quarantined} quarantined`,
      `${result.findings} findings, ${result.tickets} tickets, ${result.noticesDelivered} notices delivered`,
      `${truth.failures} parts crossed their limit: ${truth.foreseen} foreseen${lead}, ${truth.missed} missed; ${truth.falseAlarms} false alarms`,
      `${(result.elapsedMs / 1_000).toFixed(1)} s`,
    ].join('\n'),
  )
  output.result(result)
}
