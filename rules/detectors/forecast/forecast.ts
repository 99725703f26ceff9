import { outlookOf } from '../../prognosis/outlook.ts'
import { foreseeing } from '../foresee.ts'

/** A metric that will cross its limit soon, by its own course and by how others of its cohort went. */
export const forecast = foreseeing('forecast', outlookOf)
