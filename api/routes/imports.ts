import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { importDevices } from '../csv/devices.ts'
import { firstProblems, importTable } from '../csv/import-export.ts'
import type { ImportPlan } from '../csv/import-plan.ts'
import { ownersTable } from '../csv/owners.ts'
import { stockTable } from '../csv/stock.ts'
import { techniciansTable } from '../csv/technicians.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { commandHeaders, IdempotentCommands } from '../idempotent-commands.ts'
import { problemResponses } from '../problem.ts'
import { type ImportableTableName, importResultSchema, maxImportBytes } from '../schemas/import-result.ts'

const csv = 'text/csv'

const query = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Validate and report the changes without importing.'),
})

const file = z
  .unknown()
  .transform((body, context) => {
    if (Buffer.isBuffer(body)) return body
    context.addIssue({ code: 'custom', message: `expected a file, with the content type ${csv}` })
    return z.NEVER
  })
  .meta({ type: 'string', description: 'CSV in UTF-8; its first line names the columns.' })

/** Tables of the records that can be imported. */
const tables = {
  owners: (options: ImportRequest) => importTable(options.trx, ownersTable, options),
  technicians: (options: ImportRequest) => importTable(options.trx, techniciansTable, options),
  stock: (options: ImportRequest) => importTable(options.trx, stockTable, options),
} satisfies Record<RecordsTableName, unknown>

type ImportRequest = Parameters<typeof importTable>[2] & { trx: Parameters<typeof importTable>[0] }
type RecordsTableName = Exclude<ImportableTableName, 'devices'>

/** Register the imports of devices, people and parts: a file is imported completely or not at all. */
export function importRoutes({
  records,
  registration,
  now,
}: Pick<ApiDependencies, 'records' | 'registration' | 'now'>): FastifyPluginAsyncZod {
  const commands = new IdempotentCommands({ records, now })
  const schema = (what: string) => ({
    tags: ['exchange'],
    summary: `Import ${what} from a CSV file, all or nothing`,
    consumes: [csv],
    querystring: query,
    headers: commandHeaders,
    body: file,
    response: {
      200: importResultSchema,
      ...problemResponses('payload_too_large', 'import_invalid', ...IdempotentCommands.errorCodes),
    },
  })
  return async (app) => {
    app.addContentTypeParser(csv, { parseAs: 'buffer', bodyLimit: maxImportBytes }, (_request, body, done) =>
      done(null, body),
    )
    for (const [name, take] of Object.entries(tables) as [
      RecordsTableName,
      (typeof tables)[RecordsTableName],
    ][]) {
      app.post(`/api/import/${name}`, {
        bodyLimit: maxImportBytes,
        schema: schema(name),
        handler: (request, reply) =>
          commands.runInTransaction({ request, reply }, async (trx) => {
            const dryRun = request.query.dryRun === 'true'
            return {
              body: toResponse(
                await take({ trx, bytes: request.body, now: new Date(now()), dryRun }),
                dryRun,
              ),
            }
          }),
      })
    }

    app.post('/api/import/devices', {
      bodyLimit: maxImportBytes,
      schema: {
        ...schema('devices'),
        response: {
          200: importResultSchema,
          ...problemResponses(
            'payload_too_large',
            'import_invalid',
            'command_rejected',
            ...IdempotentCommands.errorCodes,
          ),
        },
        description: 'Messages of the devices are accepted immediately; device lists follow within seconds.',
      },
      handler: (request, reply) =>
        commands.runWithClaim({ request, reply }, async () => {
          const dryRun = request.query.dryRun === 'true'
          return {
            body: toResponse(
              await importDevices(registration, { bytes: request.body, dryRun, now: now() }),
              dryRun,
            ),
          }
        }),
    })
  }
}

/** @throws ApiError `import_invalid` */
function toResponse(plan: ImportPlan<unknown>, dryRun: boolean): z.output<typeof importResultSchema> {
  const { rows, unchanged, problems } = plan
  if (problems.length === 0)
    return { dryRun, rows, new: plan.new.length, changed: plan.changed.length, unchanged }
  const listed = firstProblems(problems)
  const first = listed[0]
  const where = first === undefined ? '' : `; the first is in line ${first.line}`
  const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`
  throw new ApiError('import_invalid', `${count} in ${rows} rows${where}.`, { rows: listed })
}
