import { connectAsync } from 'mqtt'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeFinding } from '../desk/testing/findings.ts'
import { openRecords } from '../store/records/records-store.ts'
import type { DeadLetter } from '../workers/dead-letters.ts'
import { openQueues } from '../workers/queues.ts'
import { findExecutable } from './support/executables.ts'
import { startPostgres } from './support/postgres.ts'
import { eventually } from './support/program.ts'
import { runCommand } from './support/run-command.ts'
import { type RunningProgram, startProgram } from './support/start-program.ts'

const postgres = findExecutable('postgres')

/** From now on the database refuses what is told of this device. */
const curse = `
  create function refuse() returns trigger language plpgsql as
    $$ begin raise exception '% is not to be borne', new.id; end $$;
  create trigger refuse before insert on devices for each row when (new.id = 'phone-cursed') execute function refuse()`

interface Listed {
  deadLetters: (Omit<DeadLetter, 'at'> & { at: string })[]
}

async function list({ httpUrl }: RunningProgram): Promise<Listed['deadLetters']> {
  const program = await runCommand(['dead-letters', 'list', '--json', '--url', httpUrl])
  return program.result<Listed>().deadLetters
}

async function command({ httpUrl }: RunningProgram, ...args: string[]) {
  const program = await runCommand(['dead-letters', ...args, '--json', '--url', httpUrl])
  const { deadLetters = [] } = program.result<{ deadLetters?: { id: string; outcome: string }[] }>()
  return { code: program.code, said: program.stderr, outcomes: deadLetters }
}

async function announce({ mqttUrl }: RunningProgram, ...devices: string[]): Promise<void> {
  const client = await connectAsync(mqttUrl)
  for (const device of devices) {
    const state = JSON.stringify({ state: 'online', kind: 'phone', owner: 'u-1' })
    await client.publishAsync(`pm/v1/devices/${device}/state`, state, { qos: 1, retain: true })
  }
  await client.endAsync()
}

const isKnown = ({ httpUrl }: RunningProgram, device: string) =>
  eventually(async () => ((await fetch(`${httpUrl}/api/devices/${device}`)).ok ? true : undefined))

/** A finding whose notice has no text: no attempt can process it. */
async function relayUnspeakable(url: string): Promise<void> {
  const onError = (error: Error) => {
    throw error
  }
  const records = await openRecords({ url, onError })
  const queues = await openQueues({ connection: { kind: 'postgres', pool: records.pool }, onError })
  await queues.add('findings', [{ id: 'f-tea', data: makeFinding({ id: 'f-tea', notice: 'tea_is_ready' }) }])
  await queues.close()
  await records.close()
}

describe.skipIf(!postgres)('what could not be handled', () => {
  it('is kept while the rest goes on, listed, handled again and dropped', { timeout: 180_000 }, async () => {
    const database = await startPostgres(postgres ?? '')
    onTestFinished(() => database.stop())
    const up = await startProgram({ DATABASE_URL: database.url })
    const client = new pg.Client(database.url)
    await client.connect()
    await client.query(curse)

    await announce(up, 'phone-1', 'phone-cursed', 'phone-2')
    await relayUnspeakable(database.url)
    await Promise.all([isKnown(up, 'phone-1'), isKnown(up, 'phone-2')])
    const letters = await eventually(async () => {
      const some = await list(up)
      return some.length === 2 ? some : undefined
    })
    expect(letters.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toMatchObject([
      { id: 'findings:f-tea', device: 'rv-1', error: expect.stringContaining('tea_is_ready'), attempts: 1 },
      { source: 'records', device: 'phone-cursed', error: 'phone-cursed is not to be borne' },
    ])
    const entry = letters.find(({ source }) => source === 'records')?.id ?? ''

    const metrics = await (await fetch(`${up.httpUrl}/metrics`)).text()
    expect(metrics).toContain('forewarn_dead_letters{source="records"} 1\n')
    expect(metrics).toContain('forewarn_dead_letters{source="findings"} 1\n')
    const ready = await fetch(`${up.httpUrl}/readyz`)
    expect(ready.status).toBe(200)
    expect(await ready.text()).toContain('could not be handled: 1 of records, 1 of findings')

    expect(await command(up, 'retry', entry, 'records:999999')).toMatchObject({
      code: 1,
      outcomes: [
        { id: entry, outcome: 'failed', error: 'phone-cursed is not to be borne' },
        { id: 'records:999999', outcome: 'unknown' },
      ],
    })
    expect(await command(up, 'retry')).toMatchObject({ code: 1, said: expect.stringContaining('--all') })
    await client.query('drop trigger refuse on devices')
    expect((await command(up, 'retry', '--all')).outcomes.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      [
        { id: 'findings:f-tea', outcome: 'queued' },
        { id: entry, outcome: 'settled' },
      ],
    )
    await isKnown(up, 'phone-cursed')

    await eventually(async () => ((await list(up)).length === 1 ? true : undefined))
    expect(await command(up, 'drop', '--all')).toMatchObject({
      code: 1,
      said: expect.stringContaining('--yes'),
    })
    expect(await command(up, 'drop', '--all', '--yes')).toMatchObject({
      code: 0,
      outcomes: [{ id: 'findings:f-tea', outcome: 'settled' }],
    })
    expect(await list(up)).toEqual([])
    await client.end()
  })
})
