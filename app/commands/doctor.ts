import type { Command } from 'commander'
import { errorMessage } from '../../lib/error-message.ts'
import { formatProblem } from '../../rules/files/rule-file-problem.ts'
import type { DoctorCheck } from '../doctor/check.ts'
import type { Settings } from '../settings/schema.ts'
import { CommandError, createOutput } from '../terminal/output.ts'
import { type CommonOptions, loadCommandSettings, withCommonOptions } from './common.ts'

const statusMarks = { ok: '✓', warn: '!', fail: '✗', away: '✗' } as const

export function defineDoctor(command: Command): void {
  command.action(runDoctorCommand)
  withCommonOptions(command, 'forewarn doctor')
}

async function runDoctorCommand(options: CommonOptions): Promise<void> {
  const { settings } = loadCommandSettings(options)
  const output = createOutput(options)
  const { runDoctor } = await import('../doctor/doctor.ts')
  const checks = await runDoctor({ settings, checkRules: () => ruleProblems(settings), now: Date.now })
  for (const check of checks) output.line(describe(check))
  const failed = checks.filter(({ status }) => status === 'fail' || status === 'away').length
  if (failed > 0) throw new CommandError(`${failed} of ${checks.length} checks failed`, { failed, checks })
  output.result({ failed, checks })
}

function describe(check: DoctorCheck): string {
  const said = `${statusMarks[check.status]} ${check.name.padEnd(14)} ${check.detail.replaceAll('\n', `\n${' '.repeat(17)}`)}`
  return check.status === 'ok' ? said : `${said}\n${' '.repeat(17)}→ ${check.remedy}`
}

async function ruleProblems(settings: Settings): Promise<string[]> {
  const { validateCatalog } = await import('../../rules/files/rule-catalog.ts')
  const { catalogFrom, loadVocabulary } = await import('../wiring/rule-vocabulary.ts')
  try {
    const { problems } = await validateCatalog(catalogFrom(settings), await loadVocabulary(settings))
    return problems.map(formatProblem)
  } catch (error) {
    return [errorMessage(error)]
  }
}
