import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { buildMonthlyReport } from '../../desk/reports/monthly-report.ts'
import { reportLocales } from '../../desk/reports/page/report-texts.ts'
import { monthPeriod, PeriodError } from '../../desk/reports/period.ts'
import { renderReportCsv } from '../../desk/reports/report-csv.ts'
import { renderReportPage } from '../../desk/reports/report-page.tsx'
import { reportSchema } from '../../desk/reports/report-schema.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { problemResponses } from '../problem.ts'

const query = z.strictObject({
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'expected a month such as 2026-06')
    .describe('The current month is reported up to now.'),
  timeZone: z.string().min(1).max(100).default('UTC').describe('IANA time zone of the month and its days.'),
  format: z.enum(['json', 'html', 'csv']).default('json'),
  locale: z.enum(reportLocales).default('en').describe('Language of the HTML page.'),
})

/** Register the reports of the service desk. */
export function reportRoutes({
  records,
  detectors,
  now,
}: Pick<ApiDependencies, 'records' | 'detectors' | 'now'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/reports/monthly', {
      schema: {
        tags: ['reports'],
        summary: 'Get the monthly service report: KPIs, faults, part demand, technician performance',
        querystring: query,
        response: {
          200: {
            description: 'Report in the requested format',
            content: {
              'application/json': { schema: reportSchema },
              'text/html': { schema: z.string() },
              'text/csv': { schema: z.string() },
            },
          },
          ...problemResponses(),
        },
      },
      handler: async ({ query: { month, timeZone, format, locale } }, reply) => {
        const period = periodOf(month, timeZone)
        const report = await buildMonthlyReport(records, {
          ...period,
          timeZone,
          detectors,
          now: new Date(now()),
        })
        switch (format) {
          case 'json':
            return report
          case 'html':
            return reply.type('text/html; charset=utf-8').send(renderReportPage(report, locale))
          case 'csv':
            return reply
              .type('text/csv; charset=utf-8')
              .header('content-disposition', `attachment; filename="service-${month}.csv"`)
              .send(renderReportCsv(report))
        }
      },
    })
  }
}

/** @throws ApiError `invalid_request` for an unknown time zone */
function periodOf(month: string, timeZone: string) {
  try {
    return monthPeriod(month, timeZone)
  } catch (error) {
    if (error instanceof PeriodError)
      throw new ApiError('invalid_request', `In the querystring: ${error.message}.`)
    throw error
  }
}
