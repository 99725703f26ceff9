import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FieldDataError } from './csv.ts'
import { scoredForecastsOf } from './forecast-run.ts'
import { scoreDatasets } from './score.ts'
import { csv, temporaryFolder } from './testing/folder.ts'
import { fleetCsv } from './testing/phones.ts'

const paces = { a: 40, b: 45, c: 50, d: 55, e: 60 }
const onProgress = () => undefined

async function phonesOf(
  files: Readonly<Record<string, string>>,
  training?: Readonly<Record<string, string>>,
) {
  const data = await temporaryFolder(files)
  const { prognosis } = await scoreDatasets({
    data,
    trainingData: training && (await temporaryFolder(training)),
    onProgress,
  })
  const [phones] = prognosis
  return phones?.runs ?? []
}

const answers = (runs: Awaited<ReturnType<typeof phonesOf>>, unit: string, method = 'peersFromLevel') =>
  scoredForecastsOf(
    runs.filter(({ recorded }) => recorded.unit === unit),
    method,
  ).map(({ answer }) => answer)

const kinds = (all: readonly { is: string }[]) => [...new Set(all.map(({ is }) => is))]

describe('the training data', () => {
  it('are the other units of the same folder', async () => {
    const runs = await phonesOf({ 'phone_battery/readings.csv': fleetCsv(paces) })
    expect(runs).toHaveLength(5)
    expect(answers(runs, 'c').length).toBeGreaterThan(5)
    expect(answers(runs, 'c').every(({ is }) => is === 'date')).toBe(true)
    expect(answers(runs, 'c', 'forewarn')).toHaveLength(answers(runs, 'c').length)
  })

  it('never include the unit itself, also when the training folder has it', async () => {
    const alone = { 'phone_battery/readings.csv': fleetCsv({ c: 50 }) }
    const withheld = { is: 'withheld', why: 'no_peers' }
    expect(new Set(answers(await phonesOf(alone), 'c'))).toContainEqual(withheld)
    expect(kinds(answers(await phonesOf(alone, alone), 'c'))).toEqual(['withheld'])
  })

  it('are a given training folder, with the same result as the same units in one folder', async () => {
    const one = { 'phone_battery/readings.csv': fleetCsv({ c: 50 }) }
    const all = { 'phone_battery/readings.csv': fleetCsv(paces) }
    for (const method of ['forewarn', 'peersFromLevel']) {
      expect(answers(await phonesOf(one, all), 'c', method)).toEqual(
        answers(await phonesOf(all), 'c', method),
      )
    }
  })

  it('may lack the dataset', async () => {
    const one = { 'phone_battery/readings.csv': fleetCsv({ c: 50 }) }
    expect(kinds(answers(await phonesOf(one, {}), 'c'))).toEqual(['withheld'])
  })
})

it('a forecast does not depend on later readings', async () => {
  const cut = (text: string) =>
    text
      .split('\n')
      .filter((line) => !line.startsWith('c,') || line < 'c,iPhone8,2022-06')
      .join('\n')
  const full = fleetCsv(paces)
  const [later, then] = await Promise.all([
    phonesOf({ 'phone_battery/readings.csv': full }),
    phonesOf({ 'phone_battery/readings.csv': cut(full) }),
  ])
  const askedOf = (runs: typeof later) =>
    new Map(
      runs.find(({ recorded }) => recorded.unit === 'c')?.forecasts.map(({ at, answers }) => [at, answers]),
    )
  const [before, after] = [askedOf(then), askedOf(later)]
  const both = [...before].filter(([at]) => after.has(at))
  expect(both.length).toBeGreaterThan(5)
  for (const [at, answer] of both) expect(after.get(at)).toEqual(answer)
})

describe('a folder', () => {
  it('may hold any of the datasets, and its progress is reported', async () => {
    const bearing = Array.from({ length: 30 }, (_, n) => ['B1', n, 0.1, 0.1, 3, 3])
    const data = await temporaryFolder({
      'phone_battery/readings.csv': fleetCsv(paces),
      'motor_bearing/features_per_snapshot.csv': csv(
        'bearing,snapshot,h_rms_g,v_rms_g,h_kurtosis,v_kurtosis',
        bearing,
      ),
      'motor_ageing/features_per_cycle.csv': 'motor,cycle\n',
      'else/readme.txt': '',
    })
    const seen: number[] = []
    const score = await scoreDatasets({ data, onProgress: ({ done }) => seen.push(done) })
    expect(score.prognosis.map(({ dataset }) => dataset.name)).toEqual(['phone_battery'])
    expect(score.detection.map(({ dataset: set }) => set.name)).toEqual(['motor_bearing'])
    expect([...score.skipped.keys()]).toEqual(['motor_ageing'])
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  })

  it('that is missing or holds none of them is rejected with its name', async () => {
    const empty = await temporaryFolder({})
    const nowhere = join(empty, 'nowhere')
    await expect(scoreDatasets({ data: nowhere, onProgress })).rejects.toThrow(FieldDataError)
    await expect(scoreDatasets({ data: nowhere, onProgress })).rejects.toThrow(`${nowhere}: no such folder`)
    await expect(scoreDatasets({ data: empty, onProgress })).rejects.toThrow(
      'holds none of the datasets phone_battery,',
    )
    const data = await temporaryFolder({ 'phone_battery/readings.csv': fleetCsv(paces) })
    await expect(scoreDatasets({ data, trainingData: nowhere, onProgress })).rejects.toThrow(
      `${nowhere}: no such folder`,
    )
  })
})
