import { ExpectedError } from '../../lib/expected-error.ts'
import type { Settings } from '../settings/schema.ts'
import { checkChannels } from './channels.ts'
import type { DoctorCheck } from './check.ts'
import { checkDataFolder } from './data-folder.ts'
import { checkMqtt, checkPorts, checkQueue, checkRecords, checkSeries } from './doctor.ts'
import { checkJournal } from './journal.ts'
import { isForewarnRunning } from './ports.ts'

/** A requirement of the start is not met. The message has each problem with its remedy, one per line. */
export class StartupError extends ExpectedError {
  override readonly name = 'StartupError'

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
  }
}

/**
 * Check the requirements of a start: the data folder, the ports and the external services.
 * @returns descriptions of the services to wait for. Not the broker: the program runs without it and reports that.
 * @throws StartupError for problems that waiting cannot fix
 */
export async function runStartupChecks(settings: Settings): Promise<string[]> {
  const { dataDir, journal, http } = settings
  const [folder, ports, broker, channels, ...databases] = await Promise.all([
    checkDataFolder(dataDir, journal.maxBytes),
    checkPorts(settings, { isRunning: false }),
    checkMqtt(settings),
    checkChannels(settings),
    checkJournal(settings),
    checkQueue(settings),
    checkRecords(settings),
    checkSeries(settings),
  ])
  const needed = databases.flat()
  const wrong = messagesWithStatus('fail', [folder, ...ports, ...broker, ...channels, ...needed])
  if (ports.some(({ status }) => status === 'fail') && (await isForewarnRunning(http))) {
    wrong.unshift('a Forewarn runs already; a second one needs a data folder and ports of its own')
  }
  if (wrong.length > 0) throw new StartupError(wrong)
  return messagesWithStatus('away', needed)
}

function messagesWithStatus(wanted: 'fail' | 'away', checks: readonly DoctorCheck[]): string[] {
  return checks.flatMap((check) => (check.status === wanted ? [`${check.detail}; ${check.remedy}`] : []))
}
