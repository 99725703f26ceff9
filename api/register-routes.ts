import type { FastifyInstance } from 'fastify'
import type { ApiDependencies } from './dependencies.ts'
import { backupRoutes } from './routes/backups.ts'
import { contactRoutes } from './routes/contacts.ts'
import { deadLetterRoutes } from './routes/dead-letters.ts'
import { depotRoutes } from './routes/depots.ts'
import { deviceCommandRoutes } from './routes/device-commands.ts'
import { deviceRoutes } from './routes/devices.ts'
import { dispatchRoutes } from './routes/dispatch.ts'
import { eventRoutes } from './routes/events.ts'
import { exportRoutes } from './routes/exports.ts'
import { findingRoutes } from './routes/findings.ts'
import { healthRoutes } from './routes/health.ts'
import { historyRoutes } from './routes/history.ts'
import { importRoutes } from './routes/imports.ts'
import { incidentRoutes } from './routes/incidents.ts'
import { kindRoutes } from './routes/kinds.ts'
import { lifetimeRoutes } from './routes/lifetimes.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { noticeRoutes } from './routes/notices.ts'
import { offerRoutes } from './routes/offers.ts'
import { ownerRoutes } from './routes/owners.ts'
import { quarantineRoutes } from './routes/quarantine.ts'
import { reportRoutes } from './routes/reports.ts'
import { ruleChangeRoutes } from './routes/rule-changes.ts'
import { ruleFlagRoutes } from './routes/rule-flags.ts'
import { ruleRoutes } from './routes/rules.ts'
import { seriesRoutes } from './routes/series.ts'
import { stockRoutes } from './routes/stock.ts'
import { stockMovementRoutes } from './routes/stock-movements.ts'
import { summaryRoutes } from './routes/summary.ts'
import { technicianRoutes } from './routes/technicians.ts'
import { ticketCommandRoutes } from './routes/ticket-commands.ts'
import { ticketRoutes } from './routes/tickets.ts'
import { verdictRoutes } from './routes/verdicts.ts'

/** Register every route, by subject. */
export async function registerRoutes(app: FastifyInstance, dependencies: ApiDependencies): Promise<void> {
  const routes = [
    healthRoutes(dependencies),
    metricsRoutes(dependencies),
    deviceRoutes(dependencies),
    deviceCommandRoutes(dependencies),
    seriesRoutes(dependencies),
    findingRoutes(dependencies),
    ticketRoutes(dependencies),
    ticketCommandRoutes(dependencies),
    dispatchRoutes(dependencies),
    offerRoutes(dependencies),
    verdictRoutes(dependencies),
    ownerRoutes(dependencies),
    contactRoutes(dependencies),
    noticeRoutes(dependencies),
    technicianRoutes(dependencies),
    depotRoutes(dependencies),
    stockRoutes(dependencies),
    stockMovementRoutes(dependencies),
    eventRoutes(dependencies),
    importRoutes(dependencies),
    exportRoutes(dependencies),
    reportRoutes(dependencies),
    summaryRoutes(dependencies),
    lifetimeRoutes(dependencies),
    incidentRoutes(dependencies),
    quarantineRoutes(dependencies),
    deadLetterRoutes(dependencies),
    backupRoutes(dependencies),
    kindRoutes(dependencies),
    ruleRoutes(dependencies),
    ruleChangeRoutes(dependencies),
    ruleFlagRoutes(dependencies),
    historyRoutes(dependencies),
  ]
  for (const each of routes) await app.register(each)
}
