import { join } from 'node:path'
import { expect, it } from 'vitest'
import { FieldDataError, numberCell, readOptionalTable, readTable, timeCell } from './csv.ts'
import { temporaryFolder } from './testing/folder.ts'

it('reads rows by column name', async () => {
  const folder = await temporaryFolder({ 'a.csv': '\uFEFFname,"value"\n"x, y",1.5\n\nz,\n' })
  const rows = await readTable(join(folder, 'a.csv'), ['name'])
  expect(rows.map((row) => [row.name, numberCell(row, 'value')])).toEqual([
    ['x, y', 1.5],
    ['z', undefined],
  ])
})

it.each([
  ['a column is missing', 'name\nx\n', 'has no column value'],
  ['a line is too long', 'name,value\nx,1,2\n', 'Invalid Record Length'],
  ['the file is empty', '', 'has no column value'],
])('names the malformed file: %s', async (_what, text, message) => {
  const file = join(await temporaryFolder({ 'a.csv': text }), 'a.csv')
  const reading = readTable(file, ['value'])
  await expect(reading).rejects.toThrow(FieldDataError)
  await expect(reading).rejects.toThrow(file)
  await expect(reading).rejects.toThrow(message)
})

it('rejects a missing file only where it is required', async () => {
  const file = join(await temporaryFolder({}), 'a.csv')
  await expect(readTable(file, [])).rejects.toThrow('no such file')
  expect(await readOptionalTable(file, ['value'])).toEqual([])
})

it.each([
  ['2024-05-15', '2024-05-15T00:00:00Z'],
  ['2003-10-22 12:06:24', '2003-10-22T12:06:24Z'],
  ['2008-04-02T15:25:41', '2008-04-02T15:25:41Z'],
  ['2008-04-02T15:25:41+02:00', '2008-04-02T13:25:41Z'],
])('takes %s for UTC', (text, meant) => {
  expect(timeCell({ at: text }, 'at')).toBe(Date.parse(meant))
})

it.each(['', 'soon', undefined])('reads %s as neither a number nor a time', (text) => {
  expect(numberCell({ at: text }, 'at')).toBeUndefined()
  expect(timeCell({ at: text }, 'at')).toBeUndefined()
})
