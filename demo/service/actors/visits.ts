import type { Resolution, TicketCommand } from '../../../desk/tickets/command.ts'
import { partKey } from '../../../desk/tickets/part.ts'
import { firstMoment } from '../../../device-sim/people/local-time.ts'
import { complaintAfterMs, type RepairOutcome, repair } from '../../../device-sim/people/repair.ts'
import { isAtWork, type TechnicianPerson } from '../../../device-sim/people/staff.ts'
import { type Journey, journeyTo } from '../../../device-sim/people/visit.ts'
import { dayMs, hourMs, minuteMs } from '../../../lib/time.ts'
import { repairOf, type Ticket, ticketOf, type World } from '../world.ts'
import { isPartReady } from './look-up.ts'

/** A part that was changed is looked at again after a year. */
const nextServiceMs = 365 * dayMs

/** What a technician writes when he is done. */
function serviceReport(
  { part, component }: Pick<Ticket, 'part' | 'component'>,
  { verdict, usesPart }: Extract<RepairOutcome, { ended: 'done' }>,
  now: number,
): Resolution {
  const used = usesPart && part !== null ? [{ part, quantity: 1 }] : []
  const what = component.replaceAll('_', ' ')
  return {
    verdict,
    cause: causes[verdict](what),
    work: used.length > 0 ? `${what} replaced` : works[verdict](what),
    parts: used,
    ...(used.length > 0 && { nextServiceAt: now + nextServiceMs }),
  }
}

const causes: Record<Resolution['verdict'], (what: string) => string> = {
  worn: (what) => `${what} worn`,
  not_worn: (what) => `${what} as it should be`,
  sensor_fault: (what) => `sensor of the ${what} shows wrong values`,
  other: (what) => `${what} had been replaced already`,
}

const works: Record<Resolution['verdict'], (what: string) => string> = {
  worn: (what) => `${what} cleaned and adjusted`,
  not_worn: () => 'measured, nothing to do',
  sensor_fault: () => 'plug of the sensor cleaned',
  other: () => 'measured, nothing to do',
}

/** So soon a technician is at the door of what cannot wait. */
const atOnceMs = 40 * minuteMs
/** A visit that is moved by less is the same visit. */
const sameVisitMs = hourMs
/** He does not come again on the same day. */
const nightMs = 12 * hourMs

interface Plan {
  ticket: string
  technician: TechnicianPerson
  /** When he is to be there, ms. */
  from: number
}

/** Technicians on their way: each visit that is agreed on is planned, ridden to and worked through. */
export class Visits {
  /** Lives of parts that a technician has ended. */
  readonly replaced = new Set<string>()
  readonly #world: World
  readonly #planned = new Set<string>()

  constructor(world: World) {
    this.#world = world
  }

