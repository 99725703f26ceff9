import { backtest } from '../../evaluation/backtest/backtest.ts'
import {
  type History,
  type HistoryDevice,
  NoHistoryError,
  type PartVerdict,
} from '../../evaluation/backtest/history.ts'
import { type Ledger, partKey } from '../../evaluation/backtest/ledger.ts'
import { ruleSets } from '../../evaluation/backtest/rule-sets.ts'
import { scoreAgainstVerdicts } from '../../evaluation/backtest/verdict-score.ts'
import { checkRuleTexts, type LoadedRule, type Vocabulary } from '../../rules/files/load-rules.ts'
import type { Rule } from '../../rules/files/rule.ts'
import { runTestsOf } from '../../rules/rule-tests/run.ts'
import { type StricterSetting, stricterSettings } from './stricter-settings.ts'
import type { FlaggedRule, Measured, Suggestion } from './suggestion.ts'

/** More are not replayed. */
const mostDevices = 500

export interface Wanted {
  kind: string
  verdicts: readonly PartVerdict[]
}

/**
 * The devices of a kind to try settings on: those that a technician looked at, for they are what is scored, and as many
 * others as there is room for, spread evenly over the fleet, for a rule that compares with peers needs some.
 */
export function devicesForTrials(
  devices: readonly HistoryDevice[],
  { kind, verdicts }: Wanted,
): readonly HistoryDevice[] {
  const judged = new Set(verdicts.map(({ device }) => device))
  const ofKind = devices.filter((device) => device.kind === kind)
  const seen = ofKind.filter(({ id }) => judged.has(id)).slice(-mostDevices)
  const others = ofKind.filter(({ id }) => !judged.has(id))
  const room = Math.min(others.length, mostDevices - seen.length)
  return [
    ...seen,
    ...Array.from({ length: room }, (_, n) => others[Math.floor((n * others.length) / room)]),
  ].filter((device) => device !== undefined)
}

export interface SuggestSettingOptions {
  history: History
  vocabulary: Vocabulary
  signal?: AbortSignal
}

interface Candidate extends StricterSetting {
  loaded: LoadedRule
}

/** More are not tried: each is a replay of history. */
const mostTried = 8
/** So much of the worn parts that the rule finds now it still has to find. */
const keptRecall = 0.9

/**
 * Replays history through stricter settings of a live rule, one at a time, and scores them against what technicians
 * found. The best is the one with the highest precision among those that still alarm nine in ten of the worn parts that
 * the rule alarms now; of equals the nearest to what is. It was chosen by the same verdicts that it is scored by, so
 * it will do a little worse: put it on trial first.
 * @throws what the replay throws, but for history that is not there
 */
export async function suggestSetting(
  flagged: FlaggedRule,
  options: SuggestSettingOptions,
): Promise<Suggestion> {
  const { history, vocabulary } = options
  const { rules } = checkRuleTexts(await history.liveRules(), vocabulary)
  const live = rules.map(({ rule }) => rule)
  const present = rules.find(({ rule }) => rule.name === flagged.rule && rule.version === flagged.version)
  if (present === undefined) return { is: 'none', why: 'this version of the rule is not live any more' }
  const candidates = candidatesFor(present, { ...vocabulary, beside: live })
  if (candidates.length === 0) return { is: 'none', why: 'the rule names no setting that could be stricter' }
  try {
    const tried = await tryAll(candidates, { ...options, live, present: present.rule })
    return tried === undefined
      ? { is: 'none', why: 'the replayed rule alarms no part that a technician looked at' }
      : best(tried, vocabulary)
  } catch (error) {
    if (error instanceof NoHistoryError) return { is: 'none', why: error.message }
    throw error
  }
}

/** Those that are rules in order. Of many, an even choice, so that no setting is left out. */
function candidatesFor({ file, text }: LoadedRule, vocabulary: Vocabulary): Candidate[] {
  const all = stricterSettings({ file, text }).flatMap((setting): Candidate[] => {
    const [loaded] = checkRuleTexts([{ file, text: setting.text }], vocabulary).rules
    return loaded === undefined ? [] : [{ ...setting, loaded }]
  })
  const step = Math.max(1, all.length / mostTried)
  return all.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step))
}

