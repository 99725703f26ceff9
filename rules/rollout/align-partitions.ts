import type { Partitions } from '../../store/journal/partitions.ts'
import { loadRuleSetVersion, saveRuleSetVersion } from './rule-set-store.ts'
import { rulesEntryFor } from './rule-set-version.ts'

/**
 * Copy the rule set of partition 0 to all others. A change is written to partition 0 last, so after a crash in between
 * the others may hold a change that was never confirmed, and a new partition holds no rules at all.
 * @throws JournalFullError, JournalWriteError
 */
export async function alignPartitions([first, ...others]: Partitions, now: number): Promise<void> {
  const ruleSet = await loadRuleSetVersion(first)
  // The first change of all is still to come, and is written to all.
  if (ruleSet.changedAt === 0) return
  for (const journal of others) {
    const before = await loadRuleSetVersion(journal)
    const at = Math.max(now, before.changedAt + 1)
    const entry = rulesEntryFor(before, ruleSet, { by: 'start', why: 'start', at })
    if (entry !== undefined) await saveRuleSetVersion(journal, { ...ruleSet, changedAt: at }, entry)
  }
}
