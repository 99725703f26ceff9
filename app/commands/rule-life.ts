import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { z } from 'zod'
import { changedSchema } from '../../api/schemas/rule.ts'
import { showProblem } from '../../rules/files/problem.ts'
import { RefusedError } from '../running-program.ts'
import { createOutput } from '../terminal/output.ts'
import { type ProgramOptions, programFor, withProgramOptions } from './program-options.ts'

/** The commands that change the rules in force, by asking the running program. */
export function addRuleLife(rules: Command): void {
  const reload = rules
    .command('reload')
    .description('let the running program read its catalogue folder anew')
    .action((options: ProgramOptions) => change('reload', {}, options))
  withProgramOptions(reload, 'forewarn rules reload')
  const shadow = rules
    .command('shadow')
    .description('put rules on trial beside the live ones: nobody hears of what they find')
    .argument('<files...>', 'rule files')
    .action(async (files: string[], options: ProgramOptions) =>
      change('trials', { files: await Promise.all(files.map(read)) }, options),
    )
  withProgramOptions(shadow, 'forewarn rules shadow robot_vacuum.battery_worn.yaml')
  const withdraw = rules
    .command('withdraw')
    .description('end the trial of a rule')
    .argument('<name>', 'name of the rule')
    .action((name: string, options: ProgramOptions) =>
      change(`${encodeURIComponent(name)}/withdraw`, {}, options),
    )
  withProgramOptions(withdraw, 'forewarn rules withdraw robot_vacuum.battery_worn')
  const promote = rules
    .command('promote')
    .description('make the version on trial the live one')
    .argument('<name>', 'name of the rule')
    .action((name: string, options: ProgramOptions) =>
      change(`${encodeURIComponent(name)}/promote`, {}, options),
    )
  withProgramOptions(promote, 'forewarn rules promote robot_vacuum.battery_worn')
  const rollback = rules
    .command('rollback')
    .description('make an earlier version of a rule live again')
    .argument('<name>', 'name of the rule')
    .option('--to <version>', 'which one (default: the one that was live before)')
    .action((name: string, { to, ...options }: ProgramOptions & { to?: string }) =>
      change(`${encodeURIComponent(name)}/rollback`, to === undefined ? {} : { to }, options),
    )
  withProgramOptions(rollback, 'forewarn rules rollback robot_vacuum.battery_worn')
}

async function change(path: string, wish: object, options: ProgramOptions): Promise<void> {
  const output = createOutput(options.json)
  const by = userInfo().username
  try {
    const changed = await programFor(options).post(`/api/rules/${path}`, { ...wish, by }, changedSchema)
    for (const { name, version, to } of changed.changes) output.line(`${name} ${version} is ${said[to]}`)
    if (changed.changes.length === 0) output.line('nothing to change: it is so already')
    output.result(changed)
  } catch (error) {
    if (error instanceof RefusedError)
      for (const problem of error.problem.problems) output.note(showProblem(problem))
    throw error
  }
}

type Change = z.output<typeof changedSchema>['changes'][number]

const said: Record<Change['to'], string> = {
  live: 'live',
  shadow: 'on trial',
  retired: 'not in force any more',
}

/** With its whole path, for messages and the history. */
async function read(file: string): Promise<{ file: string; text: string }> {
  return { file: resolve(file), text: await readFile(file, 'utf8') }
}
