import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { z } from 'zod'
import { ruleChangesSchema } from '../../api/schemas/rule.ts'
import { formatProblem } from '../../rules/files/rule-file-problem.ts'
import { ApiProblemError } from '../api-client.ts'
import { createOutput } from '../terminal/output.ts'
import { type ApiOptions, apiClientFor, withApiOptions } from './api-options.ts'

/** Add the commands that change the live rule set through the API of the running program. */
export function addRuleRollout(rules: Command): void {
  const reload = rules
    .command('reload')
    .description('reload the rule catalog of the running program')
    .action((options: ApiOptions) => requestChange('reload', {}, options))
  withApiOptions(reload, 'forewarn rules reload')
  const shadow = rules
    .command('shadow')
    .description('run rules in shadow mode next to the live ones; they create no tickets or notices')
    .argument('<files...>', 'rule files')
    .action(async (files: string[], options: ApiOptions) =>
      requestChange('trials', { files: await Promise.all(files.map(readRuleFile)) }, options),
    )
  withApiOptions(shadow, 'forewarn rules shadow robot_vacuum.battery_worn.yaml')
  const withdraw = rules
    .command('withdraw')
    .description('end the shadow run of a rule')
    .argument('<name>', 'name of the rule')
    .action((name: string, options: ApiOptions) =>
      requestChange(`${encodeURIComponent(name)}/withdraw`, {}, options),
    )
  withApiOptions(withdraw, 'forewarn rules withdraw robot_vacuum.battery_worn')
  const promote = rules
    .command('promote')
    .description('promote the shadow version of a rule to live')
    .argument('<name>', 'name of the rule')
    .action((name: string, options: ApiOptions) =>
      requestChange(`${encodeURIComponent(name)}/promote`, {}, options),
    )
  withApiOptions(promote, 'forewarn rules promote robot_vacuum.battery_worn')
  const rollback = rules
    .command('rollback')
    .description('roll a rule back to an earlier version')
    .argument('<name>', 'name of the rule')
    .option('--to <version>', 'version to restore (default: the previous live version)')
    .action((name: string, { to, ...options }: ApiOptions & { to?: string }) =>
      requestChange(`${encodeURIComponent(name)}/rollback`, to === undefined ? {} : { to }, options),
    )
  withApiOptions(rollback, 'forewarn rules rollback robot_vacuum.battery_worn')
}

async function requestChange(path: string, body: object, options: ApiOptions): Promise<void> {
  const output = createOutput(options)
  const by = userInfo().username
  try {
    const changed = await apiClientFor(options).post(`/api/rules/${path}`, { ...body, by }, ruleChangesSchema)
    for (const { name, version, to } of changed.changes)
      output.line(`${name} ${version} is ${statusLabels[to]}`)
    if (changed.changes.length === 0) output.line('no changes')
    output.result(changed)
  } catch (error) {
    if (error instanceof ApiProblemError)
      for (const problem of error.problem.problems) output.note(formatProblem(problem))
    throw error
  }
}

type Change = z.output<typeof ruleChangesSchema>['changes'][number]

const statusLabels: Record<Change['to'], string> = {
  live: 'live',
  shadow: 'shadow',
  retired: 'retired',
}

/** Read a rule file, with its absolute path for messages and the history. */
async function readRuleFile(file: string): Promise<{ file: string; text: string }> {
  return { file: resolve(file), text: await readFile(file, 'utf8') }
}
