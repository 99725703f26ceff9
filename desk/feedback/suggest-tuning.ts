import { backtest } from '../../evaluation/backtest/backtest.ts'
import { type FindingLog, partKey } from '../../evaluation/backtest/finding-log.ts'
import type { ReplayThreads } from '../../evaluation/backtest/replay/threaded-fleet.ts'
import {
  type HistoryDevice,
  NoHistoryError,
  type PartVerdict,
  type ReplayHistory,
} from '../../evaluation/backtest/replay-history.ts'
import { buildRuleSets } from '../../evaluation/backtest/rule-sets.ts'
import { scoreAgainstVerdicts } from '../../evaluation/backtest/verdict-score.ts'
import { type LoadedRule, type RuleReferences, validateRuleTexts } from '../../rules/files/load-rules.ts'
import type { Rule } from '../../rules/files/rule.ts'
import { runRuleTests } from '../../rules/rule-tests/run-rule-tests.ts'
import { enumerateStricterSettings, type StricterSetting } from './stricter-settings.ts'
import type { ReplayMetrics, RuleVersionRef, TuningSuggestion } from './suggestion.ts'

/** Maximum number of devices in a replay. */
const maxReplayDevices = 500

export interface ReplaySelection {
  kind: string
  verdicts: readonly PartVerdict[]
}

/**
 * Return the devices of a kind for a replay: those with a verdict, because they are scored, and others spread evenly over
 * the fleet up to the maximum, because a rule that compares with a cohort needs some.
 */
export function selectReplayDevices(
  devices: readonly HistoryDevice[],
  { kind, verdicts }: ReplaySelection,
): readonly HistoryDevice[] {
  const withVerdict = new Set(verdicts.map(({ device }) => device))
  const ofKind = devices.filter((device) => device.kind === kind)
  const seen = ofKind.filter(({ id }) => withVerdict.has(id)).slice(-maxReplayDevices)
  const others = ofKind.filter(({ id }) => !withVerdict.has(id))
  const room = Math.min(others.length, maxReplayDevices - seen.length)
  return [
    ...seen,
    ...Array.from({ length: room }, (_, n) => others[Math.floor((n * others.length) / room)]),
  ].filter((device) => device !== undefined)
}

export interface SuggestTuningOptions {
  history: ReplayHistory
  vocabulary: RuleReferences
  /** Return threads to replay these rules in; absent: this one replays. */
  threadsFor?(rules: readonly LoadedRule[]): ReplayThreads
  signal?: AbortSignal
}

interface SettingCandidate extends StricterSetting {
  loaded: LoadedRule
}

/** Maximum number of settings, because each needs a replay. */
const maxCandidates = 8
/** Minimum share of the worn parts found now that a suggestion still has to find. */
const minRecallRatio = 0.9

/**
 * Replay history with stricter settings of a live rule, one at a time, and score them against the verdicts of technicians.
 * The best has the highest precision among those that still alarm nine in ten of the worn parts that the rule alarms now;
 * of equal ones, the nearest to the present setting. It is selected and scored by the same verdicts, so its precision is
 * biased upwards: run it in shadow first.
 * @throws the error of the replay, except for missing history
 */
export async function suggestTuning(
  flagged: RuleVersionRef,
  options: SuggestTuningOptions,
): Promise<TuningSuggestion> {
  const { history, vocabulary } = options
  const { rules } = validateRuleTexts(await history.liveRules(), vocabulary)
  const live = rules.map(({ rule }) => rule)
  const present = rules.find(({ rule }) => rule.name === flagged.rule && rule.version === flagged.version)
  if (present === undefined) return { is: 'none', why: 'this version of the rule is not live any more' }
  const candidates = validCandidates(present, { ...vocabulary, otherRules: live })
  if (candidates.length === 0) return { is: 'none', why: 'the rule names no setting that could be stricter' }
  try {
    const tried = await replayCandidates(candidates, { ...options, rules, present })
    return tried === undefined
      ? { is: 'none', why: 'the replayed rule alarms no part that a technician looked at' }
      : selectBest(tried, vocabulary)
  } catch (error) {
    if (error instanceof NoHistoryError) return { is: 'none', why: error.message }
    throw error
  }
}

/** Return the valid rules; of too many, an even selection, so that each setting is represented. */
function validCandidates({ file, text }: LoadedRule, vocabulary: RuleReferences): SettingCandidate[] {
  const all = enumerateStricterSettings({ file, text }, vocabulary.detectors).flatMap(
    (setting): SettingCandidate[] => {
      const [loaded] = validateRuleTexts([{ file, text: setting.text }], vocabulary).rules
      return loaded === undefined ? [] : [{ ...setting, loaded }]
    },
  )
  const step = Math.max(1, all.length / maxCandidates)
  return all.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
}