interface Tried {
  candidate: Candidate
  compared: ReturnType<typeof compareAlarms>
}

interface AllTried {
  tried: Tried[]
  replayed: { from: number; to: number; devices: number }
}

interface Trying extends SuggestSettingOptions {
  live: readonly Rule[]
  present: Rule
}

/** @returns undefined where the present rule alarms nothing that somebody looked at */
async function tryAll(
  candidates: readonly Candidate[],
  { history, vocabulary: { kinds }, signal, live, present }: Trying,
): Promise<AllTried | undefined> {
  const verdicts = (await history.verdicts()).filter(({ component }) => component === present.component)
  const devices = devicesForTrials(await history.devices(), { kind: present.kind, verdicts })
  const replay = (rule: Rule) =>
    backtest({ history, devices, kinds, rules: ruleSets(live, [rule]), againstLive: false, signal })
  const { candidate: ledger, from, to } = await replay(present)
  const before: Alarmed = alarmedBy(ledger, present, verdicts)
  if (before.measured.worn + before.measured.sound === 0) return undefined
  const tried: Tried[] = []
  for (const candidate of candidates) {
    const { rule } = candidate.loaded
    const after = alarmedBy((await replay(rule)).candidate, rule, verdicts)
    tried.push({ candidate, compared: compareAlarms(before, after) })
  }
  return { tried, replayed: { from, to, devices: devices.length } }
}

function best({ tried, replayed }: AllTried, { kinds }: Vocabulary): Suggestion {
  const better = tried.filter(({ compared: { before, after } }) => {
    const isSurer = (after.precision ?? 0) > (before.precision ?? 0)
    return isSurer && after.worn >= keptRecall * before.worn
  })
  // A stable order: of equals the one that was tried first.
  const [first] = better.toSorted(
    (a, b) => (b.compared.after.precision ?? 0) - (a.compared.after.precision ?? 0),
  )
  if (first === undefined) {
    const why = `none of ${tried.length} stricter settings is right more often without missing more than a tenth of the worn parts`
    return { is: 'none', why }
  }
  const { setting, from, to, text, loaded } = first.candidate
  const iso = (ms: number) => new Date(ms).toISOString()
  return {
    is: 'setting',
    setting,
    from,
    to,
    ...first.compared,
    history: { from: iso(replayed.from), until: iso(replayed.to), devices: replayed.devices },
    tried: tried.length,
    failingTests: runTestsOf(loaded, kinds).flatMap(({ test, outcome }) =>
      outcome.is === 'failed' ? [test] : [],
    ),
    text,
  }
}

/** What one version of a rule did in a replay. */
interface Alarmed {
  measured: Measured
  /** The parts that it alarmed. */
  parts: ReadonlySet<string>
}

/** @param verdicts on parts of the rule's component */
function alarmedBy(ledger: Ledger, { name }: Rule, verdicts: readonly PartVerdict[]): Alarmed {
  const alarms = ledger.alarms().filter(({ rule, state }) => rule === name && state === 'raised')
  const parts = new Set(alarms.map(partKey))
  const score = scoreAgainstVerdicts(verdicts, alarms)
  const measured: Measured = {
    alarms: parts.size,
    worn: score?.wornAlarmed ?? 0,
    sound: score?.soundAlarmed ?? 0,
    precision: score?.precision ?? null,
    recall: score?.recall ?? null,
  }
  return { measured, parts }
}

interface ComparedAlarms {
  before: Measured
  after: Measured
  alarms: { kept: number; lost: number; gained: number }
}

function compareAlarms(before: Alarmed, after: Alarmed): ComparedAlarms {
  const kept = [...before.parts].filter((part) => after.parts.has(part)).length
  const alarms = { kept, lost: before.parts.size - kept, gained: after.parts.size - kept }
  return { before: before.measured, after: after.measured, alarms }
}
