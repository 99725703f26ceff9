import { expect, it } from 'vitest'
import type { TrialFinding } from '../../contract/finding.ts'
import { compareTrial } from './compare-trial.ts'

const part = { device: 'd-1', component: 'battery', epoch: 0 }
const live = (state: TrialFinding['state'], at: number, device = 'd-1'): TrialFinding => ({
  ...part,
  device,
  state,
  at,
  shadow: false,
})
const shadow = (state: TrialFinding['state'], at: number, device = 'd-1'): TrialFinding => ({
  ...live(state, at, device),
  shadow: true,
})

it('reports alarms of one version alone', () => {
  const findings = [live('raised', 3), live('cleared', 5), shadow('raised', 4, 'd-2')]
  expect(compareTrial(findings, [])).toEqual({
    onlyLive: [{ ...part, at: 3 }],
    onlyShadow: [{ ...part, device: 'd-2', at: 4 }],
    both: [],
  })
})

it('reports the lead of the version on trial', () => {
  const findings = [
    shadow('raised', 2),
    live('raised', 9),
    live('raised', 10, 'd-2'),
    shadow('updated', 11),
    shadow('raised', 12, 'd-2'),
  ]
  expect(compareTrial(findings, [])).toEqual({
    onlyLive: [],
    onlyShadow: [],
    both: [
      { ...part, at: 2, liveAt: 9, leadMs: 7 },
      { ...part, device: 'd-2', at: 12, liveAt: 10, leadMs: -2 },
    ],
  })
})

it('counts alarms that were never active at the same time as two', () => {
  const findings = [shadow('raised', 2), shadow('cleared', 3), live('raised', 9)]
  expect(compareTrial(findings, [])).toEqual({
    onlyLive: [{ ...part, at: 9 }],
    onlyShadow: [{ ...part, at: 2 }],
    both: [],
  })
})

it('counts a long alarm once, although the other version raises several during it', () => {
  const flaps = [live('cleared', 2), live('raised', 3), live('cleared', 4), live('raised', 5)]
  expect(compareTrial(flaps, [part])).toEqual({ onlyLive: [], onlyShadow: [], both: [] })
  expect(compareTrial([shadow('raised', 1), ...flaps], [])).toEqual({
    onlyLive: [],
    onlyShadow: [],
    both: [{ ...part, at: 1, liveAt: 3, leadMs: 2 }],
  })
})

it('compares each epoch of a component separately', () => {
  const findings = [shadow('raised', 1), { ...live('raised', 9), epoch: 1 }]
  expect(compareTrial(findings, [])).toMatchObject({
    onlyLive: [{ epoch: 1, at: 9 }],
    onlyShadow: [{ epoch: 0, at: 1 }],
  })
})
