import type { Settings } from '../settings/schema.ts'
import { checkDataFolder } from './data-folder.ts'
import { checkPorts, checkQueue, checkRecords } from './doctor.ts'
import { isForewarn } from './ports.ts'

/** What a start needs is not there. The message tells each problem and how to mend it, one a line. */
export class StartError extends Error {
  override readonly name = 'StartError'

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
  }
}

/**
 * Looks at what a start cannot do without: the data folder, the ports, and the databases that run elsewhere. The
 * broker is not among them: it may come later.
 * @throws StartError
 */
export async function checkStart(settings: Settings): Promise<void> {
  const { dataDir, journal, http } = settings
  const [folder, ports, ...databases] = await Promise.all([
    checkDataFolder(dataDir, journal.maxBytes),
    checkPorts(settings, { isRunning: false }),
    checkQueue(settings),
    checkRecords(settings),
  ])
  const problems = [folder, ...ports, ...databases.flat()].flatMap((check) =>
    check.status === 'fail' ? [`${check.detail}; ${check.mend}`] : [],
  )
  if (ports.some(({ status }) => status === 'fail') && (await isForewarn(http))) {
    problems.unshift('a Forewarn runs already; a second one needs a data folder and ports of its own')
  }
  if (problems.length > 0) throw new StartError(problems)
}
