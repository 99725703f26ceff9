import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendRequest } from '../../api/testing/send-request.ts'
import { openTestApi, type TestApi } from '../../api/testing/test-api.ts'
import { runCommand } from '../../test/support/run-command.ts'

let api: TestApi
let url: string

beforeAll(async () => {
  api = await openTestApi()
  url = await api.app.listen({ host: '127.0.0.1', port: 0 })
  await sendRequest(api, 'POST /api/import/devices', {
    csv: 'id,kind,owner,region\nrv-1,robot_vacuum,sam,DE\n',
  })
})
afterAll(() => api.close())

async function devices(...args: string[]) {
  const run = await runCommand(['devices', ...args, '--json', '--url', url])
  const { code, stdout, stderr } = run
  return { code, stdout, stderr, device: run.result<{ device?: object }>().device }
}

test('devices are retired, restored, taken from their owner, moved, replaced and renamed from the command line', async () => {
  expect(await devices('retire', 'rv-1', '--reason', 'sold')).toMatchObject({
    code: 0,
    device: { id: 'rv-1', owner: 'sam', retiredAt: expect.any(String) },
  })
  const again = await runCommand(['devices', 'retire', 'rv-1', '--url', url])
  expect(again.stdout).toContain('rv-1  robot_vacuum  retired since ')
  expect((await devices('restore', 'rv-1')).device).toMatchObject({ retiredAt: null })
  expect((await devices('unassign', 'rv-1')).device).toMatchObject({ owner: null })
  expect((await devices('move', 'rv-1', '--site', 'hotel', '--region', '-')).device).toMatchObject({
    site: 'hotel',
    region: null,
  })
  expect(
    (await devices('replace', 'rv-1', '--component', 'battery', '--at', '2026-05-01T00:00:00Z')).code,
  ).toBe(0)
  expect((await devices('rename', 'rv-1', 'hall')).device).toMatchObject({ id: 'hall', formerIds: ['rv-1'] })
})

test('a command that is not possible says why', async () => {
  await sendRequest(api, 'POST /api/import/devices', { csv: 'id,kind\nrv-2,robot_vacuum\n' })
  for (const [args, words] of [
    [['retire', 'rv-9'], 'No device has the id'],
    [['rename', 'rv-2', 'a b'], 'it has a space'],
    [['replace', 'rv-2', '--component', 'batery'], 'did you mean battery?'],
    [['move', 'rv-2', '--region', 'Germany'], 'did you mean DE?'],
  ] as const) {
    expect(await devices(...args)).toMatchObject({ code: 1, stderr: expect.stringContaining(words) })
  }
})
