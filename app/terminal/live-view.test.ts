import { expect, it } from 'vitest'
import { createLiveView, type LiveStats } from './live-view.ts'

const figures: LiveStats = {
  address: 'http://127.0.0.1:8080',
  mqtt: 'mqtt://127.0.0.1:1883',
  received: 0,
  stored: 0,
  duplicate: 0,
  quarantined: 0,
  values: { received: 0, stored: 0, duplicate: 0, quarantined: 0, ignored: 0 },
  devices: 3,
  openTickets: 1,
  noticesDelivered: 1,
  noticesSent: 2,
  lag: 0,
  faults: [],
}

function setUp(isTTY: boolean) {
  const written: string[] = []
  const clock = { time: 0 }
  const view = createLiveView(() => clock.time, {
    isTTY,
    columns: 80,
    rows: 12,
    write: (text: string) => written.push(text),
  })
  return { written, clock, view }
}

it('redraws in place on a terminal and shows the rate since the last drawing', () => {
  const { written, clock, view } = setUp(true)
  view.show(figures)
  clock.time = 500
  const values = { received: 1_300, stored: 1_200, duplicate: 0, quarantined: 90, ignored: 10 }
  view.show({ ...figures, received: 600, stored: 599, quarantined: 1, values })
  const second = written[1] ?? ''
  const height = (written[0] ?? '').split('\n').length - 1
  expect(second.startsWith(`\x1b[${height}A\r\x1b[J`)).toBe(true)
  expect(second).toContain('1,200/s, 600 received\n')
  expect(second).toContain('= 599 stored + 0 duplicate + 1 quarantined\n')
  expect(second).toContain('values        1,200 stored + 0 duplicate\n')
  expect(second).toContain('+ 90 quarantined + 10 ignored\n')
})

it('never draws more than fits on the terminal', () => {
  const { written, view } = setUp(true)
  view.show({
    ...figures,
    faults: Array.from({ length: 20 }, (_, n) => `fault ${n}, ${'at length '.repeat(9)}`),
  })
  const rows = (written[0] ?? '').split('\n').slice(0, -1)
  expect(rows).toHaveLength(11)
  expect(Math.max(...rows.map((row) => row.length))).toBe(79)
})

it('keeps lines above the view', () => {
  const { written, view } = setUp(true)
  view.show(figures)
  view.log('the broker is unavailable')
  expect(written[1]).toMatch(/\[J.*the broker is unavailable\n.*Forewarn/s)
})

it('leaves the last state on the screen at the end, and writes below it', () => {
  const { written, view } = setUp(true)
  view.show(figures)
  view.end()
  view.log('stopping…')
  expect(written.at(-1)).toBe('stopping…\n')
})

it('shows only the lines where there is no terminal', () => {
  const { written, view } = setUp(false)
  view.show(figures)
  view.log('the broker is unavailable')
  view.end()
  expect(written).toEqual(['the broker is unavailable\n'])
})
