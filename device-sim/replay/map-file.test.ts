import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ReplayMapError, readMap, validateColumns } from './map-file.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forewarn-map-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function written(lines: string[]): Promise<string> {
  const file = join(folder, 'map.yaml')
  await writeFile(file, lines.join('\n'))
  return file
}

const sound = [
  'kind: phone',
  'unit: { column: unit }',
  'time: { column: date }',
  'metrics:',
  '  battery_health_pct: health_pct',
]

async function complaint(lines: string[]): Promise<string> {
  const file = await written(lines)
  const error = await readMap(file).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(ReplayMapError)
  return error instanceof Error ? error.message.replaceAll(file, 'map.yaml') : ''
}

describe('a map file', () => {
  it('fills in the defaults', async () => {
    const { map } = await readMap(await written(sound))
    expect(map).toEqual({
      kind: 'phone',
      delimiter: ',',
      decimal: 'point',
      exponent: false,
      unit: { column: 'unit', prefix: '' },
      time: { column: 'date', format: 'iso', zone: 'UTC' },
      metrics: { battery_health_pct: { column: 'health_pct', scale: 1, offset: 0 } },
      skip: [],
    })
  })

  it('is rejected with file, line and column', async () => {
    expect(await complaint([...sound, 'metric: {}'])).toBe('map.yaml:6:1: unknown key "metric"')
    expect(await complaint(sound.toSpliced(0, 1))).toMatch(/^map\.yaml:1:1: kind: /)
    expect(await complaint([...sound.slice(0, 4), '  x: { column: a, unit: furlong }'])).toMatch(
      /^map\.yaml:5:25: metrics\.x\.unit: .*psi/,
    )
    expect(await complaint(sound.toSpliced(1, 1, 'unit: { column: a, fixed: b }'))).toBe(
      'map.yaml:2:7: unit: name one of column, fixed and columns',
    )
    expect(await complaint(sound.toSpliced(2, 1, 'time: { column: a, format: elapsed }'))).toMatch(
      /^map\.yaml:3:7: time: format: elapsed needs start and one/,
    )
    expect(await complaint(sound.toSpliced(2, 1, 'time: { column: a, one: 3 weeks }'))).toMatch(
      /^map\.yaml:3:25: time\.one: it must be a duration/,
    )
    expect(await complaint([...sound, 'skip:', '  - { column: a }'])).toMatch(
      /^map\.yaml:7:5: skip\.0: name a column and one of/,
    )
    expect(await complaint(['kind: [phone'])).toMatch(/^map\.yaml:1:\d+: /)
  })

  it('points at the columns that a recording does not have', async () => {
    const mapFile = await readMap(await written([...sound, 'skip: [{ column: partial, in: [1] }]']))
    expect(() => validateColumns(mapFile, 'a.csv', ['unit', 'dates', 'health_pct'])).toThrow(
      /:3:17: a\.csv has no column "date"; did you mean "dates"\? It has: unit, dates, health_pct\n.*:6:18: .*"partial"/,
    )
    expect(() => validateColumns(mapFile, 'a.csv', ['unit', 'date', 'health_pct', 'partial'])).not.toThrow()
  })

  it('says which separator a recording has, if it is another one', async () => {
    const mapFile = await readMap(await written(sound))
    expect(() => validateColumns(mapFile, 'a.csv', ['unit;date;health_pct'])).toThrow(
      /the cells of a\.csv are separated by ";"; write delimiter: ";" into the map/,
    )
  })

  it('checks time formats and zones', async () => {
    const timeOf = (time: string) =>
      complaint(sound.map((line) => (line.startsWith('time:') ? `time: ${time}` : line)))
    expect(await timeOf('{ column: date, format: dd/MM }')).toMatch(
      /map\.yaml:3:31: time\.format: it must be iso, /,
    )
    expect(await timeOf('{ column: date, format: epoch }')).toMatch(
      /map\.yaml:3:31: time\.format: it must be iso, /,
    )
    expect(await timeOf('{ column: date, zone: Berlin }')).toMatch(
      /map\.yaml:3:29: time\.zone: .*Europe\/Berlin/,
    )
    const { map } = await readMap(await written(sound.with(2, 'time: { column: date, format: dd/MM/yyyy }')))
    expect(map.time.format).toBe('dd/MM/yyyy')
  })
})
