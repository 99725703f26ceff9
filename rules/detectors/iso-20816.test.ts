import { expect, it } from 'vitest'
import { parseKinds } from '../files/kinds.ts'
import { boundaryVelocity, zoneSchema } from './iso-20816.ts'
import { createLimit, hasOneLimit, validateLimit } from './limit.ts'

const zone = zoneSchema.parse({ standard: 'iso_20816_3', group: 2, foundation: 'rigid', boundary: 'B/C' })
const text = `
kind: fan
expected_interval: 1h
components: [rotor]
metrics:
  velocity_mm_s: { unit: mm/s, range: [0, 4] }
  vibration_g: { unit: "[g]", range: [0, 50] }
`
const fan = parseKinds([{ file: 'fan.yaml', text }]).kinds.get('fan')
if (fan === undefined) throw new Error('the kind is not valid')
const context = { kind: fan, path: ['detect', 'threshold'], component: 'rotor', clear: undefined }

it('is a limit above which it is worse', () => {
  const limit = createLimit({ zone })
  expect([limit.value, limit.margin(2.9) < 0, limit.margin(2.7) < 0]).toEqual([2.8, true, false])
})

it('rises with the zone, the size of the machine and the softness of its foundation', () => {
  const velocity = (changes: object) => boundaryVelocity({ ...zone, ...changes })
  expect(['A/B', 'B/C', 'C/D'].map((boundary) => velocity({ boundary }))).toEqual([1.4, 2.8, 4.5])
  expect(velocity({ group: 1 })).toBe(4.5)
  expect(velocity({ foundation: 'flexible' })).toBe(4.5)
  expect(velocity({ group: 1, foundation: 'flexible', boundary: 'C/D' })).toBe(11)
})

it('cannot stand beside another limit, and is for velocities within the range of the metric', () => {
  expect([hasOneLimit({ zone }), hasOneLimit({ zone, above: 3 }), hasOneLimit({})]).toEqual([
    true,
    false,
    false,
  ])
  const messages = (metric: string, boundary = zone.boundary) =>
    validateLimit({ metric, zone: { ...zone, boundary } }, context).map(({ message }) => message)
  expect(messages('velocity_mm_s')).toEqual([])
  expect(messages('vibration_g')).toEqual(['zone: limits are in mm/s, and vibration_g is in [g]'])
  expect(messages('velocity_mm_s', 'C/D')).toEqual(['zone: 4.5 is outside of what velocity_mm_s can be'])
})
