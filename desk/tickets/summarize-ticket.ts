import { type Evidence, type Finding, type Severity, severityRank } from '../../contract/finding.ts'

/** Finding of a ticket. */
export interface TicketFinding {
  rule: string
  state: Finding['state']
  severity: Severity
  at: Date
  evidence: Evidence
}

export interface TicketSummary {
  condition: 'active' | 'cleared'
  severity: Severity
  evidence: Evidence
}

const stateRank: Record<Finding['state'], number> = { raised: 0, updated: 1, cleared: 2 }

/**
 * Return condition, severity and evidence of a ticket as a function of the set of its findings, so that neither their
 * order of arrival nor repetition matters. Each rule counts by its latest finding; the ticket is active while any rule
 * is, and has the highest severity of the active rules (of all rules when all are cleared).
 */
export function summarizeTicket(findings: readonly [TicketFinding, ...TicketFinding[]]): TicketSummary {
  const latest = new Map<string, TicketFinding>()
  for (const finding of findings) {
    const before = latest.get(finding.rule)
    if (before === undefined || isLater(finding, before)) latest.set(finding.rule, finding)
  }
  const rules = [...latest.values()]
  const active = rules.filter(({ state }) => state !== 'cleared')
  const lead = (active.length > 0 ? active : rules).reduce(moreSevere)
  return {
    condition: active.length > 0 ? 'active' : 'cleared',
    severity: lead.severity,
    evidence: lead.evidence,
  }
}

function isLater(one: TicketFinding, other: TicketFinding): boolean {
  const later = one.at.getTime() - other.at.getTime()
  return later === 0 ? stateRank[one.state] > stateRank[other.state] : later > 0
}

function moreSevere(one: TicketFinding, other: TicketFinding): TicketFinding {
  const difference = severityRank[one.severity] - severityRank[other.severity]
  if (difference !== 0) return difference > 0 ? one : other
  return isLater(other, one) ? other : one
}
