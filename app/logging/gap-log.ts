import type { Logger } from '../../lib/logging/logger.ts'
import { type ConsumerGap, describeGap } from '../../store/journal/history/resume.ts'

/** Create a function that logs each gap between the journal and a store, and adds it to `gaps`. */
export function createGapLog(gaps: ConsumerGap[], log: Logger): (gap: ConsumerGap) => void {
  return (gap) => {
    gaps.push(gap)
    const { consumer, ...fields } = gap
    log.error(describeGap(gap), { event: 'journal_gap', component: consumer, ...fields })
  }
}
