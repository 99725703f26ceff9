import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { names, startTestAcceptance } from '../testing/test-acceptance.ts'
import { openTestJournal, type TestJournal } from '../testing/test-journal.ts'
import { message, testTime as now } from '../testing/test-messages.ts'
import type { Acceptance } from './acceptance.ts'

let store: TestJournal
let acceptance: Acceptance

beforeEach(async () => {
  store = await openTestJournal()
  acceptance = await started()
  await announce({ owner: 'sam', region: 'DE' })
})

afterEach(() => store.remove())

const started = () => startTestAcceptance({ journal: store.journal, now: () => now })

const send = (topic: string, payload: unknown, clientId?: string) =>
  acceptance.accept(message(topic, payload, clientId))
const announce = (fields: object = {}, id = 'd-1') =>
  send(names.state(id), { state: 'online', kind: 'phone', ...fields })
let readings = 0
const read = (id = 'd-1') =>
  send(names.telemetry(id), { ts: now - ++readings, values: { battery_temp_c: 20 } })
const replaced = (component?: string) =>
  send(names.event('d-1'), { ts: now, event: 'part_replaced', ...(component !== undefined && { component }) })
const find = (id = 'd-1') => acceptance.registration.find(id)
const command = (...[id, order]: Parameters<Acceptance['registration']['command']>) =>
  acceptance.registration.command(id, order)

async function quarantined(): Promise<[string, string][]> {
  return (await store.entriesOf('quarantined')).map(({ reason, detail }) => [reason, detail])
}

describe('an announcement', () => {
  test.each([[null], ['']])('with the owner %j takes the device from its owner', async (owner) => {
    await announce({ owner })
    expect(find()).toEqual({ id: 'd-1', kind: 'phone', region: 'DE' })
    expect((await store.entriesOf('device')).at(-1)).toMatchObject({ cleared: ['owner'] })
    await announce()
    expect(find()).not.toHaveProperty('owner')
    await announce({ owner: 'bea' })
    expect(find()).toMatchObject({ owner: 'bea' })
  })

  test('without an owner, or with null for another field, keeps what is known', async () => {
    await announce({ model: null, region: null, site: null })
    expect(find()).toEqual({ id: 'd-1', kind: 'phone', owner: 'sam', region: 'DE' })
  })

  test('with a region in lower case has the region', async () => {
    await announce({ region: 'us_ca' })
    expect(find()).toMatchObject({ region: 'US-CA' })
  })

  test.each([
    [{ owner: 'ada+home@example.org' }, 'owner', 'it has +'],
    [{ owner: 'a#1' }, 'owner', 'it has #'],
    [{ owner: 'a b' }, 'owner', 'it has a space'],
    [{ owner: 'dispatcher' }, 'owner', 'reserved for staff'],
    [{ region: 'Germany' }, 'region', 'did you mean DE?'],
    [{ region: 'XX' }, 'region', 'not a region'],
  ])('with %j is quarantined with words', async (fields, field, words) => {
    await announce(fields)
    const [[reason, detail] = ['', '']] = await quarantined()
    expect(reason).toBe('wrong_type')
    expect(detail).toMatch(new RegExp(`^${field}: `))
    expect(detail).toContain(words)
  })
})

describe('an empty state', () => {
  test('retires the device, is no bad reading, and the next announcement brings it back', async () => {
    await send(names.state('d-1'), '')
    expect(find()).toMatchObject({ owner: 'sam', retired: { at: now, by: 'device' } })
    expect(acceptance.info().counts).toEqual({ messages: 2 })
    await read()
    await replaced('battery')
    expect(await quarantined()).toEqual([
      ['retired_device', expect.stringContaining('forewarn devices restore d-1')],
      ['retired_device', expect.anything()],
    ])
    await announce()
    expect(find()).toEqual({ id: 'd-1', kind: 'phone', owner: 'sam', region: 'DE' })
    await read()
    expect(await store.entriesOf('reading')).toHaveLength(1)
  })

  test('again, or of an unknown device, or a last will afterwards, changes nothing', async () => {
    await send(names.state('d-1'), '')
    const before = (await store.entries()).length
    await send(names.state('d-1'), '')
    await send(names.state('d-9'), '')
    await send(names.state('d-1'), 'lost')
    expect(await store.entries()).toHaveLength(before)
    expect(acceptance.info().counts).toEqual({ messages: 5 })
  })

  test('sent by another device is rejected', async () => {
    await announce({}, 'd-2')
    await send(names.state('d-1'), '', 'd-2')
    expect(await quarantined()).toMatchObject([['foreign_topic', expect.anything()]])
    expect(find()).not.toHaveProperty('retired')
  })
})

