import type { Resolution, TicketCommand } from '../../../desk/tickets/command.ts'
import { partLifetimeKey } from '../../../desk/tickets/part-lifetime.ts'
import { findNextTime } from '../../../device-sim/people/local-time.ts'
import { complaintDelayMs, performRepair, type RepairOutcome } from '../../../device-sim/people/repair.ts'
import { isOnShift, type SimulatedTechnician } from '../../../device-sim/people/technician.ts'
import { simulateTravel, type VisitTravel } from '../../../device-sim/people/visit.ts'
import { dayMs, hourMs, minuteMs } from '../../../lib/time.ts'
import { loadTicket, repairRecordOf, type ServiceContext, type TicketWithOwner } from '../context.ts'
import { isPartReserved } from './dispatch-queries.ts'

/** A replaced part is inspected again after a year. */
const nextServiceMs = 365 * dayMs

/** Create the report of a technician on a completed repair. */
function createResolution(
  { part, component }: Pick<TicketWithOwner, 'part' | 'component'>,
  { verdict, usesPart }: Extract<RepairOutcome, { ended: 'done' }>,
  now: number,
): Resolution {
  const used = usesPart && part !== null ? [{ part, quantity: 1 }] : []
  const what = component.replaceAll('_', ' ')
  return {
    verdict,
    cause: causeTexts[verdict](what),
    work: used.length > 0 ? `${what} replaced` : workTexts[verdict](what),
    parts: used,
    ...(used.length > 0 && { nextServiceAt: now + nextServiceMs }),
  }
}

const causeTexts: Record<Resolution['verdict'], (what: string) => string> = {
  worn: (what) => `${what} worn`,
  not_worn: (what) => `${what} as it should be`,
  sensor_fault: (what) => `sensor of the ${what} shows wrong values`,
  other: (what) => `${what} had been replaced already`,
}

const workTexts: Record<Resolution['verdict'], (what: string) => string> = {
  worn: (what) => `${what} cleaned and adjusted`,
  not_worn: () => 'measured, nothing to do',
  sensor_fault: () => 'plug of the sensor cleaned',
  other: () => 'measured, nothing to do',
}

/** Time until a technician arrives at an emergency. */
const emergencyArrivalMs = 40 * minuteMs
/** A visit that is moved by less counts as the same visit. */
const sameVisitToleranceMs = hourMs
/** Minimum time until a return visit: not on the same day. */
const returnVisitDelayMs = 12 * hourMs

interface VisitPlan {
  ticket: string
  technician: SimulatedTechnician
  /** Agreed time of arrival, ms. */
  from: number
}

/** The technicians: each agreed visit is planned, travelled to and worked through. */
export class FieldService {
  /** Keys of parts that a technician has replaced. */
  readonly replacedParts = new Set<string>()
  readonly #context: ServiceContext
  readonly #planned = new Set<string>()

  constructor(context: ServiceContext) {
    this.#context = context
  }

