import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { Commands, commandHeaders } from '../commands.ts'
import { importDevices } from '../csv/devices.ts'
import { ownersTable } from '../csv/owners.ts'
import type { Plan } from '../csv/plan.ts'
import { firstProblems, importTable } from '../csv/records-table.ts'
import { stockTable } from '../csv/stock.ts'
import { techniciansTable } from '../csv/technicians.ts'
import { ApiError } from '../errors.ts'
import type { ApiParts } from '../parts.ts'
import { problemResponses } from '../problem.ts'
import { type ImportName, importedSchema, maxImportBytes } from '../schemas/imported.ts'

const csv = 'text/csv'

const query = z.strictObject({
  dryRun: z.enum(['true', 'false']).default('false').describe('Only says what would be done.'),
})

const file = z
  .unknown()
  .transform((body, context) => {
    if (Buffer.isBuffer(body)) return body
    context.addIssue({ code: 'custom', message: `expected a file, with the content type ${csv}` })
    return z.NEVER
  })
  .meta({ type: 'string', description: 'CSV in UTF-8; its first line names the columns.' })

/** Tables of the records that a file may bring. */
const tables = {
  owners: (options: Importing) => importTable(options.trx, ownersTable, options),
  technicians: (options: Importing) => importTable(options.trx, techniciansTable, options),
  stock: (options: Importing) => importTable(options.trx, stockTable, options),
} satisfies Record<TableName, unknown>

type Importing = Parameters<typeof importTable>[2] & { trx: Parameters<typeof importTable>[0] }
type TableName = Exclude<ImportName, 'devices'>

/** Files that bring devices, people and parts: each as a whole, or not at all. */
export function importRoutes({
  records,
  enrolment,
  now,
}: Pick<ApiParts, 'records' | 'enrolment' | 'now'>): FastifyPluginAsyncZod {
  const commands = new Commands({ records, now })
  const schema = (what: string) => ({
    tags: ['exchange'],
    summary: `Takes ${what} from a CSV file: all of it, or nothing`,
    consumes: [csv],
    querystring: query,
    headers: commandHeaders,
    body: file,
    response: {
      200: importedSchema,
      ...problemResponses('payload_too_large', 'import_invalid', ...Commands.problems),
    },
  })
  return async (app) => {
    app.addContentTypeParser(csv, { parseAs: 'buffer', bodyLimit: maxImportBytes }, (_request, body, done) =>
      done(null, body),
    )
    for (const [name, take] of Object.entries(tables) as [TableName, (typeof tables)[TableName]][]) {
      app.post(`/api/import/${name}`, {
        bodyLimit: maxImportBytes,
        schema: schema(name),
        handler: (request, reply) =>
          commands.run({ request, reply }, async (trx) => {
            const dryRun = request.query.dryRun === 'true'
            return {
              body: answer(await take({ trx, bytes: request.body, now: new Date(now()), dryRun }), dryRun),
            }
          }),
      })
    }

    app.post('/api/import/devices', {
      bodyLimit: maxImportBytes,
      schema: {
        ...schema('devices'),
        response: {
          200: importedSchema,
          ...problemResponses('payload_too_large', 'import_invalid', 'command_refused', ...Commands.problems),
        },
        description: 'They are known at once to who accepts their messages, and in the lists a moment later.',
      },
      handler: (request, reply) =>
        commands.claim({ request, reply }, async () => {
          const dryRun = request.query.dryRun === 'true'
          return { body: answer(await importDevices(enrolment, { bytes: request.body, dryRun }), dryRun) }
        }),
    })
  }
}

/** @throws ApiError `import_invalid` */
function answer(plan: Plan<unknown>, dryRun: boolean): z.output<typeof importedSchema> {
  const { rows, unchanged, problems } = plan
  if (problems.length === 0)
    return { dryRun, rows, new: plan.new.length, changed: plan.changed.length, unchanged }
  const listed = firstProblems(problems)
  const first = listed[0]
  const where = first === undefined ? '' : `; the first is in line ${first.line}`
  const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`
  throw new ApiError('import_invalid', `${count} in ${rows} rows${where}.`, { rows: listed })
}
