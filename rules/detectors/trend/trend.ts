import { ownOutlookOf } from '../../prognosis/outlook.ts'
import { foreseeing } from '../foresee.ts'

/** A metric that will cross its limit soon, by its own course alone. */
export const trend = foreseeing('trend', ownOutlookOf)
