import { z } from 'zod'

const share = z.number().min(0).max(1)

const interval = {
  low: z.number().nullable().describe('Ends of the 95 % interval.'),
  high: z.number().nullable(),
}

export const kpiIds = [
  'responseSlaCompliance',
  'solutionSlaCompliance',
  'firstTimeFix',
  'satisfaction',
  'repairedBeforeFailureShare',
  'noticesPerOwnerMonth',
] as const

const kpi = z
  .object({
    id: z.enum(kpiIds),
    value: z.number().nullable().describe('A share of 0 … 1, or a number; null where nothing was counted.'),
    n: z.number().describe('Sample size: tickets, answers, or owner-months.'),
    ...interval,
    target: share.nullable(),
    met: z.boolean().nullable().describe('Null without a target, or without a value.'),
    provisional: z.int().describe('Hits that may still turn into misses.'),
  })
  .meta({ id: 'Kpi' })

const levels = z.enum(['level1', 'level2', 'level3'])

const tickets = z.object({
  opened: z.int(),
  resolved: z.int(),
  openAtEnd: z.int(),
  byLevel: z.array(z.object({ level: levels, opened: z.int(), resolved: z.int(), openAtEnd: z.int() })),
  byDay: z.array(z.object({ day: z.iso.date(), opened: z.int(), resolved: z.int() })),
  verdicts: z
    .object({ worn: z.int(), not_worn: z.int(), sensor_fault: z.int(), other: z.int(), none: z.int() })
    .describe('Verdicts on the resolved tickets.'),
})

const faultType = z.object({
  kind: z.string(),
  model: z.string().nullable(),
  firmware: z.string().nullable(),
  component: z.string(),
  rule: z.string().describe('The rule that opened the ticket.'),
  faults: z.int().describe('Tickets; those that were found noFaultFound are not among them.'),
  worn: z.int().describe('Tickets with verdict worn.'),
  noFaultFound: z.int().describe('Tickets with verdict not worn or sensor fault; not part of `faults`.'),
  deviceMonths: z.number(),
  perHundredDeviceMonths: z.number().nullable(),
  ...interval,
})

const earlyFailure = z.object({
  kind: z.string(),
  model: z.string(),
  firmware: z.string().nullable().describe('Null for all firmwares of the model.'),
  isNew: z.boolean().describe('Its first device came into use within the 180 days.'),
  devices: z.int(),
  faults: z.int(),
  deviceMonths: z.number(),
  others: z.object({ faults: z.int(), deviceMonths: z.number() }).describe('All other devices of the kind.'),
  ratio: z.number().nullable().describe('Rate of faults divided by that of the others.'),
  ...interval,
  p: share.nullable(),
  isWorse: z.boolean().describe('The lower end of the interval is above 1.'),
})

const demand = z.object({
  region: z.string().nullable(),
  part: z.string(),
  needed: z.int().describe('Tickets opened in the period that need it.'),
  used: z.int(),
  waiting: z.int().describe('Tickets that need it and were open at the end.'),
})

const technician = z.object({
  id: z.string(),
  name: z.string(),
  visits: z.int(),
  resolved: z.int(),
  firstTimeFix: share.nullable(),
  onTime: share.nullable(),
  rating: z.number().nullable(),
  ratings: z.int(),
})

const rule = z.object({
  rule: z.string(),
  version: z.string(),
  verdicts: z.int().describe('Latest verdicts on tickets of this version, at most 50.'),
  confirmed: z.int().describe('Verdicts worn.'),
  precision: share.nullable(),
  ...interval,
  flagged: z.boolean(),
})

/** The service report of a period. Times are ISO 8601. */
export const reportSchema = z
  .object({
    from: z.iso.datetime(),
    until: z.iso.datetime().describe('Excluded.'),
    timeZone: z.string(),
    generatedAt: z.iso.datetime(),
    kpis: z.array(kpi),
    trend: z
      .array(z.object({ month: z.string(), kpis: z.array(kpi) }))
      .describe('This month and the five before.'),
    tickets,
    faultTypes: z.array(faultType).describe('Most frequent first.'),
    earlyFailures: z.object({ from: z.iso.datetime(), rows: z.array(earlyFailure) }),
    demand: z.array(demand),
    technicians: z.array(technician),
    rules: z.array(rule).describe('Precision of each rule version at `generatedAt`.'),
  })
  .meta({ id: 'MonthlyReport' })

export type MonthlyReport = z.output<typeof reportSchema>
export type Kpi = z.output<typeof kpi>
export type KpiId = Kpi['id']
