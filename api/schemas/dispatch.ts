import { z } from 'zod'
import type { Proposal, TechnicianRanking } from '../../desk/dispatch/rank-technicians.ts'
import type { DemandForecast } from '../../desk/stock/forecast-demand.ts'

const visit = z.object({ from: z.date(), until: z.date() })

const proposal = z
  .object({
    technician: z.string(),
    name: z.string(),
    reasons: z.array(z.string()).describe('Reasons, most important first.'),
    cost: z.number().describe('Cost in hours of delay and travel; lower is better.'),
    distanceKm: z.number().nullable(),
    visit: visit.describe('Earliest possible visit.'),
    partFrom: z
      .object({ depot: z.string(), name: z.string(), kind: z.enum(['depot', 'van']), free: z.int() })
      .nullable()
      .describe('Depot that has the part; null if none is needed or available.'),
  })
  .meta({ id: 'Proposal' })

export const proposalsSchema = z
  .object({
    proposals: z.array(proposal).describe('Best first.'),
    excluded: z.array(z.object({ technician: z.string(), reason: z.string() })),
  })
  .meta({ id: 'Proposals' })

const toVisit = ({ from, until }: { from: number; until: number }) => ({
  from: new Date(from),
  until: new Date(until),
})

export function toProposals({ proposals, excluded }: TechnicianRanking): z.output<typeof proposalsSchema> {
  return { proposals: proposals.map(toProposal), excluded }
}

function toProposal({ partSource, distanceKm, visit, ...same }: Proposal): z.output<typeof proposal> {
  const { technician, name, reasons, cost } = same
  return {
    technician,
    name,
    reasons,
    cost,
    distanceKm: distanceKm ?? null,
    visit: toVisit(visit),
    partFrom: partSource === undefined ? null : toPartSource(partSource),
  }
}

const toPartSource = ({ depot, name, kind, free }: NonNullable<Proposal['partSource']>) => ({
  depot,
  name,
  kind,
  free,
})

export const slotsSchema = z.object({
  slots: z
    .array(visit)
    .describe('Free slots of the assigned technician, or of any suitable one; earliest first.'),
})

export const demandSchema = z
  .object({
    from: z.date(),
    until: z.date(),
    demand: z
      .array(
        z.object({
          region: z.string().describe('Region; empty if unknown.'),
          part: z.string(),
          expected: z.number().describe('Expected demand: the sum of failure probabilities.'),
          expectedByAge: z
            .number()
            .describe(
              'Share of it that is due to the age of parts without a ticket, by how long such parts lasted.',
            ),
          tickets: z.int().describe('Number of open tickets behind the demand.'),
          free: z.int().describe("Available (unreserved) quantity in the region's depots and vans."),
          shortage: z.number().describe('Expected shortage.'),
        }),
      )
      .describe('Largest shortage first.'),
    transfers: z
      .array(z.object({ part: z.string(), from: z.string(), to: z.string(), quantity: z.int() }))
      .describe('Proposed transfers between depots.'),
  })
  .meta({ id: 'DemandForecast' })

export function toDemand({ from, until, demand, transfers }: DemandForecast): z.output<typeof demandSchema> {
  return { ...toVisit({ from, until }), demand, transfers }
}
