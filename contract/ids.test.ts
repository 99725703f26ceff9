import { describe, expect, test } from 'vitest'
import { deviceIdProblem, ownerIdProblem, technicianIdProblem, userIdProblem } from './ids.ts'

describe('an id', () => {
  test.each(['d-1', 'Wäsche', '洗衣机', 'a.b', 'a$', 'ada@home.example', '😀', 'x'.repeat(128)])(
    '%s is allowed',
    (id) => {
      for (const problemOf of [deviceIdProblem, userIdProblem, ownerIdProblem]) {
        expect(problemOf(id)).toBeUndefined()
      }
    },
  )

  test.each([
    ['', 'it is empty'],
    ['a b', 'it has a space'],
    ['a\u00a0b', 'it has a space'],
    ['a\tb', 'it has control characters'],
    ['a\0', 'it has control characters'],
    ['\ud800', 'it has control characters'],
    ['ada+home@example.org', 'it has +'],
    ['a#1', 'it has #'],
    ['haus/keller', 'it has /'],
    ['$SYS', 'it begins with $'],
    ['..', 'it is only dots'],
    ['x'.repeat(129), 'it is longer than 128 characters'],
  ])('%j is rejected with words', (id, problem) => {
    for (const problemOf of [deviceIdProblem, userIdProblem, ownerIdProblem, technicianIdProblem]) {
      expect(problemOf(id)).toMatch(`${problem}; an id is one level of MQTT topics`)
    }
  })

  test('of staff or a cohort is not an owner or a device', () => {
    for (const id of ['dispatcher', 'service_manager', 'technician:t-1']) {
      expect(ownerIdProblem(id)).toBe('it is reserved for staff')
      expect(userIdProblem(id)).toBeUndefined()
    }
    expect(deviceIdProblem('fleet:phone')).toContain('reserved')
  })

  test('of a technician leaves space for the prefix of their user id', () => {
    expect(technicianIdProblem('t'.repeat(117))).toBeUndefined()
    expect(technicianIdProblem('t'.repeat(118))).toContain('longer')
  })
})
