import { describe, expect, test } from 'vitest'
import { assignPartitions } from './members.ts'

const member = (id: string, ...roles: string[]) => ({ id, roles })

describe('partitions of a role', () => {
  test('are spread evenly over the processes that have it', () => {
    const members = ['a', 'b', 'c'].map((id) => member(id, 'rules')).concat(member('d', 'api'))
    const assigned = assignPartitions(members, 'rules', 8)
    expect([...assigned.keys()]).toEqual(['a', 'b', 'c'])
    expect([...assigned.values()].flat().sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    for (const partitions of assigned.values()) expect(partitions.length).toBeLessThanOrEqual(3)
  })

  test('do not depend on the order in which processes are named', () => {
    const members = ['a', 'b', 'c', 'd'].map((id) => member(id, 'rules'))
    const reversed = assignPartitions([...members].reverse(), 'rules', 16)
    for (const [id, partitions] of assignPartitions(members, 'rules', 16))
      expect(reversed.get(id)).toEqual(partitions)
  })

  test('stay, most of them, when a process leaves', () => {
    const before = assignPartitions(
      ['a', 'b', 'c', 'd'].map((id) => member(id, 'rules')),
      'rules',
      64,
    )
    const after = assignPartitions(
      ['a', 'b', 'c'].map((id) => member(id, 'rules')),
      'rules',
      64,
    )
    const kept = ['a', 'b', 'c'].flatMap(
      (id) => before.get(id)?.filter((one) => after.get(id)?.includes(one)) ?? [],
    )
    expect(kept.length).toBeGreaterThan(36)
  })

  test("are no one's where no process has the role", () => {
    expect(assignPartitions([member('a', 'api')], 'rules', 4).size).toBe(0)
  })
})