describe('an operator', () => {
  test('retires a device for good: a device that is still switched on does not come back, also after a restart', async () => {
    await command('d-1', { do: 'retire', reason: 'sold' })
    acceptance = await started()
    await announce()
    await read()
    expect((await quarantined()).map(([reason]) => reason)).toEqual(['retired_device', 'retired_device'])
    expect(find()).toMatchObject({ retired: { by: 'operator', reason: 'sold' } })
    await command('d-1', { do: 'restore' })
    await read()
    expect(await store.entriesOf('reading')).toHaveLength(1)
  })

  test('changes fields, and removes them', async () => {
    expect(
      await command('d-1', { do: 'update', fields: { owner: null, site: 'hotel', region: null } }),
    ).toEqual({
      id: 'd-1',
      kind: 'phone',
      site: 'hotel',
    })
    expect((await store.entriesOf('device')).at(-1)).toMatchObject({ cleared: ['owner', 'region'] })
    const before = await store.entries()
    await command('d-1', { do: 'update', fields: { site: 'hotel' } })
    expect(await store.entries()).toEqual(before)
  })

  test('renames a device; the former id is kept, and free again when it is restored', async () => {
    const renamed = await command('d-1', { do: 'rename', to: 'hall' })
    expect(renamed).toEqual({ id: 'hall', kind: 'phone', owner: 'sam', region: 'DE', formerIds: ['d-1'] })
    acceptance = await started()
    await announce({}, 'hall')
    await read('hall')
    await read('d-1')
    expect(find('hall')).toMatchObject({ owner: 'sam', formerIds: ['d-1'] })
    expect(await quarantined()).toEqual([['retired_device', expect.stringContaining('renamed to hall')]])
    await command('d-1', { do: 'restore' })
    await read('d-1')
    expect(await store.entriesOf('reading')).toHaveLength(2)
  })

  test.each(['restored', 'imported'])(
    'a former id that is %s is a new device, without former ids',
    async (how) => {
      await command('d-1', { do: 'rename', to: 'hall' })
      await command('hall', { do: 'rename', to: 'attic' })
      const former = find('hall')
      await acceptance.registration.register(former === undefined ? [] : [former])
      expect(find('hall')).toMatchObject({ formerIds: ['d-1'], retired: { renamedTo: 'attic' } })
      if (how === 'restored') await command('hall', { do: 'restore' })
      else await acceptance.registration.register([{ id: 'hall', kind: 'phone', owner: 'sam', region: 'DE' }])
      expect(find('hall')).toEqual({ id: 'hall', kind: 'phone', owner: 'sam', region: 'DE' })
      expect(find('attic')).toMatchObject({ formerIds: ['d-1', 'hall'] })
    },
  )

  test.each([
    [{ do: 'rename', to: 'a b' }, 'it has a space'],
    [{ do: 'rename', to: 'd-2' }, 'd-2 is registered already'],
    [{ do: 'replace', component: 'screne', ts: now }, 'did you mean screen?'],
    [{ do: 'replace', component: 'battery', ts: now + 1 }, 'in the future'],
  ] as const)('cannot do %j, and the error says why', async (order, words) => {
    await announce({}, 'd-2')
    const before = await store.entries()
    await expect(command('d-1', order)).rejects.toThrow(words)
    await expect(command('d-9', order)).rejects.toMatchObject({ code: 'unknown_device' })
    expect(await store.entries()).toEqual(before)
  })
})

describe('a replacement', () => {
  const components = async () => (await store.entriesOf('event')).map(({ component }) => component)

  test('of the whole appliance is one of every component', async () => {
    await replaced('device')
    await replaced('device')
    expect(await components()).toEqual(['battery', 'screen'])
    await command('d-1', { do: 'replace', component: 'device', ts: now })
    expect(await components()).toEqual(['battery', 'screen', 'battery', 'screen'])
  })

  test.each([[undefined], ['batery'], ['']])(
    'of %j is quarantined with the known components',
    async (component) => {
      await replaced(component)
      expect(await components()).toEqual([])
      const [[reason, detail] = ['', '']] = await quarantined()
      expect(['unknown_component', 'wrong_type']).toContain(reason)
      if (component !== '') expect(detail).toContain('battery, screen, and device')
    },
  )
})

describe('a topic that no device publishes to', () => {
  test.each([
    ['pm/v1/devices/haus/keller/telemetry', '3 levels follow devices, and 2 are expected'],
    ['pm/v1/devices/a b/telemetry', 'it has a space'],
    ['pm/v1/devices/$x/telemetry', 'it begins with $'],
    ['pm/v1/devices//telemetry', 'it is empty'],
    ['pm/v1/devices/d-1/telemetri', 'did you mean telemetry?'],
    ['pm/v1/devices/fleet:x/telemetry', 'reserved'],
    ['pm/v1/device/d-1/telemetry', 'nothing is expected below pm/v1/device'],
    ['pm/v1/users/a b/notices/n-1/receipt', 'the user id is "a b": it has a space'],
  ])('%s is quarantined with the reason', async (topic, words) => {
    await send(topic, '{}')
    expect(await quarantined()).toEqual([['unknown_topic', expect.stringContaining(words)]])
  })
})