  /** Plan the visit of a ticket, if one is agreed on. */
  async planVisit(ticket: string, now: number): Promise<void> {
    const row = await loadTicket(this.#context.db, ticket)
    const plan = visitPlanOf(row, this.#context, now)
    if (plan === undefined) return
    const key = [ticket, plan.technician.id, row.visit_from?.getTime() ?? row.responded_at?.getTime()].join(
      '/',
    )
    if (this.#planned.has(key)) return
    this.#planned.add(key)
    const known = repairRecordOf(this.#context, ticket)
    known.visits++
    const home = this.#context.owners.get(row.owner_id ?? '')?.home ?? plan.technician.home
    const journey = simulateTravel(plan.technician, { ticket, attempt: known.visits, from: plan.from, home })
    if (journey.came === 'not') return
    known.lateMs = Math.max(known.lateMs, journey.arriveAt - plan.from)
    const at = Math.max(now, journey.departAt)
    this.#context.queue.schedule({ at, run: (moment) => this.#depart(plan, journey, moment) })
  }

  async #depart(plan: VisitPlan, journey: Exclude<VisitTravel, { came: 'not' }>, now: number): Promise<void> {
    const row = await loadTicket(this.#context.db, plan.ticket)
    const current = visitPlanOf(row, this.#context, now)
    const isSame =
      current?.technician.id === plan.technician.id && current.from - plan.from < sameVisitToleranceMs
    // Without the part the dispatcher has to agree on another time.
    if (!isSame || !(await isPartReserved(this.#context.db, row))) return
    if (!(await this.#order(plan, { do: 'depart' }, now))) return
    const at = Math.max(journey.arriveAt, now + journey.arriveAt - journey.departAt)
    this.#context.queue.schedule({ at, run: (moment) => this.#arrive(plan, moment) })
  }

  async #arrive(plan: VisitPlan, now: number): Promise<void> {
    if (await this.#order(plan, { do: 'arrive' }, now)) await this.#work(plan, now)
  }

  async #work(plan: VisitPlan, now: number): Promise<void> {
    const { ticket, technician } = plan
    const { device_id: device, component, epoch, part } = await loadTicket(this.#context.db, ticket)
    const outcome = performRepair(technician, {
      ticket,
      attempt: repairRecordOf(this.#context, ticket).visits,
      condition: this.#context.inspectPart({ device, component, epoch }, now),
      part: part ?? undefined,
    })
    const at = now + outcome.minutes * minuteMs
    this.#context.queue.schedule({ at, run: (moment) => this.#finish(plan, outcome, moment) })
  }

  async #finish(plan: VisitPlan, outcome: RepairOutcome, now: number): Promise<void> {
    if (outcome.ended === 'again') return this.#scheduleReturnVisit(plan, outcome.reason, now)
    const { ticket, technician } = plan
    const row = await loadTicket(this.#context.db, ticket)
    const done = await this.#order(plan, { do: 'resolve', ...createResolution(row, outcome, now) }, now)
    if (!done) return
    repairRecordOf(this.#context, ticket).isEffective = outcome.holds
    if (outcome.usesPart) this.replacedParts.add(partKeyOf(row))
    if (outcome.holds) return
    const at = now + complaintDelayMs(technician, ticket)
    this.#context.queue.schedule({ at, run: (moment) => this.#reopen(row, moment) })
  }

  /** Schedule a return visit; the ticket stays in progress. */
  async #scheduleReturnVisit(plan: VisitPlan, reason: string, now: number): Promise<void> {
    await this.#order(plan, { do: 'note', text: `I have to come again: ${reason}` }, now)
    const { technician, ticket } = plan
    const morning = findNextTime(technician.timeZone, now + returnVisitDelayMs, (clock) =>
      isOnShift(technician, clock),
    )
    if (morning === undefined) return
    repairRecordOf(this.#context, ticket).visits++
    this.#context.queue.schedule({
      at: morning + emergencyArrivalMs,
      run: (moment) => this.#work(plan, moment),
    })
  }

  /** Reopen the ticket after a complaint: the repair did not last. */
  async #reopen({ id, owner_id, ...row }: TicketWithOwner, now: number): Promise<void> {
    const actor = `owner:${owner_id ?? 'unknown'}`
    const reason = 'it does not work, or is broken again'
    const order = { ticket: id, actor, reason, at: now, command: { do: 'reopen' } as const }
    if (await this.#context.commands.execute(order)) this.replacedParts.delete(partKeyOf(row))
  }

  #order({ ticket, technician }: VisitPlan, command: TicketCommand, at: number): Promise<boolean> {
    return this.#context.commands.execute({ ticket, actor: `technician:${technician.id}`, at, command })
  }
}

function partKeyOf({
  device_id,
  component,
  epoch,
}: Pick<TicketWithOwner, 'device_id' | 'component' | 'epoch'>): string {
  return partLifetimeKey({ device: device_id, component, epoch })
}

function visitPlanOf(
  ticket: TicketWithOwner,
  { technicians }: ServiceContext,
  now: number,
): VisitPlan | undefined {
  if (ticket.work_state !== 'assigned' || ticket.technician_id === null) return undefined
  const technician = technicians.get(ticket.technician_id)
  const from =
    ticket.visit_from?.getTime() ?? (ticket.sla === 'level1' ? now + emergencyArrivalMs : undefined)
  if (technician === undefined || from === undefined) return undefined
  return { ticket: ticket.id, technician, from }
}