  /** A technician looks at a ticket that may be his: is there a visit to plan? */
  async consider(ticket: string, now: number): Promise<void> {
    const row = await ticketOf(this.#world.db, ticket)
    const plan = planOf(row, this.#world, now)
    if (plan === undefined) return
    const key = [ticket, plan.technician.id, row.visit_from?.getTime() ?? row.responded_at?.getTime()].join(
      '/',
    )
    if (this.#planned.has(key)) return
    this.#planned.add(key)
    const known = repairOf(this.#world, ticket)
    known.visits++
    const home = this.#world.owners.get(row.owner_id ?? '')?.home ?? plan.technician.home
    const journey = journeyTo(plan.technician, { ticket, round: known.visits, from: plan.from, home })
    if (journey.came === 'not') return
    known.lateMs = Math.max(known.lateMs, journey.arriveAt - plan.from)
    const at = Math.max(now, journey.departAt)
    this.#world.agenda.add({ at, act: (moment) => this.#depart(plan, journey, moment) })
  }

  async #depart(plan: Plan, journey: Exclude<Journey, { came: 'not' }>, now: number): Promise<void> {
    const row = await ticketOf(this.#world.db, plan.ticket)
    const current = planOf(row, this.#world, now)
    const isSame = current?.technician.id === plan.technician.id && current.from - plan.from < sameVisitMs
    // Nobody rides for nothing: without the part the office has to agree on another time.
    if (!isSame || !(await isPartReady(this.#world.db, row))) return
    if (!(await this.#order(plan, { do: 'depart' }, now))) return
    const at = Math.max(journey.arriveAt, now + journey.arriveAt - journey.departAt)
    this.#world.agenda.add({ at, act: (moment) => this.#arrive(plan, moment) })
  }

  async #arrive(plan: Plan, now: number): Promise<void> {
    if (await this.#order(plan, { do: 'arrive' }, now)) await this.#work(plan, now)
  }

  async #work(plan: Plan, now: number): Promise<void> {
    const { ticket, technician } = plan
    const { device_id: device, component, epoch, part } = await ticketOf(this.#world.db, ticket)
    const outcome = repair(technician, {
      ticket,
      round: repairOf(this.#world, ticket).visits,
      condition: this.#world.looks({ device, component, epoch }, now),
      part: part ?? undefined,
    })
    const at = now + outcome.minutes * minuteMs
    this.#world.agenda.add({ at, act: (moment) => this.#finish(plan, outcome, moment) })
  }

  async #finish(plan: Plan, outcome: RepairOutcome, now: number): Promise<void> {
    if (outcome.ended === 'again') return this.#comeAgain(plan, outcome.reason, now)
    const { ticket, technician } = plan
    const row = await ticketOf(this.#world.db, ticket)
    const done = await this.#order(plan, { do: 'resolve', ...serviceReport(row, outcome, now) }, now)
    if (!done) return
    repairOf(this.#world, ticket).holds = outcome.holds
    if (outcome.usesPart) this.replaced.add(partOf(row))
    if (outcome.holds) return
    const at = now + complaintAfterMs(technician, ticket)
    this.#world.agenda.add({ at, act: (moment) => this.#complain(row, moment) })
  }

  /** The work goes on another day; on paper he has not left. */
  async #comeAgain(plan: Plan, reason: string, now: number): Promise<void> {
    await this.#order(plan, { do: 'note', text: `I have to come again: ${reason}` }, now)
    const { technician, ticket } = plan
    const morning = firstMoment(technician.timeZone, now + nightMs, (clock) => isAtWork(technician, clock))
    if (morning === undefined) return
    repairOf(this.#world, ticket).visits++
    this.#world.agenda.add({ at: morning + atOnceMs, act: (moment) => this.#work(plan, moment) })
  }

  /** The owner calls: it is broken again. */
  async #complain({ id, owner_id, ...row }: Ticket, now: number): Promise<void> {
    const actor = `owner:${owner_id ?? 'unknown'}`
    const reason = 'it does not work, or is broken again'
    const order = { ticket: id, actor, reason, at: now, command: { do: 'reopen' } as const }
    if (await this.#world.commands.order(order)) this.replaced.delete(partOf(row))
  }

  #order({ ticket, technician }: Plan, command: TicketCommand, at: number): Promise<boolean> {
    return this.#world.commands.order({ ticket, actor: `technician:${technician.id}`, at, command })
  }
}

function partOf({ device_id, component, epoch }: Pick<Ticket, 'device_id' | 'component' | 'epoch'>): string {
  return partKey({ device: device_id, component, epoch })
}

function planOf(ticket: Ticket, { technicians }: World, now: number): Plan | undefined {
  if (ticket.work_state !== 'assigned' || ticket.technician_id === null) return undefined
  const technician = technicians.get(ticket.technician_id)
  const from = ticket.visit_from?.getTime() ?? (ticket.sla === 'level1' ? now + atOnceMs : undefined)
  if (technician === undefined || from === undefined) return undefined
  return { ticket: ticket.id, technician, from }
}
