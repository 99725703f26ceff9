import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayMs, hourMs, minuteMs } from '../../lib/time.ts'
import { localTimeAt } from '../../lib/zoned-time.ts'
import { generateFleet } from '../household.ts'
import { Random } from '../random.ts'
import { respondToOffer } from './job-offer.ts'
import { sampleReadTime } from './notice-read-time.ts'
import { generateOwners, type SimulatedOwner } from './owner.ts'
import { chooseResponse, type ReadNotice } from './owner-response.ts'
import { distanceKm, findRegion } from './region.ts'
import { complaintDelayMs, performRepair, type RepairJob } from './repair.ts'
import { satisfactionScore } from './satisfaction.ts'
import { generateStockLocations, sampleDelivery } from './stock.ts'
import { generateTechnicians, type SimulatedTechnician } from './technician.ts'
import { simulateTravel } from './visit.ts'

const monday = Date.UTC(2026, 3, 6)
const owners = generateOwners(7, generateFleet(7, 600))
const [technician] = generateTechnicians(7, ['DE']) as [SimulatedTechnician]
const numbers = Array.from({ length: 2_000 }, (_, n) => n)
const shareOf = <T>(all: readonly T[], is: (one: T) => boolean) => all.filter(is).length / all.length

describe('owners', () => {
  it('are the same for the same seed, however large the fleet', () => {
    const few = generateOwners(7, generateFleet(7, 40))
    expect(owners.slice(0, few.length)).toEqual(few)
    expect(generateOwners(8, generateFleet(8, 40))).not.toEqual(few)
  })

  it('live near their city, mostly in its time zone, and speak both languages', () => {
    const far = owners.map(({ home, region }) => distanceKm(home, findRegion(region)))
    expect(Math.max(...far)).toBeLessThan(60)
    expect(
      shareOf(owners, ({ timeZone, region }) => timeZone === findRegion(region).timeZone),
    ).toBeGreaterThan(0.8)
    expect(new Set(owners.map(({ locale }) => locale))).toEqual(new Set(['en', 'zh-CN']))
  })

  it('read while they are awake, unless it is urgent', () => {
    const anyMoment = fc.integer({ min: monday, max: monday + 365 * dayMs })
    fc.assert(
      fc.property(fc.constantFrom(...owners), anyMoment, fc.nat(), (owner, at, n) => {
        const read = sampleReadTime(owner, { id: `n-${n}`, at, urgent: false })
        if (read === undefined) return
        expect(read).toBeGreaterThanOrEqual(at)
        expect(read).toBeLessThan(at + 3 * dayMs)
      }),
    )
    const night = monday + 1 * hourMs
    const [owner] = owners as [SimulatedOwner]
    const calm = numbers.map((n) => sampleReadTime(owner, { id: `n-${n}`, at: night, urgent: false }))
    expect(
      calm.every((at) => at === undefined || localTimeAt(at, owner.timeZone).hour >= owner.wakeHour),
    ).toBe(true)
    const urgent = numbers.map((n) => sampleReadTime(owner, { id: `n-${n}`, at: night, urgent: true }))
    expect(shareOf(urgent, (at) => at !== undefined && at < night + 2 * hourMs)).toBeGreaterThan(0.4)
  })

  const notice: ReadNotice = {
    id: 'n-1',
    noticeType: 'battery_replacement',
    urgent: false,
    actions: ['book', 'snooze', 'done_myself', 'not_interested'],
    slots: [],
    snoozeCount: 0,
  }
  const slots = numbers.slice(0, 30).map((n) => {
    const from = monday + 8 * hourMs + n * 4 * hourMs
    return { from, until: from + 2 * hourMs }
  })

  it('book one of the free times, snooze, do it themselves, or do nothing; never what is not offered', () => {
    const choices = owners.flatMap((owner) =>
      ['n-1', 'n-2', 'n-3'].map((id) =>
        chooseResponse(owner, { ...notice, id, noticeType: 'filter_service', slots }),
      ),
    )
    expect(new Set(choices.map((choice) => choice.do))).toEqual(
      new Set(['book', 'snooze', 'done_myself', 'not_interested', 'nothing']),
    )
    for (const choice of choices) if (choice.do === 'book') expect(slots).toContainEqual(choice.slot)
    const offered = owners.map((owner) => chooseResponse(owner, { ...notice, actions: ['snooze'], slots }))
    expect(offered.every((choice) => choice.do === 'snooze' || choice.do === 'nothing')).toBe(true)
    expect(owners.every((owner) => chooseResponse(owner, notice).do !== 'book')).toBe(true)
  })

  it('rate according to their experience', () => {
    const well = { ticket: 't-1', lateMs: 0, visits: 1, resolutionTimeMs: 2 * dayMs, fixed: true }
    const stars = (experience: typeof well) => {
      const scores = numbers.map((n) => satisfactionScore(experience, new Random(n)))
      return scores.reduce((sum, score) => sum + score, 0) / scores.length
    }
    expect(stars(well)).toBeGreaterThan(4.7)
    expect(stars({ ...well, lateMs: 150 * minuteMs })).toBeLessThan(4)
    expect(stars({ ...well, visits: 3, fixed: false, resolutionTimeMs: 9 * dayMs })).toBeLessThan(2)
    const rating = { ...notice, actions: ['rate'], experience: well }
    expect(new Set(owners.map((owner) => chooseResponse(owner, rating).do))).toEqual(
      new Set(['rate', 'nothing']),
    )
  })
})

