/** Under which name the state of a rule on trial is kept; no rule's name has an `@`. */
export const trialStateKey = (rule: string, since: number): string => `${rule}@${since}`

/** The trial that a key names; undefined for that of a live rule. */
export function parseTrialStateKey(key: string): { rule: string; since: number } | undefined {
  const [rule = '', since] = key.split('@')
  return since === undefined ? undefined : { rule, since: Number(since) }
}
