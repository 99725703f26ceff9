import { Client } from 'pg'
import { messageOf } from '../../lib/errors.ts'
import { redact } from '../settings/redact.ts'
import { type Check, fail, ok, unusable } from './check.ts'

const NAME = 'postgresql'
const PATIENCE_MS = 5_000
const OLDEST_MAJOR = 14

interface Answer {
  version: number
  name: string
  may_create: boolean
}

/** Whether PostgreSQL answers, is new enough, and lets us make our tables. */
export async function checkPostgres(url: string): Promise<Check> {
  const shown = redact(url)
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  })
  try {
    await client.connect()
    const { rows } = await client.query<Answer>(
      `select current_setting('server_version_num')::int / 10000 as version, current_database() as name,
              has_database_privilege(current_database(), 'create') as may_create`,
    )
    return judge(shown, rows[0])
  } catch (error) {
    return unusable(error, NAME, {
      detail: `${shown} cannot be used: ${messageOf(error)}`,
      mend: 'start PostgreSQL, or correct DATABASE_URL: its host, port, user, password and database',
    })
  } finally {
    await client.end()
  }
}

function judge(shown: string, answer: Answer | undefined): Check {
  if (!answer)
    return fail(NAME, `${shown} gave no answer`, 'check that DATABASE_URL leads to a PostgreSQL server')
  const { version, name, may_create } = answer
  if (version < OLDEST_MAJOR) {
    return fail(NAME, `${shown} is PostgreSQL ${version}`, `use PostgreSQL ${OLDEST_MAJOR} or newer`)
  }
  if (!may_create) {
    const mend = `as its owner: GRANT CREATE ON DATABASE ${name} TO the user of DATABASE_URL`
    return fail(NAME, `${shown} does not let us make schemas and tables`, mend)
  }
  return ok(NAME, `${shown} answers, PostgreSQL ${version}`)
}
