import { Client } from 'pg'
import { errorMessage } from '../../lib/error-message.ts'
import { redactUrls } from '../settings/redact.ts'
import { connectionFailure, type DoctorCheck, fail, ok } from './check.ts'

const NAME = 'postgresql'
const TIMEOUT_MS = 5_000
const MIN_MAJOR_VERSION = 14

interface ServerInfo {
  version: number
  name: string
  may_create: boolean
}

/** Check that PostgreSQL is available, recent enough, and permits the creation of tables. */
export async function checkPostgres(url: string): Promise<DoctorCheck> {
  const redactedUrl = redactUrls(url)
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  })
  try {
    await client.connect()
    const { rows } = await client.query<ServerInfo>(
      `select current_setting('server_version_num')::int / 10000 as version, current_database() as name,
              has_database_privilege(current_database(), 'create') as may_create`,
    )
    return evaluateServer(redactedUrl, rows[0])
  } catch (error) {
    return connectionFailure(error, NAME, {
      detail: `${redactedUrl} cannot be used: ${errorMessage(error)}`,
      remedy: 'start PostgreSQL, or correct DATABASE_URL: its host, port, user, password and database',
    })
  } finally {
    await client.end()
  }
}

function evaluateServer(shown: string, answer: ServerInfo | undefined): DoctorCheck {
  if (!answer)
    return fail(NAME, `${shown} gave no answer`, 'check that DATABASE_URL leads to a PostgreSQL server')
  const { version, name, may_create } = answer
  if (version < MIN_MAJOR_VERSION) {
    return fail(NAME, `${shown} is PostgreSQL ${version}`, `use PostgreSQL ${MIN_MAJOR_VERSION} or newer`)
  }
  if (!may_create) {
    const remedy = `as its owner: GRANT CREATE ON DATABASE ${name} TO the user of DATABASE_URL`
    return fail(NAME, `${shown} does not let us make schemas and tables`, remedy)
  }
  return ok(NAME, `${shown} answers, PostgreSQL ${version}`)
}
