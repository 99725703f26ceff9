import { z } from 'zod'
import type { Proposal, TechnicianRanking } from '../../desk/dispatch/rank-technicians.ts'
import type { DemandForecast } from '../../desk/stock/forecast-demand.ts'

const visit = z.object({ from: z.date(), until: z.date() })

const proposal = z
  .object({
    technician: z.string(),
    name: z.string(),
    reasons: z.array(z.string()).describe('In words, what weighs most first.'),
    cost: z.number().describe('Less is better: hours that the visit would be later or longer.'),
    distanceKm: z.number().nullable(),
    visit: visit.describe('When he could come first.'),
    partFrom: z
      .object({ depot: z.string(), name: z.string(), kind: z.enum(['depot', 'van']), free: z.int() })
      .nullable()
      .describe('Null: the ticket needs no part, or nobody has it.'),
  })
  .meta({ id: 'Proposal' })

export const proposalsSchema = z
  .object({
    proposals: z.array(proposal).describe('The best first.'),
    leftOut: z.array(z.object({ technician: z.string(), because: z.string() })),
  })
  .meta({ id: 'Proposals' })

const toVisit = ({ from, until }: { from: number; until: number }) => ({
  from: new Date(from),
  until: new Date(until),
})

export function toProposals({
  proposals,
  excluded: leftOut,
}: TechnicianRanking): z.output<typeof proposalsSchema> {
  return { proposals: proposals.map(toProposal), leftOut }
}

function toProposal({
  partSource: partFrom,
  distanceKm,
  visit,
  ...same
}: Proposal): z.output<typeof proposal> {
  const { technician, name, reasons, cost } = same
  return {
    technician,
    name,
    reasons,
    cost,
    distanceKm: distanceKm ?? null,
    visit: toVisit(visit),
    partFrom: partFrom === undefined ? null : toPartSource(partFrom),
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
    .describe('When its technician is free, or somebody who can do it: the earliest first.'),
})

export const demandSchema = z
  .object({
    from: z.date(),
    until: z.date(),
    demand: z
      .array(
        z.object({
          region: z.string().describe('Empty where the devices’ region is not known.'),
          part: z.string(),
          expected: z.number().describe('Parts that will be needed: a sum of chances.'),
          tickets: z.int().describe('Open tickets that it comes from.'),
          free: z.int().describe('In the region’s depots and vans, not reserved.'),
          shortage: z.number().describe('What is expected to be missing.'),
        }),
      )
      .describe('The greatest shortage first.'),
    transfers: z
      .array(z.object({ part: z.string(), from: z.string(), to: z.string(), quantity: z.int() }))
      .describe('Between depots, as a proposal.'),
  })
  .meta({ id: 'DemandForecast' })

export function toDemand({ from, until, demand, transfers }: DemandForecast): z.output<typeof demandSchema> {
  return { ...toVisit({ from, until }), demand, transfers }
}
