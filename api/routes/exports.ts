import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Records } from '../../store/records/schema.ts'
import { devicesTable } from '../csv/devices.ts'
import { exportTable } from '../csv/import-export.ts'
import { ownersTable } from '../csv/owners.ts'
import { stockTable } from '../csv/stock.ts'
import { techniciansTable } from '../csv/technicians.ts'
import { ticketsTable } from '../csv/tickets.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { problemResponses } from '../problem.ts'
import { emptyQuery } from '../schemas/fields.ts'

const csv = 'text/csv'
/** Limit of concurrent exports; each reads a whole table. */
const maxExports = 4

const tables: Record<string, (db: Kysely<Records>) => AsyncGenerator<string>> = {
  devices: (db) => exportTable(db, devicesTable),
  owners: (db) => exportTable(db, ownersTable),
  technicians: (db) => exportTable(db, techniciansTable),
  stock: (db) => exportTable(db, stockTable),
  tickets: (db) => exportTable(db, ticketsTable),
}

/** Register the exports of tables as CSV files, which can be imported again. */
export function exportRoutes({ records }: Pick<ApiDependencies, 'records'>): FastifyPluginAsyncZod {
  let openExports = 0
  return async (app) => {
    for (const [name, linesOf] of Object.entries(tables)) {
      app.get(`/api/export/${name}`, {
        schema: {
          tags: ['exchange'],
          summary: `Export all ${name} as CSV`,
          description:
            'CSV as in RFC 4180. Cells that a spreadsheet would read as a formula are prefixed with an apostrophe; an ' +
            'import removes it.',
          querystring: emptyQuery,
          response: {
            200: { description: 'The table.', content: { [csv]: { schema: z.unknown() } } },
            ...problemResponses('too_many_requests'),
          },
        },
        handler: async (_request, reply) => {
          if (openExports >= maxExports)
            throw new ApiError('too_many_requests', `Too many exports are running (${openExports}).`)
          openExports += 1
          const stream = Readable.from(await withFirstChunk(linesOf(records)).catch(release)).once(
            'close',
            () => {
              openExports -= 1
            },
          )
          const disposition = `attachment; filename="${name}.csv"`
          return reply.type(`${csv}; charset=utf-8`).header('content-disposition', disposition).send(stream)
        },
      })
    }
  }

  function release(error: unknown): never {
    openExports -= 1
    throw error
  }
}

/** Wait for the first lines and yield the same lines: an error before them is still sent as a problem. */
async function withFirstChunk(lines: AsyncGenerator<string>): Promise<AsyncGenerator<string>> {
  const first = await lines.next()
  return (async function* () {
    if (!first.done) yield first.value
    yield* lines
  })()
}
