import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayMs, hourMs, minuteMs } from '../../lib/time.ts'
import { fleetOf } from '../household.ts'
import { Random } from '../random.ts'
import { choose, type SeenNotice } from './choosing.ts'
import { wallClock } from './local-time.ts'
import { answerOffer } from './offered-work.ts'
import { type OwnerPerson, ownersOf } from './owner.ts'
import { readingTime } from './reading.ts'
import { distanceKm, regionOf } from './region.ts'
import { complaintAfterMs, type Job, repair } from './repair.ts'
import { scoreOf } from './satisfaction.ts'
import { staffOf, type TechnicianPerson } from './staff.ts'
import { deliveryOf, storesOf } from './stores.ts'
import { journeyTo } from './visit.ts'

const monday = Date.UTC(2026, 3, 6)
const owners = ownersOf(7, fleetOf(7, 600))
const [technician] = staffOf(7, ['DE']) as [TechnicianPerson]
const numbers = Array.from({ length: 2_000 }, (_, n) => n)
const shareOf = <T>(all: readonly T[], is: (one: T) => boolean) => all.filter(is).length / all.length

describe('owners', () => {
  it('are the same for the same seed, however large the fleet', () => {
    const few = ownersOf(7, fleetOf(7, 40))
    expect(owners.slice(0, few.length)).toEqual(few)
    expect(ownersOf(8, fleetOf(8, 40))).not.toEqual(few)
  })

  it('live near their city, in its time zone for the most part, and speak both languages', () => {
    const far = owners.map(({ home, region }) => distanceKm(home, regionOf(region)))
    expect(Math.max(...far)).toBeLessThan(60)
    expect(shareOf(owners, ({ timeZone, region }) => timeZone === regionOf(region).timeZone)).toBeGreaterThan(
      0.8,
    )
    expect(new Set(owners.map(({ locale }) => locale))).toEqual(new Set(['en', 'zh-CN']))
  })

  it('read while they are awake, unless it is urgent', () => {
    const anyMoment = fc.integer({ min: monday, max: monday + 365 * dayMs })
    fc.assert(
      fc.property(fc.constantFrom(...owners), anyMoment, fc.nat(), (owner, at, n) => {
        const read = readingTime(owner, { id: `n-${n}`, at, urgent: false })
        if (read === undefined) return
        expect(read).toBeGreaterThanOrEqual(at)
        expect(read).toBeLessThan(at + 3 * dayMs)
      }),
    )
    const night = monday + 1 * hourMs
    const [owner] = owners as [OwnerPerson]
    const calm = numbers.map((n) => readingTime(owner, { id: `n-${n}`, at: night, urgent: false }))
    expect(calm.every((at) => at === undefined || wallClock(owner.timeZone, at).hour >= owner.wakeHour)).toBe(
      true,
    )
    const urgent = numbers.map((n) => readingTime(owner, { id: `n-${n}`, at: night, urgent: true }))
    expect(shareOf(urgent, (at) => at !== undefined && at < night + 2 * hourMs)).toBeGreaterThan(0.4)
  })

  const notice: SeenNotice = {
    id: 'n-1',
    about: 'battery_replacement',
    urgent: false,
    actions: ['book', 'snooze', 'done_myself', 'not_interested'],
    slots: [],
    putOff: 0,
  }
  const slots = numbers.slice(0, 30).map((n) => {
    const from = monday + 8 * hourMs + n * 4 * hourMs
    return { from, until: from + 2 * hourMs }
  })

  it('book one of the free times, put off, do it themselves, or do nothing; never what is not offered', () => {
    const choices = owners.flatMap((owner) =>
      ['n-1', 'n-2', 'n-3'].map((id) => choose(owner, { ...notice, id, about: 'filter_service', slots })),
    )
    expect(new Set(choices.map((choice) => choice.do))).toEqual(
      new Set(['book', 'snooze', 'done_myself', 'not_interested', 'nothing']),
    )
    for (const choice of choices) if (choice.do === 'book') expect(slots).toContainEqual(choice.slot)
    const offered = owners.map((owner) => choose(owner, { ...notice, actions: ['snooze'], slots }))
    expect(offered.every((choice) => choice.do === 'snooze' || choice.do === 'nothing')).toBe(true)
    expect(owners.every((owner) => choose(owner, notice).do !== 'book')).toBe(true)
  })

  it('rate what they lived through', () => {
    const well = { ticket: 't-1', lateMs: 0, visits: 1, tookMs: 2 * dayMs, fixed: true }
    const stars = (experience: typeof well) => {
      const scores = numbers.map((n) => scoreOf(experience, new Random(n)))
      return scores.reduce((sum, score) => sum + score, 0) / scores.length
    }
    expect(stars(well)).toBeGreaterThan(4.7)
    expect(stars({ ...well, lateMs: 150 * minuteMs })).toBeLessThan(4)
    expect(stars({ ...well, visits: 3, fixed: false, tookMs: 9 * dayMs })).toBeLessThan(2)
    const rating = { ...notice, actions: ['rate'], experience: well }
    expect(new Set(owners.map((owner) => choose(owner, rating).do))).toEqual(new Set(['rate', 'nothing']))
  })
})

