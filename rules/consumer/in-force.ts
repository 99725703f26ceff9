import type { LessonsEntry, RulesEntry } from '../../contract/entry.ts'
import { type Lessons, noLessons } from '../../contract/fleet-model.ts'
import type { RuleVersion } from '../../contract/rule-version.ts'
import type { Journal, JournalConsumer } from '../../store/journal/journal.ts'
import { createEngine } from '../engine/create-engine.ts'
import type { Engine } from '../engine/engine.ts'
import type { Kinds } from '../files/kinds.ts'
import { checkRuleText } from '../files/load-rules.ts'
import { RuleFilesError } from '../files/problem.ts'
import type { Rule } from '../files/rule.ts'

/** What the rules of a stretch of the journal are run with. */
export interface InForce {
  engine: Engine
  lessons: Lessons
  /** Since when the lessons hold, ms; undefined while there are none. */
  lessonsAt?: number
}

export interface CompileOptions {
  kinds: Kinds
  onError(error: unknown): void
}

type KeptLessons = Pick<LessonsEntry, 'lessons' | 'at'>
type RuleTexts = Pick<RulesEntry, 'live' | 'shadow'>

/** Under which keys the consumer keeps what is in force, beside the states of devices: no device id has a slash. */
const inForceKeys = { rules: '/rules', lessons: '/lessons' } as const

/**
 * What was in force at the consumer's cursor. A journal from before rules were in it is gone on with by the first ones
 * that stand in it.
 */
export async function loadInForce(
  journal: Pick<Journal, 'scan'>,
  consumer: Pick<JournalConsumer<unknown>, 'states' | 'cursor'>,
  options: CompileOptions,
): Promise<InForce> {
  const kept = await consumer.states(Object.values(inForceKeys))
  const rules =
    (kept.get(inForceKeys.rules) as RuleTexts | undefined) ?? (await firstRules(journal, consumer))
  const engine = engineOf(rules ?? { live: [], shadow: [] }, options)
  const taught = kept.get(inForceKeys.lessons) as KeptLessons | undefined
  return taught ? { engine, lessons: taught.lessons, lessonsAt: taught.at } : { engine, lessons: noLessons }
}

async function firstRules(
  journal: Pick<Journal, 'scan'>,
  consumer: Pick<JournalConsumer<unknown>, 'cursor'>,
): Promise<RuleTexts | undefined> {
  for await (const { entries } of journal.scan('telemetry', await consumer.cursor())) {
    const rules = entries.find((entry) => entry.type === 'rules')
    if (rules !== undefined) return rules
  }
  return undefined
}

/** What is in force after a change, and what the consumer is to keep of it. */
export function changed(
  before: InForce,
  change: RulesEntry | LessonsEntry,
  options: CompileOptions,
): { inForce: InForce; keep: [key: string, value: unknown] } {
  if (change.type === 'lessons') {
    const { lessons, at } = change
    const kept: KeptLessons = { lessons, at }
    return { inForce: { ...before, lessons, lessonsAt: at }, keep: [inForceKeys.lessons, kept] }
  }
  const { live, shadow } = change
  const engine = engineOf(change, options)
  return { inForce: { ...before, engine }, keep: [inForceKeys.rules, { live, shadow }] }
}

/** The engine of some texts. One that does not fit the kinds (any more) is told and left out: the others go on. */
function engineOf({ live, shadow }: RuleTexts, { kinds, onError }: CompileOptions): Engine {
  const compile = (text: RuleVersion): Rule[] => {
    const { rule, problems } = checkRuleText(text, { kinds })
    if (rule !== undefined) return [rule.rule]
    onError(new RuleFilesError(problems))
    return []
  }
  return createEngine({
    kinds,
    rules: live.flatMap(compile),
    shadow: shadow.flatMap((text) => compile(text).map((rule) => ({ rule, since: text.since }))),
  })
}
