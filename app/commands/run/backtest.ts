import { writeFile } from 'node:fs/promises'
import { readGroundTruth } from '../../../device-sim/ground-truth-file.ts'
import { type BacktestOptions, type BacktestResult, backtest } from '../../../evaluation/backtest/backtest.ts'
import { chooseDevices } from '../../../evaluation/backtest/choose-devices.ts'
import { renderBacktestPage } from '../../../evaluation/backtest/page/page.tsx'
import { buildPartCharts } from '../../../evaluation/backtest/page/part-charts.ts'
import {
  type HistoryDevice,
  NoHistoryError,
  type ReplayHistory,
} from '../../../evaluation/backtest/replay-history.ts'
import { buildReport } from '../../../evaluation/backtest/report.ts'
import { formatCount, formatDay, formatReport } from '../../../evaluation/backtest/report-text.ts'
import { buildRuleSets } from '../../../evaluation/backtest/rule-sets.ts'
import {
  type LoadedRule,
  type RuleReferences,
  validateRules,
  validateRuleTexts,
} from '../../../rules/files/load-rules.ts'
import type { Rule } from '../../../rules/files/rule.ts'
import { validateCatalog } from '../../../rules/files/rule-catalog.ts'
import { RuleFilesError } from '../../../rules/files/rule-file-problem.ts'
import { commandBacktestThreads } from '../../backtest-threads/backtest-threads.ts'
import type { Settings } from '../../settings/schema.ts'
import { CommandError, createOutput, type Output } from '../../terminal/output.ts'
import { createProgress } from '../../terminal/progress.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { catalogFrom, loadVocabulary } from '../../wiring/rule-vocabulary.ts'
import { type CommonOptions, loadCommandSettings } from '../common.ts'

export interface BacktestCommandOptions extends CommonOptions {
  from?: number
  to?: number
  devices: string[]
  against?: 'live'
  truth?: string
  html?: string
}

/** Replay the stored history through the rules and print what they would have raised. */
export async function runBacktest(files: string[], options: BacktestCommandOptions): Promise<void> {
  const { settings } = loadCommandSettings(options)
  const output = createOutput(options)
  const vocabulary = await loadVocabulary(settings)
  const onError = (error: unknown) => output.note(String(error))
  const { openHistory } = await import('../../wiring/open-history.ts')
  const { history, source } = await openHistory(settings, onError)
  try {
    const live = await loadLiveRules(history, { settings, vocabulary })
    const candidates = await loadCandidates(files, { ...vocabulary, otherRules: live.map(toRule) })
    const devices = selectDevices(candidates, await history.devices(), options.devices)
    output.note(`replaying ${formatCount(devices.length)} devices from ${source}`)
    const { from, to } = options
    const rules = buildRuleSets(live.map(toRule), candidates.map(toRule))
    const compareWithLive = options.against === 'live'
    const threads = commandBacktestThreads(settings, [...live, ...candidates])
    const run = { history, devices, kinds: vocabulary.kinds, rules, compareWithLive, from, to, threads }
    await runAndReport({ run, candidates: candidates.map(toRule), options, output })
  } finally {
    await history.close()
  }
}

interface BacktestContext {
  run: BacktestOptions
  candidates: readonly Rule[]
  options: BacktestCommandOptions
  output: Output
}

async function runAndReport({ run, candidates, options, output }: BacktestContext): Promise<void> {
  const { history, devices, rules } = run
  const truth = options.truth === undefined ? undefined : await readGroundTruth(options.truth)
  const begun = performance.now()
  const replayed = await runWithProgress(run, options.terminal)
  const elapsedMs = performance.now() - begun
  const verdicts = await history.verdicts()
  const report = buildReport(replayed, { rules, candidates, devices, verdicts, truth, elapsedMs })
  for (const line of formatReport(report)) output.line(line)
  if (options.html !== undefined) {
    const charts = await buildPartCharts({ history, replayed, tickets: report.tickets, truth })
    await writeFile(options.html, renderBacktestPage(report, charts))
    output.note(`drawn in ${options.html}`)
  }
  output.result(report)
}

async function runWithProgress(run: BacktestOptions, terminal: Terminal): Promise<BacktestResult> {
  const progress = createProgress(Date.now, terminal.stderr)
  const signal = terminal.abortOnSignals()
  const begun = performance.now()
  try {
    return await backtest({
      ...run,
      signal,
      onProgress: ({ done, at, readings }) => {
        const perSecond = readings / ((performance.now() - begun) / 1_000)
        const speed = `${formatCount(Math.round(perSecond))} readings/s`
        progress.show({ done, text: `${formatDay(at)}, ${formatCount(readings)} readings, ${speed}` })
      },
    })
  } catch (error) {
    if (signal.aborted) throw new CommandError('interrupted')
    throw error
  } finally {
    progress.end()
  }
}

/** Load the live rule set; the catalogue when the journal has no rules yet. */
async function loadLiveRules(
  history: ReplayHistory,
  { settings, vocabulary }: { settings: Settings; vocabulary: RuleReferences },
): Promise<LoadedRule[]> {
  const texts = await history.liveRules()
  const { rules, problems } =
    texts.length === 0
      ? await validateCatalog(catalogFrom(settings), vocabulary)
      : validateRuleTexts(texts, vocabulary)
  if (problems.length > 0) throw new RuleFilesError(problems)
  return rules
}

const toRule = ({ rule }: LoadedRule): Rule => rule

async function loadCandidates(files: readonly string[], vocabulary: RuleReferences): Promise<LoadedRule[]> {
  const { rules, problems } = await validateRules(files, vocabulary)
  if (problems.length > 0) throw new RuleFilesError(problems)
  if (rules.length === 0) throw new CommandError('there is no rule file')
  return rules
}

/** Return the selected devices to which the rules apply. */
function selectDevices(
  candidates: readonly LoadedRule[],
  known: readonly HistoryDevice[],
  patterns: readonly string[],
): readonly HistoryDevice[] {
  const kinds = new Set(candidates.map(({ rule }) => rule.kind))
  const chosen = chooseDevices(known, patterns).filter(({ kind }) => kinds.has(kind))
  if (chosen.length > 0) return chosen
  const among = patterns.length > 0 ? 'the chosen devices' : 'the devices in the history'
  throw new NoHistoryError(`none of ${among} is of the kind that the rules are for: ${[...kinds].join(', ')}`)
}
