import { fleetOutlookOf } from '../../prognosis/outlook.ts'
import { foreseeing } from '../foresee.ts'

/** A metric that will cross its limit soon, by how long others of its cohort took from here. */
export const life = foreseeing('life', fleetOutlookOf)
