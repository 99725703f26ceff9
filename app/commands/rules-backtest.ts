import { writeFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { readTruth } from '../../contract/truth.ts'
import { type BacktestOptions, backtest, type Replayed } from '../../evaluation/backtest/backtest.ts'
import { chooseDevices } from '../../evaluation/backtest/choose-devices.ts'
import { type History, type HistoryDevice, NoHistoryError } from '../../evaluation/backtest/history.ts'
import { backtestPage } from '../../evaluation/backtest/page/page.ts'
import { partCharts } from '../../evaluation/backtest/page/part-charts.ts'
import { reportOf } from '../../evaluation/backtest/report.ts'
import { ruleSets } from '../../evaluation/backtest/rule-sets.ts'
import { count, day, describeReport } from '../../evaluation/backtest/text.ts'
import { checkRules, checkRuleTexts, loadRules, type Vocabulary } from '../../rules/files/load-rules.ts'
import { RuleFilesError } from '../../rules/files/problem.ts'
import type { Rule } from '../../rules/files/rule.ts'
import { vocabularyOf } from '../parts/rules.ts'
import type { Settings } from '../settings/schema.ts'
import { CommandError, createOutput, type Output } from '../terminal/output.ts'
import { createProgress } from '../terminal/progress.ts'
import { abortOnSignals, type CommonOptions, settingsFor, withCommonOptions } from './common.ts'
import { instant } from './simulate.ts'

interface BacktestCommandOptions extends CommonOptions {
  from?: number
  to?: number
  devices: string[]
  against?: 'live'
  truth?: string
  html?: string
}

export function addRulesBacktest(rules: Command): void {
  const command = rules
    .command('backtest')
    .description('replay stored history through rules, and say what they would have raised')
    .argument('<files...>', 'rule files or folders')
    .option('--from <time>', 'count from here on, e.g. 2026-01-31 (default: all that is stored)', instant)
    .option('--to <time>', 'count up to here', instant)
    .option('--devices <list>', 'ids, patterns such as vac-*, or kind:phone, separated by commas', names, [])
    .addOption(new Option('--against <what>', 'compare with the rules in force').choices(['live']))
    .option('--truth <file>', 'what the simulator knows (simulate --truth), to tell right from wrong')
    .option('--html <file>', 'write a page with charts')
    .action(runBacktest)
  withCommonOptions(command, 'forewarn rules backtest new.yaml --against live --html backtest.html')
}

const names = (list: string, before: string[]): string[] => [...before, ...list.split(',').filter(Boolean)]

async function runBacktest(files: string[], options: BacktestCommandOptions): Promise<void> {
  const { settings } = settingsFor(options)
  const output = createOutput(options.json)
  const vocabulary = await vocabularyOf(settings)
  const onError = (error: unknown) => output.note(String(error))
  const { openHistory } = await import('../parts/open-history.ts')
  const { history, source } = await openHistory(settings, onError)
  try {
    const live = await liveRulesOf(history, { settings, vocabulary })
    const candidates = await candidatesOf(files, { ...vocabulary, beside: live })
    const devices = devicesFor(candidates, await history.devices(), options.devices)
    output.note(`replaying ${count(devices.length)} devices from ${source}`)
    const { from, to } = options
    const rules = ruleSets(live, candidates)
    const againstLive = options.against === 'live'
    const run = { history, devices, kinds: vocabulary.kinds, rules, againstLive, from, to }
    await tell({ run, candidates, options, output })
  } finally {
    await history.close()
  }
}

interface Telling {
  run: BacktestOptions
  candidates: readonly Rule[]
  options: BacktestCommandOptions
  output: Output
}

async function tell({ run, candidates, options, output }: Telling): Promise<void> {
  const { history, devices, rules } = run
  const truth = options.truth === undefined ? undefined : await readTruth(options.truth)
  const begun = performance.now()
  const replayed = await replay(run)
  const elapsedMs = performance.now() - begun
  const verdicts = await history.verdicts()
  const report = reportOf(replayed, { rules, candidates, devices, verdicts, truth, elapsedMs })
  for (const line of describeReport(report)) output.line(line)
  if (options.html !== undefined) {
    const charts = await partCharts({ history, replayed, tickets: report.tickets, truth })
    await writeFile(options.html, backtestPage(report, charts))
    output.note(`drawn in ${options.html}`)
  }
  output.result(report)
}

async function replay(run: BacktestOptions): Promise<Replayed> {
  const progress = createProgress(Date.now)
  const signal = abortOnSignals()
  const begun = performance.now()
  try {
    return await backtest({
      ...run,
      signal,
      onProgress: ({ done, at, readings }) => {
        const perSecond = readings / ((performance.now() - begun) / 1_000)
        const speed = `${count(Math.round(perSecond))} readings/s`
        progress.show({ done, text: `${day(at)}, ${count(readings)} readings, ${speed}` })
      },
    })
  } catch (error) {
    if (signal.aborted) throw new CommandError('interrupted')
    throw error
  } finally {
    progress.end()
  }
}

/** Those in force; where no program ever ran with rules in its journal, those of the catalogue. */
async function liveRulesOf(
  history: History,
  { settings, vocabulary }: { settings: Settings; vocabulary: Vocabulary },
): Promise<Rule[]> {
  const texts = await history.liveRules()
  if (texts.length === 0) return loadRules([settings.rules.catalogDir], vocabulary)
  const { rules, problems } = checkRuleTexts(texts, vocabulary)
  if (problems.length > 0) throw new RuleFilesError(problems)
  return rules.map(({ rule }) => rule)
}

async function candidatesOf(files: readonly string[], vocabulary: Vocabulary): Promise<Rule[]> {
  const { rules, problems } = await checkRules(files, vocabulary)
  if (problems.length > 0) throw new RuleFilesError(problems)
  if (rules.length === 0) throw new CommandError('there is no rule file')
  return rules.map(({ rule }) => rule)
}

/** The chosen devices that the rules are for. */
function devicesFor(
  candidates: readonly Rule[],
  known: readonly HistoryDevice[],
  patterns: readonly string[],
): readonly HistoryDevice[] {
  const kinds = new Set(candidates.map(({ kind }) => kind))
  const chosen = chooseDevices(known, patterns).filter(({ kind }) => kinds.has(kind))
  if (chosen.length > 0) return chosen
  const among = patterns.length > 0 ? 'the chosen devices' : 'the devices in the history'
  throw new NoHistoryError(`none of ${among} is of the kind that the rules are for: ${[...kinds].join(', ')}`)
}
