import { z } from 'zod'
import { deviceIdProblem, ownerIdProblem, technicianIdProblem, userIdProblem } from '../../contract/ids.ts'
import { parseRegion } from '../../lib/iso-region.ts'

function idSchema(problemOf: (id: string) => string | undefined): z.ZodString {
  return z.string().superRefine((id, context) => {
    const problem = problemOf(id)
    if (problem !== undefined)
      context.addIssue({ code: 'custom', message: `${JSON.stringify(id.slice(0, 200))}: ${problem}` })
  })
}

export const deviceId = idSchema(deviceIdProblem)
export const ownerId = idSchema(ownerIdProblem)
/** Id of an owner or of staff. */
export const userId = idSchema(userIdProblem)
export const technicianId = idSchema(technicianIdProblem)

/** ISO 3166 region, normalised: `us_ca` is `US-CA`. */
export const region = z.string().transform((text, context) => {
  const parsed = parseRegion(text)
  if (parsed.is === 'region') return parsed.region
  context.addIssue({ code: 'custom', message: parsed.problem })
  return z.NEVER
})