interface CandidateResult {
  candidate: SettingCandidate
  comparison: ReturnType<typeof compareAlarms>
}

interface CandidateResults {
  results: CandidateResult[]
  replayWindow: { from: number; to: number; devices: number }
}

interface CandidateReplayOptions extends SuggestTuningOptions {
  /** The live rules. */
  rules: readonly LoadedRule[]
  present: LoadedRule
}

/** Replay all candidates. @returns undefined when the present rule alarms no part with a verdict */
async function replayCandidates(
  candidates: readonly SettingCandidate[],
  { history, vocabulary: { kinds }, threadsFor, signal, rules, present: presentRule }: CandidateReplayOptions,
): Promise<CandidateResults | undefined> {
  const live = rules.map(({ rule }) => rule)
  const present = presentRule.rule
  const verdicts = (await history.verdicts()).filter(({ component }) => component === present.component)
  const devices = selectReplayDevices(await history.devices(), { kind: present.kind, verdicts })
  const replay = (loaded: LoadedRule) =>
    backtest({
      history,
      devices,
      kinds,
      rules: buildRuleSets(live, [loaded.rule]),
      compareWithLive: false,
      threads: threadsFor?.([...rules, loaded]),
      signal,
    })
  const { candidate: ledger, from, to } = await replay(presentRule)
  const before: ReplayScore = scoreReplay(ledger, present, verdicts)
  if (before.metrics.worn + before.metrics.sound === 0) return undefined
  const tried: CandidateResult[] = []
  for (const candidate of candidates) {
    const { rule } = candidate.loaded
    const after = scoreReplay((await replay(candidate.loaded)).candidate, rule, verdicts)
    tried.push({ candidate, comparison: compareAlarms(before, after) })
  }
  return { results: tried, replayWindow: { from, to, devices: devices.length } }
}

function selectBest(
  { results, replayWindow }: CandidateResults,
  { kinds }: RuleReferences,
): TuningSuggestion {
  const better = results.filter(({ comparison: { before, after } }) => {
    const isSurer = (after.precision ?? 0) > (before.precision ?? 0)
    return isSurer && after.worn >= minRecallRatio * before.worn
  })
  // The sort is stable: of equal candidates the first one wins.
  const [first] = better.toSorted(
    (a, b) => (b.comparison.after.precision ?? 0) - (a.comparison.after.precision ?? 0),
  )
  if (first === undefined) {
    const why = `none of ${results.length} stricter settings has a higher precision without missing more than a tenth of the worn parts`
    return { is: 'none', why }
  }
  const { setting, from, to, text, loaded } = first.candidate
  const iso = (ms: number) => new Date(ms).toISOString()
  return {
    is: 'setting',
    setting,
    from,
    to,
    ...first.comparison,
    history: { from: iso(replayWindow.from), until: iso(replayWindow.to), devices: replayWindow.devices },
    tried: results.length,
    failingTests: runRuleTests(loaded, kinds).flatMap(({ test, outcome }) =>
      outcome.is === 'failed' ? [test] : [],
    ),
    text,
  }
}

/** Result of one rule version in a replay. */
interface ReplayScore {
  metrics: ReplayMetrics
  /** Parts with an alarm. */
  alarmedParts: ReadonlySet<string>
}

/** Score alarms. @param verdicts verdicts on parts of the rule's component */
function scoreReplay(ledger: FindingLog, { name }: Rule, verdicts: readonly PartVerdict[]): ReplayScore {
  const alarms = ledger.alarmEvents().filter(({ rule, state }) => rule === name && state === 'raised')
  const parts = new Set(alarms.map(partKey))
  const score = scoreAgainstVerdicts(verdicts, alarms)
  const measured: ReplayMetrics = {
    alarms: parts.size,
    worn: score?.wornAlarmed ?? 0,
    sound: score?.healthyAlarmed ?? 0,
    precision: score?.precision ?? null,
    recall: score?.recall ?? null,
  }
  return { metrics: measured, alarmedParts: parts }
}

interface AlarmComparison {
  before: ReplayMetrics
  after: ReplayMetrics
  alarms: { kept: number; lost: number; gained: number }
}

function compareAlarms(before: ReplayScore, after: ReplayScore): AlarmComparison {
  const kept = [...before.alarmedParts].filter((part) => after.alarmedParts.has(part)).length
  const alarms = { kept, lost: before.alarmedParts.size - kept, gained: after.alarmedParts.size - kept }
  return { before: before.metrics, after: after.metrics, alarms }
}
