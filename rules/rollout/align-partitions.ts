import type { Partitions } from '../../store/journal/partitions.ts'
import { loadRuleSetVersion, saveRuleSetVersion } from './rule-set-store.ts'
import { rulesEntryFor } from './rule-set-version.ts'

/**
 * Give every partition the rules of the first one, which is told of each change last: a crash in between has left some
 * with a change that nobody was told had come about, and a new partition has none.
 * @throws JournalFullError, JournalWriteError
 */
export async function alignPartitions([first, ...others]: Partitions, now: number): Promise<void> {
  const ruleSet = await loadRuleSetVersion(first)
  for (const journal of others) {
    const before = await loadRuleSetVersion(journal)
    const at = Math.max(now, before.at + 1)
    const entry = rulesEntryFor(before, ruleSet, { by: 'start', why: 'start', at })
    if (entry !== undefined) await saveRuleSetVersion(journal, { ...ruleSet, at }, entry)
  }
}
