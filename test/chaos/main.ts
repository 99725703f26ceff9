import { Command, InvalidArgumentError, Option } from 'commander'
import { roleNames } from '../../app/roles.ts'
import { runChaos } from './chaos.ts'
import type { DeploymentProfile } from './environment.ts'

interface Options {
  kills: number
  faults: number
  seed: number
  profile: DeploymentProfile
  devices: number
  readings: number
  stallTimeout: number
  killBroker: boolean
  processes: number
  allRoles: boolean
  log?: string
  json: boolean
}

const maxListedViolations = 20

const options = new Command('chaos')
  .description('run a fleet with faults, and compare the final state with a run without faults')
  .option('--kills <n>', 'kills of the program and its servers, while devices publish', wholeNumber, 20)
  .option('--faults <n>', 'other faults: pauses, restarts, networks', wholeNumber, 20)
  .option('--seed <n>', 'of the fleet and the faults', wholeNumber, 1)
  .addOption(
    new Option('--profile <name>', 'backends of the installation')
      .choices(['embedded', 'production'])
      .default('embedded'),
  )
  .option('--devices <n>', 'in the fleet', wholeNumber, 40)
  .option('--readings <n>', 'of each device', wholeNumber, 150)
  .option('--stall-timeout <s>', 'give up after this time without progress', wholeNumber, 420)
  .option(
    '--processes <n>',
    'of each role, that share the work; 0: one process does everything',
    wholeNumber,
    0,
  )
  .option('--all-roles', 'each of them has all roles', false)
  .option(
    '--kill-broker',
    'also kill Mosquitto, which loses acknowledged messages that it had not written',
    false,
  )
  .option('--log <file>', 'for what the processes of the run with faults say')
  .option('--json', 'print only the result, as JSON', false)
  .parse()
  .opts<Options>()

process.exitCode = await main(options)

/** @returns the exit code */
async function main({
  kills,
  faults,
  stallTimeout,
  profile,
  killBroker,
  processes: count,
  allRoles,
  log,
  json,
  ...size
}: Options): Promise<number> {
  const startedAt = Date.now()
  const say = (text: string) => {
    const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6)
    process.stderr.write(`${seconds} s  ${text}\n`)
  }
  const { seed, devices, readings } = size
  const { passed, report, violations, disturbed } = await runChaos({
    parts: profile,
    size: { seed, devices, readings },
    kills,
    faults,
    killBroker,
    processes: processesOf(count, allRoles),
    ...(log !== undefined && { logFile: log }),
    stallTimeoutMs: stallTimeout * 1_000,
    say,
  })
  for (const { code, signal, stderrTail } of disturbed.unexpectedExits)
    say(`the program ended with ${code ?? signal}:\n${stderrTail}`)
  for (const [promise, words] of Object.entries(violations) as [string, string[]][]) {
    for (const each of words.slice(0, maxListedViolations)) say(`${promise}: ${each}`)
    if (words.length > maxListedViolations) say(`${promise}: and ${words.length - maxListedViolations} more`)
  }
  process.stdout.write(`${JSON.stringify(report, undefined, json ? 0 : 2)}\n`)
  return passed ? 0 : 1
}

function processesOf(count: number, allRoles: boolean): string[] {
  const each = allRoles ? [roleNames.join(',')] : roleNames
  return each.flatMap((roles) => Array.from({ length: count }, () => roles))
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('Give a whole number from 0.')
  return value
}
