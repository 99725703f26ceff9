import { SeriesRefusedError } from '../series.ts'
import { refusal } from './failure.ts'
import type { InfluxServer } from './server.ts'

/** Something that Forewarn needs in InfluxDB and that is not there. */
export interface MissingInInflux {
  what: string
  /** Makes it by hand, where the token may not. */
  command: string
  make(): Promise<unknown>
}

/**
 * Makes what is missing.
 * @throws SeriesRefusedError with the command that makes it, when it is not allowed
 */
export async function makeReady(server: InfluxServer): Promise<void> {
  for (let missing = await findMissing(server); missing; missing = await findMissing(server)) {
    try {
      await missing.make()
    } catch (error) {
      if (!(error instanceof SeriesRefusedError)) throw error
      const { what, command } = missing
      throw new SeriesRefusedError(`${what} is not there: ${error.message}; make it with: ${command}`, {
        cause: error,
      })
    }
  }
}

/**
 * The first thing that is not there yet; makes nothing.
 * @throws SeriesRefusedError when what is there cannot be used
 */
export function findMissing(server: InfluxServer): Promise<MissingInInflux | undefined> {
  switch (server.version) {
    case 1:
      return missingDatabase1(server)
    case 2:
      return missingBucket(server)
    case 3:
      return missingDatabase3(server)
  }
}

async function missingDatabase1(server: InfluxServer): Promise<MissingInInflux | undefined> {
  const { bucket } = server
  const create = `CREATE DATABASE ${identifier(bucket)}`
  const known = (await server.query('SHOW DATABASES')).flatMap(({ values }) => values.flat())
  if (!known.includes(bucket)) {
    return {
      what: `the database ${bucket}`,
      command: `influx -execute '${create}'`,
      make: () => server.query(create),
    }
  }
  const [policies] = await server.query(`SHOW RETENTION POLICIES ON ${identifier(bucket)}`)
  const [duration = -1, byDefault = -1] = ['duration', 'default'].map((name) =>
    policies?.columns.indexOf(name),
  )
  const inForce = policies?.values.find((row) => Boolean(row[byDefault]))?.[duration]
  if (inForce === undefined || inForce === '0s') return undefined
  throw forgetful(
    server,
    `${inForce}`,
    `ALTER RETENTION POLICY "autogen" ON ${identifier(bucket)} DURATION INF`,
  )
}

interface Bucket {
  id: string
  orgID: string
  name: string
  retentionRules: { everySeconds: number }[]
}

async function missingBucket(server: InfluxServer): Promise<MissingInInflux | undefined> {
  const { bucket: name, org } = server
  if (org === '') throw new SeriesRefusedError('InfluxDB 2 has organizations: set INFLUX_ORG')
  const bucket = await findBucket(server)
  if (bucket === undefined) {
    return {
      what: `the bucket ${name}`,
      command: `influx bucket create --org ${org} --name ${name} --retention 0`,
      make: () => createBucket(server),
    }
  }
  const [seconds] = bucket.retentionRules.map(({ everySeconds }) => everySeconds).filter((every) => every > 0)
  if (seconds !== undefined) {
    throw forgetful(server, `${seconds} s`, `influx bucket update --id ${bucket.id} --retention 0`)
  }
  return missingMapping(server, bucket)
}

async function findBucket(server: InfluxServer): Promise<Bucket | undefined> {
  const filter = new URLSearchParams({ org: server.org, name: server.bucket })
  const { status, text } = await server.ask(`/api/v2/buckets?${filter}`)
  if (status === 404) return undefined
  if (status >= 300) throw refusal(server.where, status, text)
  const { buckets } = JSON.parse(text) as { buckets: Bucket[] }
  return buckets.find(({ name }) => name === server.bucket)
}

async function createBucket(server: InfluxServer): Promise<void> {
  const { org, bucket: name } = server
  const { orgs } = await server.call<{ orgs: { id: string }[] }>(
    `/api/v2/orgs?${new URLSearchParams({ org })}`,
  )
  const body = JSON.stringify({ orgID: orgs[0]?.id, name, retentionRules: [] })
  await server.call('/api/v2/buckets', { method: 'POST', body })
}

interface Mapping {
  bucketID: string
  default: boolean
}

/** InfluxQL asks for a database; a DBRP mapping says which bucket that is. */
async function missingMapping(server: InfluxServer, bucket: Bucket): Promise<MissingInInflux | undefined> {
  const { bucket: db, org, where } = server
  const filter = new URLSearchParams({ org, db })
  const { content } = await server.call<{ content: Mapping[] }>(`/api/v2/dbrps?${filter}`)
  const inForce = content.find((mapping) => mapping.default)
  if (inForce?.bucketID === bucket.id) return undefined
  if (inForce !== undefined) {
    throw new SeriesRefusedError(
      `the database ${db} of InfluxDB at ${where} is mapped to another bucket (${inForce.bucketID}): choose another INFLUX_BUCKET`,
    )
  }
  const body = { bucketID: bucket.id, orgID: bucket.orgID, database: db, retention_policy: 'autogen' }
  return {
    what: `the DBRP mapping of the bucket ${db}`,
    command: `influx v1 dbrp create --org ${org} --bucket-id ${bucket.id} --db ${db} --rp autogen --default`,
    make: () =>
      server.call('/api/v2/dbrps', { method: 'POST', body: JSON.stringify({ ...body, default: true }) }),
  }
}

async function missingDatabase3(server: InfluxServer): Promise<MissingInInflux | undefined> {
  const { bucket: db } = server
  const path = '/api/v3/configure/database'
  const known = await server.call<Record<string, string>[]>(`${path}?format=json`)
  if (known.some((row) => Object.values(row).includes(db))) return undefined
  return {
    what: `the database ${db}`,
    command: `influxdb3 create database ${db}`,
    make: () => server.call(path, { method: 'POST', body: JSON.stringify({ db }) }),
  }
}

/** The cursors would be forgotten as well, and what is written late would be refused for ever. */
function forgetful({ bucket, where }: InfluxServer, after: string, command: string): Error {
  return new SeriesRefusedError(
    `${bucket} of InfluxDB at ${where} forgets after ${after}: let it keep everything (${command}); series.retention says what Forewarn deletes`,
  )
}

function identifier(name: string): string {
  return `"${name.replace(/["\\]/g, '\\$&')}"`
}
