import type { Section } from './section.ts'
import { backtestSection } from './sections/backtest-section.ts'
import { connectionsSection } from './sections/connections-section.ts'
import { deskSection } from './sections/desk-section.ts'
import { diskSection } from './sections/disk-section.ts'
import { pipelineSection } from './sections/pipeline-section.ts'
import { reactionSection } from './sections/reaction-section.ts'
import { singleSection } from './sections/single-section.ts'
import { sizesSection } from './sections/sizes-section.ts'
import { startSection } from './start.ts'

/** All sections, in the order in which they run: a later one may use what an earlier one measured. */
export const sections: readonly Section[] = [
  pipelineSection,
  reactionSection,
  singleSection,
  sizesSection,
  backtestSection,
  diskSection,
  startSection,
  connectionsSection,
  deskSection,
]
