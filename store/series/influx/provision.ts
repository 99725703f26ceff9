import { SeriesRejectedError } from '../series.ts'
import type { InfluxClient } from './client.ts'
import { errorFromResponse } from './errors.ts'

/** A missing resource that Forewarn needs in InfluxDB. */
export interface MissingResource {
  description: string
  /** Command that creates it manually, where the token has no permission. */
  command: string
  create(): Promise<unknown>
}

/**
 * Create the missing resources.
 * @throws SeriesRejectedError with the command that creates it, when permission is denied
 */
export async function provisionInflux(server: InfluxClient): Promise<void> {
  for (
    let missing = await findMissingResource(server);
    missing;
    missing = await findMissingResource(server)
  ) {
    try {
      await missing.create()
    } catch (error) {
      if (!(error instanceof SeriesRejectedError)) throw error
      const { description, command } = missing
      throw new SeriesRejectedError(
        `${description} is not there: ${error.message}; make it with: ${command}`,
        {
          cause: error,
        },
      )
    }
  }
}

/**
 * Return the first missing resource; create nothing.
 * @throws SeriesRejectedError when an existing resource cannot be used
 */
export function findMissingResource(server: InfluxClient): Promise<MissingResource | undefined> {
  switch (server.version) {
    case 1:
      return findMissingDatabaseV1(server)
    case 2:
      return findMissingBucketV2(server)
    case 3:
      return findMissingDatabaseV3(server)
  }
}

async function findMissingDatabaseV1(server: InfluxClient): Promise<MissingResource | undefined> {
  const { bucket } = server
  const create = `CREATE DATABASE ${quoteIdentifier(bucket)}`
  const known = (await server.query('SHOW DATABASES')).flatMap(({ values }) => values.flat())
  if (!known.includes(bucket)) {
    return {
      description: `the database ${bucket}`,
      command: `influx -execute '${create}'`,
      create: () => server.query(create),
    }
  }
  const [policies] = await server.query(`SHOW RETENTION POLICIES ON ${quoteIdentifier(bucket)}`)
  const [duration = -1, byDefault = -1] = ['duration', 'default'].map((name) =>
    policies?.columns.indexOf(name),
  )
  const defaultDuration = policies?.values.find((row) => Boolean(row[byDefault]))?.[duration]
  if (defaultDuration === undefined || defaultDuration === '0s') return undefined
  throw finiteRetentionError(
    server,
    `${defaultDuration}`,
    `ALTER RETENTION POLICY "autogen" ON ${quoteIdentifier(bucket)} DURATION INF`,
  )
}

interface Bucket {
  id: string
  orgID: string
  name: string
  retentionRules: { everySeconds: number }[]
}

async function findMissingBucketV2(server: InfluxClient): Promise<MissingResource | undefined> {
  const { bucket: name, org } = server
  if (org === '') throw new SeriesRejectedError('InfluxDB 2 has organizations: set INFLUX_ORG')
  const bucket = await findBucket(server)
  if (bucket === undefined) {
    return {
      description: `the bucket ${name}`,
      command: `influx bucket create --org ${org} --name ${name} --retention 0`,
      create: () => createBucket(server),
    }
  }
  const [seconds] = bucket.retentionRules.map(({ everySeconds }) => everySeconds).filter((every) => every > 0)
  if (seconds !== undefined) {
    throw finiteRetentionError(server, `${seconds} s`, `influx bucket update --id ${bucket.id} --retention 0`)
  }
  return findMissingDbrpMapping(server, bucket)
}

async function findBucket(server: InfluxClient): Promise<Bucket | undefined> {
  const filter = new URLSearchParams({ org: server.org, name: server.bucket })
  const { status, text } = await server.request(`/api/v2/buckets?${filter}`)
  if (status === 404) return undefined
  if (status >= 300) throw errorFromResponse(server.address, status, text)
  const { buckets } = JSON.parse(text) as { buckets: Bucket[] }
  return buckets.find(({ name }) => name === server.bucket)
}

async function createBucket(server: InfluxClient): Promise<void> {
  const { org, bucket: name } = server
  const { orgs } = await server.requestJson<{ orgs: { id: string }[] }>(
    `/api/v2/orgs?${new URLSearchParams({ org })}`,
  )
  const body = JSON.stringify({ orgID: orgs[0]?.id, name, retentionRules: [] })
  await server.requestJson('/api/v2/buckets', { method: 'POST', body })
}

interface DbrpMapping {
  bucketID: string
  default: boolean
}

/** Return the DBRP mapping if missing; it maps the database name of InfluxQL to the bucket. */
async function findMissingDbrpMapping(
  server: InfluxClient,
  bucket: Bucket,
): Promise<MissingResource | undefined> {
  const { bucket: db, org, address } = server
  const filter = new URLSearchParams({ org, db })
  const { content } = await server.requestJson<{ content: DbrpMapping[] }>(`/api/v2/dbrps?${filter}`)
  const defaultMapping = content.find((mapping) => mapping.default)
  if (defaultMapping?.bucketID === bucket.id) return undefined
  if (defaultMapping !== undefined) {
    throw new SeriesRejectedError(
      `the database ${db} of InfluxDB at ${address} is mapped to another bucket (${defaultMapping.bucketID}): choose another INFLUX_BUCKET`,
    )
  }
  const body = { bucketID: bucket.id, orgID: bucket.orgID, database: db, retention_policy: 'autogen' }
  return {
    description: `the DBRP mapping of the bucket ${db}`,
    command: `influx v1 dbrp create --org ${org} --bucket-id ${bucket.id} --db ${db} --rp autogen --default`,
    create: () =>
      server.requestJson('/api/v2/dbrps', {
        method: 'POST',
        body: JSON.stringify({ ...body, default: true }),
      }),
  }
}

async function findMissingDatabaseV3(server: InfluxClient): Promise<MissingResource | undefined> {
  const { bucket: db } = server
  const path = '/api/v3/configure/database'
  const known = await server.requestJson<Record<string, string>[]>(`${path}?format=json`)
  if (known.some((row) => Object.values(row).includes(db))) return undefined
  return {
    description: `the database ${db}`,
    command: `influxdb3 create database ${db}`,
    create: () => server.requestJson(path, { method: 'POST', body: JSON.stringify({ db }) }),
  }
}

/**
 * Return the error for retention by the server: it would delete the cursors as well, and reject late writes for ever.
 */
function finiteRetentionError({ bucket, address }: InfluxClient, after: string, command: string): Error {
  return new SeriesRejectedError(
    `${bucket} of InfluxDB at ${address} deletes data after ${after}: set it to keep everything (${command}); series.retention says what Forewarn deletes`,
  )
}

function quoteIdentifier(name: string): string {
  return `"${name.replace(/["\\]/g, '\\$&')}"`
}
