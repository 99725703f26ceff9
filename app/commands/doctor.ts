import type { Command } from 'commander'
import { messageOf } from '../../lib/errors.ts'
import { checkRules } from '../../rules/files/load-rules.ts'
import { showProblem } from '../../rules/files/problem.ts'
import type { Check } from '../doctor/check.ts'
import { vocabularyOf } from '../parts/rules.ts'
import type { Settings } from '../settings/schema.ts'
import { CommandError, createOutput } from '../terminal/output.ts'
import { type CommonOptions, settingsFor, withCommonOptions } from './common.ts'

const marks = { ok: '✓', warn: '!', fail: '✗', away: '✗' } as const

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('say what is configured, what is reachable, what is missing, and how to mend it')
    .action(doctor)
  withCommonOptions(command, 'forewarn doctor')
}

async function doctor(options: CommonOptions): Promise<void> {
  const { settings } = settingsFor(options)
  const output = createOutput(options.json)
  const { runDoctor } = await import('../doctor/doctor.ts')
  const checks = await runDoctor({ settings, checkRules: () => ruleProblems(settings), now: Date.now })
  for (const check of checks) output.line(describe(check))
  const failed = checks.filter(({ status }) => status === 'fail' || status === 'away').length
  if (failed > 0) throw new CommandError(`${failed} of ${checks.length} checks failed`, { failed, checks })
  output.result({ failed, checks })
}

function describe(check: Check): string {
  const said = `${marks[check.status]} ${check.name.padEnd(14)} ${check.detail.replaceAll('\n', `\n${' '.repeat(17)}`)}`
  return check.status === 'ok' ? said : `${said}\n${' '.repeat(17)}→ ${check.mend}`
}

async function ruleProblems(settings: Settings): Promise<string[]> {
  try {
    const { problems } = await checkRules([settings.rules.catalogDir], await vocabularyOf(settings))
    return problems.map(showProblem)
  } catch (error) {
    return [messageOf(error)]
  }
}
