import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { z } from 'zod'
import { ruleChangesSchema, rulesDiffSchema } from '../../api/schemas/rule.ts'
import { formatProblem } from '../../rules/files/rule-file-problem.ts'
import { ApiProblemError } from '../api-client.ts'
import { createOutput, type Output } from '../terminal/output.ts'
import { type ApiOptions, apiClientFor, withApiOptions } from './api-options.ts'

/** Add the commands that change the live rule set through the API of the running program. */
export function addRuleRollout(rules: Command): void {
  const reload = rules
    .command('reload')
    .description('reload the device kinds and rules of the running program')
    .option('--accept-removals', 'also when files of several live rules are gone', false)
    .action(({ acceptRemovals, ...options }: ApiOptions & { acceptRemovals: boolean }) =>
      requestChange('reload', { acceptRemovals }, options),
    )
  withApiOptions(reload, 'forewarn rules reload')
  const diff = rules
    .command('diff')
    .description('show what a reload would change in the running program')
    .action(runDiff)
  withApiOptions(diff, 'forewarn rules diff')
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

async function runDiff(options: ApiOptions): Promise<void> {
  const output = createOutput(options)
  const diff = await withProblems(output, () => apiClientFor(options).get('/api/rules/diff', rulesDiffSchema))
  for (const { name, version, to, differences, openTickets } of diff.changes) {
    const tickets = openTickets === 0 ? '' : `; ${openTickets} active tickets would be cleared`
    output.line(`${to === 'retired' ? '-' : differences.length > 0 ? '~' : '+'} ${name} ${version}${tickets}`)
    for (const { field, from, to } of differences)
      output.line(`    ${field}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`)
  }
  for (const file of diff.kindFiles) output.line(`~ ${file}`)
  if (diff.changes.length + diff.kindFiles.length === 0) output.line('no changes')
  if (diff.needsAcceptance)
    output.line(
      'a reload is rejected unless it accepts the removals: forewarn rules reload --accept-removals',
    )
  output.result(diff)
}

/** Run a request; print the problems of rule files before an error goes on. */
async function withProblems<T>(output: Output, request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (error) {
    if (error instanceof ApiProblemError)
      for (const problem of error.problem.problems) output.note(formatProblem(problem))
    throw error
  }
}

async function requestChange(path: string, body: object, options: ApiOptions): Promise<void> {
  const output = createOutput(options)
  const by = userInfo().username
  const changed = await withProblems(output, () =>
    apiClientFor(options).post(`/api/rules/${path}`, { ...body, by }, ruleChangesSchema),
  )
  for (const { name, version, to } of changed.changes)
    output.line(`${name} ${version} is ${statusLabels[to]}`)
  for (const file of changed.kindFiles) output.line(`${file} changed`)
  if (changed.changes.length + changed.kindFiles.length === 0) output.line('no changes')
  output.result(changed)
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