describe('technicians', () => {
  const offered = { ticket: 't', attempt: 1, at: monday + 10 * hourMs, home: findRegion('DE'), urgent: false }

  it('cover every trade on every day of the week', () => {
    const crew = generateTechnicians(7, ['DE'])
    for (const skill of ['cooling', 'cleaning', 'plumbing', 'mechanics', 'power', 'electronics', 'drives']) {
      const days = crew.flatMap(({ skills, hours }) =>
        skills.includes(skill) ? hours.flatMap(({ days }) => days) : [],
      )
      expect(new Set(days), skill).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]))
    }
  })

  it('accept most offers, decline some, and do not answer others', () => {
    const answers = numbers.map((n) => respondToOffer(technician, { ...offered, ticket: `t-${n}` }))
    expect(shareOf(answers, ({ answer }) => answer === 'accepted')).toBeCloseTo(0.89, 1)
    expect(shareOf(answers, ({ answer }) => answer === 'declined')).toBeCloseTo(0.06, 1)
    expect(shareOf(answers, ({ answer }) => answer === 'none')).toBeCloseTo(0.05, 1)
  })

  it('answer in their working hours, local time', () => {
    const sunday = { ...offered, at: monday - 10 * hourMs }
    for (const n of numbers) {
      const answer = respondToOffer(technician, { ...sunday, ticket: `t-${n}` })
      if (answer.answer !== 'none') expect(answer.at).toBeGreaterThanOrEqual(monday + 5.5 * hourMs)
    }
  })

  it('arrive on time mostly, some early, late or not at all, and never before they set off', () => {
    const visit = { attempt: 1, from: monday + 10 * hourMs, home: findRegion('DE') }
    const journeys = numbers.map((n) => simulateTravel(technician, { ...visit, ticket: `t-${n}` }))
    const share = (came: string) => shareOf(journeys, (journey) => journey.came === came)
    expect(share('in_time')).toBeGreaterThan(0.7)
    expect(share('early')).toBeGreaterThan(0.08)
    expect(share('late')).toBeGreaterThan(0.06)
    expect(share('not')).toBeCloseTo(0.02, 1)
    expect(journeys.every((journey) => journey.came === 'not' || journey.departAt < journey.arriveAt)).toBe(
      true,
    )
  })

  it('report a verdict on the part, sometimes a wrong one', () => {
    const outcomes = (change: Partial<RepairJob>) =>
      numbers.map((n) =>
        performRepair(technician, {
          ticket: `t-${n}`,
          attempt: 1,
          condition: 'worn',
          part: 'filter',
          ...change,
        }),
      )
    const worn = (all: ReturnType<typeof outcomes>) =>
      shareOf(all, (outcome) => outcome.ended === 'done' && outcome.verdict === 'worn')
    expect(worn(outcomes({}))).toBeGreaterThan(0.9)
    expect(worn(outcomes({ condition: 'sound' }))).toBeLessThan(0.07)
    const holds = (outcome: ReturnType<typeof performRepair>) => outcome.ended === 'done' && outcome.holds
    expect(shareOf(outcomes({}), holds)).toBeGreaterThan(0.88)
    expect(shareOf(outcomes({ condition: 'sound' }), holds)).toBeGreaterThan(0.99)
    expect(complaintDelayMs(technician, 't-1')).toBeGreaterThan(0)
  })
})

it('end a shortage with a delivery some days later, which brings more than the safety level', () => {
  const shortage = { depot: 'depot-de', part: 'filter', available: 3, safety: 4 }
  for (const n of numbers) {
    const at = monday + n * hourMs
    const delivery = sampleDelivery(7, { ...shortage, at })
    expect(delivery.at).toBeGreaterThanOrEqual(at + 2 * dayMs)
    expect(delivery.at).toBeLessThan(at + 13 * dayMs)
    expect(shortage.available + delivery.quantity).toBeGreaterThan(shortage.safety)
  }
})

it('assign one van to each technician, and a depot to every region', () => {
  const staff = generateTechnicians(7, ['DE', 'IT', 'DE'])
  const stores = generateStockLocations(staff)
  expect(stores.filter(({ kind }) => kind === 'van').map(({ id }) => id)).toEqual(
    staff.map(({ vanId }) => vanId),
  )
  expect(stores.filter(({ kind }) => kind === 'depot').map(({ id }) => id)).toEqual(['depot-de', 'depot-it'])
})
