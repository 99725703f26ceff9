import { z } from 'zod'

const share = z.number().min(0).max(1)

const interval = {
  low: z.number().nullable().describe('Ends of the interval at 95 %.'),
  high: z.number().nullable(),
}

export const kpiIds = [
  'respondedInTime',
  'onSiteInTime',
  'firstTimeFix',
  'satisfaction',
  'proactiveShare',
  'noticesPerOwnerMonth',
] as const

const kpi = z
  .object({
    id: z.enum(kpiIds),
    value: z.number().nullable().describe('A share of 1, or a number; null where nothing was counted.'),
    n: z.number().describe('Of how many: tickets, answers, or months of owners.'),
    ...interval,
    target: share.nullable(),
    met: z.boolean().nullable().describe('Null without a target, or without a value.'),
    unsettled: z.int().describe('Those of `n` that may still turn out otherwise.'),
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
    .describe('Of the tickets that were resolved.'),
})

const faultType = z.object({
  kind: z.string(),
  model: z.string().nullable(),
  firmware: z.string().nullable(),
  component: z.string(),
  rule: z.string().describe('What is wrong, by the rule that the ticket leads with.'),
  faults: z.int().describe('Tickets; those that were found unfounded are not among them.'),
  confirmed: z.int().describe('Those found worn.'),
  unfounded: z.int().describe('Beside them: nothing was worn, or a sensor was at fault.'),
  deviceMonths: z.number(),
  perHundredDeviceMonths: z.number().nullable(),
  ...interval,
})

const firstMonth = z.object({
  kind: z.string(),
  model: z.string(),
  firmware: z.string().nullable().describe('Null: all firmwares of the model.'),
  isNew: z.boolean().describe('Its first device came into use within these days.'),
  devices: z.int(),
  faults: z.int(),
  deviceMonths: z.number(),
  others: z.object({ faults: z.int(), deviceMonths: z.number() }).describe('Of the same kind.'),
  ratio: z.number().nullable().describe('How many times as often as among the others.'),
  ...interval,
  p: share.nullable(),
  isWorse: z.boolean().describe('Even the lower end of the interval is above 1.'),
})

const demand = z.object({
  region: z.string().nullable(),
  part: z.string(),
  needed: z.int().describe('Tickets that were opened and ask for it.'),
  used: z.int(),
  waiting: z.int().describe('Tickets that ask for it and were not resolved at the end.'),
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
  judged: z.int(),
  right: z.int(),
  precision: share.nullable(),
  ...interval,
  flagged: z.boolean(),
})

/** What a service manager wants to know of a span of time. Times are ISO 8601. */
export const reportSchema = z
  .object({
    from: z.iso.datetime(),
    until: z.iso.datetime().describe('Excluded.'),
    timeZone: z.string(),
    madeAt: z.iso.datetime(),
    kpis: z.array(kpi),
    trend: z
      .array(z.object({ month: z.string(), kpis: z.array(kpi) }))
      .describe('This month and five before.'),
    tickets,
    faultTypes: z.array(faultType).describe('The most frequent first.'),
    firstMonth: z.object({ from: z.iso.datetime(), rows: z.array(firstMonth) }),
    demand: z.array(demand),
    technicians: z.array(technician),
    rules: z.array(rule).describe('As they stand when the report is made.'),
  })
  .meta({ id: 'MonthlyReport' })

export type MonthlyReport = z.output<typeof reportSchema>
export type Kpi = z.output<typeof kpi>
export type KpiId = Kpi['id']
