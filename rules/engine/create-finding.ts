import { createHash } from 'node:crypto'
import type { Evidence, Finding } from '../../contract/finding.ts'
import type { Rule } from '../files/rule.ts'
import type { FindingChange } from './lifecycle.ts'

export interface FindingContext {
  device: string
  epoch: number
  at: number
  evidence: Evidence
  trial: TrialMark
}

/** Trial fields of findings: `trial` of both versions, `shadow` of the version on trial alone. */
export type TrialMark = Pick<Finding, 'shadow' | 'trial'>

type FindingRule = Pick<Rule, 'name' | 'version' | 'component' | 'severity' | 'notice' | 'ticket'>

/** Create the finding for a change. Its id is a hash of what identifies the change: the same inputs give the same id. */
export function createFinding(
  rule: FindingRule,
  change: FindingChange,
  { device, epoch, at, evidence, trial }: FindingContext,
): Finding {
  const { name, version, component, severity, notice, ticket } = rule
  const identity = [device, component, epoch, name, change.episode, change.state, change.update, at]
  if (trial.shadow) identity.push(`trial ${trial.trial}`)
  const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex')
  return {
    id: `f-${hash.slice(0, 20)}`,
    device,
    component,
    epoch,
    rule: name,
    version,
    state: change.state,
    severity,
    at,
    evidence,
    ...(notice === undefined || change.muted || trial.shadow ? {} : { notice }),
    ...(ticket === undefined || trial.shadow ? {} : { ticket }),
    ...trial,
  }
}
