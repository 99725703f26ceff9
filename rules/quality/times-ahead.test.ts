import { describe, expect, it } from 'vitest'
import { dayMs, hourMs, minuteMs } from '../../lib/time.ts'
import { hotBatteryRule, start, TestPhone } from '../testing/rules.ts'

/** What the journal has from a time in which the server's clock was ahead must not hold anything back. */
describe('after the clock of the server was forty days ahead', () => {
  const ahead = 40 * dayMs
  const tick = (phone: TestPhone, at: number, since = 0) =>
    phone.step({ type: 'tick', at: start + at, since: start + since })
  const read = (phone: TestPhone, at: number, temperature: number, receivedAt = at) =>
    phone.step({
      type: 'reading',
      receivedAt: start + receivedAt,
      reading: { device: phone.id, ts: start + at, values: { battery_temp_c: temperature } },
    })

  it('a device that falls silent is reported in time', () => {
    const phone = new TestPhone(
      hotBatteryRule({ component: 'device', detect: '{ silence: { intervals: 4 } }', for: '1h' }),
    )
    read(phone, 0, 25, ahead)
    tick(phone, ahead, ahead)
    tick(phone, minuteMs, minuteMs)
    expect(phone.state?.lastSeenAt).toBe(start + minuteMs)
    tick(phone, 25 * hourMs, minuteMs)
    expect(phone.transitions).toEqual([])
    tick(phone, 27 * hourMs, minuteMs)
    expect(phone.transitions).toHaveLength(1)
  })

  it('the timers of time-driven rules go on', () => {
    const phone = new TestPhone(
      hotBatteryRule({ component: 'device', detect: '{ silence: { intervals: 4 } }', for: '1h' }),
    )
    read(phone, 0, 25)
    tick(phone, ahead)
    expect(phone.findings).toEqual([])
    tick(phone, 2 * dayMs)
    tick(phone, 2 * dayMs + 2 * hourMs)
    expect(phone.findings).toMatchObject([{ state: 'raised', at: start + 2 * dayMs + 2 * hourMs }])
  })

  it('readings whose time was that of their receipt do not make later ones late', () => {
    const phone = new TestPhone(hotBatteryRule())
    read(phone, ahead, 25)
    read(phone, minuteMs, 25)
    expect(phone.state?.newestReadingAt).toBe(start + minuteMs)
  })

  it('a device whose clock is a little ahead keeps its newest reading', () => {
    const phone = new TestPhone(hotBatteryRule())
    read(phone, 10 * minuteMs, 25, 0)
    read(phone, minuteMs, 25)
    tick(phone, 2 * minuteMs)
    expect(phone.state?.newestReadingAt).toBe(start + 10 * minuteMs)
  })
})
