/** Return the key of a trial's state in `DeviceState.rules`; rule names contain no `@`. */
export const trialStateKey = (rule: string, since: number): string => `${rule}@${since}`

/** Parse the key of a trial's state; undefined for that of a live rule. */
export function parseTrialStateKey(key: string): { rule: string; since: number } | undefined {
  const [rule = '', since] = key.split('@')
  return since === undefined ? undefined : { rule, since: Number(since) }
}