describe('technicians', () => {
  const offered = { ticket: 't', round: 1, at: monday + 10 * hourMs, home: regionOf('DE'), urgent: false }

  it('cover every trade on every day of the week', () => {
    const crew = staffOf(7, ['DE'])
    for (const skill of ['cooling', 'cleaning', 'plumbing', 'mechanics', 'power', 'electronics', 'drives']) {
      const days = crew.flatMap(({ skills, hours }) =>
        skills.includes(skill) ? hours.flatMap(({ days }) => days) : [],
      )
      expect(new Set(days), skill).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]))
    }
  })

  it('accept most offers, decline some, and say nothing to others', () => {
    const answers = numbers.map((n) => answerOffer(technician, { ...offered, ticket: `t-${n}` }))
    expect(shareOf(answers, ({ answer }) => answer === 'accepted')).toBeCloseTo(0.89, 1)
    expect(shareOf(answers, ({ answer }) => answer === 'declined')).toBeCloseTo(0.06, 1)
    expect(shareOf(answers, ({ answer }) => answer === 'none')).toBeCloseTo(0.05, 1)
  })

  it('answer in their working hours, by their own clock', () => {
    const sunday = { ...offered, at: monday - 10 * hourMs }
    for (const n of numbers) {
      const answer = answerOffer(technician, { ...sunday, ticket: `t-${n}` })
      if (answer.answer !== 'none') expect(answer.at).toBeGreaterThanOrEqual(monday + 5.5 * hourMs)
    }
  })

  it('come in time mostly, some early, late or not at all, and never before they set off', () => {
    const visit = { round: 1, from: monday + 10 * hourMs, home: regionOf('DE') }
    const journeys = numbers.map((n) => journeyTo(technician, { ...visit, ticket: `t-${n}` }))
    const share = (came: string) => shareOf(journeys, (journey) => journey.came === came)
    expect(share('in_time')).toBeGreaterThan(0.7)
    expect(share('early')).toBeGreaterThan(0.08)
    expect(share('late')).toBeGreaterThan(0.06)
    expect(share('not')).toBeCloseTo(0.02, 1)
    expect(journeys.every((journey) => journey.came === 'not' || journey.departAt < journey.arriveAt)).toBe(
      true,
    )
  })

  it('judge what they see, and are wrong now and then', () => {
    const outcomes = (change: Partial<Job>) =>
      numbers.map((n) =>
        repair(technician, {
          ticket: `t-${n}`,
          round: 1,
          condition: 'worn',
          part: 'filter',
          ...change,
        }),
      )
    const worn = (all: ReturnType<typeof outcomes>) =>
      shareOf(all, (outcome) => outcome.ended === 'done' && outcome.verdict === 'worn')
    expect(worn(outcomes({}))).toBeGreaterThan(0.9)
    expect(worn(outcomes({ condition: 'sound' }))).toBeLessThan(0.07)
    const holds = (outcome: ReturnType<typeof repair>) => outcome.ended === 'done' && outcome.holds
    expect(shareOf(outcomes({}), holds)).toBeGreaterThan(0.88)
    expect(shareOf(outcomes({ condition: 'sound' }), holds)).toBeGreaterThan(0.99)
    expect(complaintAfterMs(technician, 't-1')).toBeGreaterThan(0)
  })
})

it('shortages are ended by a delivery some days later, which brings more than the safety level', () => {
  const shortage = { depot: 'depot-de', part: 'filter', available: 3, safety: 4 }
  for (const n of numbers) {
    const at = monday + n * hourMs
    const delivery = deliveryOf(7, { ...shortage, at })
    expect(delivery.at).toBeGreaterThanOrEqual(at + 2 * dayMs)
    expect(delivery.at).toBeLessThan(at + 13 * dayMs)
    expect(shortage.available + delivery.quantity).toBeGreaterThan(shortage.safety)
  }
})

it('vans travel with one technician each, and every region has a depot', () => {
  const staff = staffOf(7, ['DE', 'IT', 'DE'])
  const stores = storesOf(staff)
  expect(stores.filter(({ kind }) => kind === 'van').map(({ id }) => id)).toEqual(staff.map(({ van }) => van))
  expect(stores.filter(({ kind }) => kind === 'depot').map(({ id }) => id)).toEqual(['depot-de', 'depot-it'])
})
