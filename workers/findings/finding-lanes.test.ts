import { expect, it } from 'vitest'
import { createFindingLanes } from './finding-lanes.ts'

const minuteMs = 60_000
const of = (rule: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `${rule}-${n}`, rule }))
const sizes = (lanes: readonly { priority: number; findings: readonly { rule: string }[] }[]) =>
  lanes.map(({ priority, findings }) => [
    priority,
    findings.length,
    new Set(findings.map(({ rule }) => rule)).size,
  ])

it('keeps rules with few findings together', () => {
  const { split } = createFindingLanes(() => 0)
  expect(sizes(split([...of('a', 20), ...of('b', 3)]))).toEqual([[0, 23, 2]])
})

it('gives a flood a later lane of its own, the larger the later', () => {
  const { split } = createFindingLanes(() => 0)
  const lanes = split([...of('large', 400), ...of('small', 30), ...of('other', 1)])
  expect(sizes(lanes)).toEqual([
    [0, 1, 1],
    [5, 30, 1],
    [9, 400, 1],
  ])
})

it('remembers a flood that comes in small batches, until it has been over for minutes', () => {
  let now = 0
  const { split } = createFindingLanes(() => now)
  split(of('flood', 15))
  expect(sizes(split(of('flood', 15)))).toEqual([[5, 15, 1]])
  now = 1.5 * minuteMs
  expect(sizes(split(of('flood', 1)))).toEqual([[5, 1, 1]])
  now = 4 * minuteMs
  expect(sizes(split(of('flood', 1)))).toEqual([[0, 1, 1]])
})

it('keeps the order of the findings of a lane', () => {
  const { split } = createFindingLanes(() => 0)
  const findings = [...of('a', 5), ...of('b', 5)].toSorted((x, y) =>
    x.id.slice(2).localeCompare(y.id.slice(2)),
  )
  expect(split(findings)).toEqual([{ priority: 0, findings }])
})
