import { randomUUID } from 'node:crypto'
import { topics } from '../../../contract/topics.ts'
import { createAcceptance } from '../../../ingest/acceptance/acceptance.ts'
import { ServerClock } from '../../../ingest/clock/server-clock.ts'
import { silentLogger } from '../../../lib/logging/logger.ts'
import { monotonicNow } from '../../../lib/monotonic-clock.ts'
import { releasedAt } from '../../../lib/release-date.ts'
import { openRuleRollout, type RuleRollout } from '../../../rules/rollout/rule-rollout.ts'
import type { RunningConsumer } from '../../../store/journal/consume.ts'
import type { ConsumerGap } from '../../../store/journal/history/resume.ts'
import { broadcast } from '../../../store/journal/partitions.ts'
import { createRuleArchive } from '../../../store/records/rule-archive.ts'
import { createGapLog } from '../../logging/gap-log.ts'
import { logRuleChanges } from '../../logging/log-rule-changes.ts'
import type { ForewarnOptions } from '../../options.ts'
import { loadPlugins } from '../../plugins/load-plugins.ts'
import { Shutdown } from '../../shutdown.ts'
import { acceptanceLimitsFrom, createKindCatalog } from '../ingest-settings.ts'
import { catalogFrom, kindFoldersFrom, loadVocabulary } from '../rule-vocabulary.ts'
import { startPeriodicWork } from '../start-periodic-work.ts'
import type { ConsumerRolesOptions } from './consumer-roles.ts'
import { createRuleChangeLock } from './exclusive-changes.ts'
import type { SharedParts } from './open-shared-parts.ts'
import { SharedRegistry } from './shared-registry.ts'

export type CommonParts = Awaited<ReturnType<typeof prepareCommonParts>>

/** What several roles need: the rules, the registered devices, the clock. */
export async function prepareCommonParts(
  { settings, now, onError, log = silentLogger }: ForewarnOptions,
  parts: SharedParts,
  shutdown: Shutdown,
) {
  const { journal, readers, records, series, metrics } = parts
  const plugins = await loadPlugins(settings.plugins)
  const vocabulary = await loadVocabulary(settings, plugins)
  const setKinds = (kinds: typeof vocabulary.kinds) => {
    vocabulary.kinds = kinds
  }
  const registry = new SharedRegistry({
    partitions: journal.partitions,
    onKinds: setKinds,
    onError: (error) => onError(error, 'registry'),
  })
  const exclusive = createRuleChangeLock(records.db)
  const rollout = await openRuleRollout({
    exclusive,
    journal: broadcast(readers),
    references: vocabulary,
    catalog: catalogFrom(settings),
    kindFolders: kindFoldersFrom(settings),
    acceptRemovals: settings.rules.removals === 'accept',
    onKinds: setKinds,
    archive: createRuleArchive(records.db),
    now,
  })
  registry.onRuleSet = () => rollout.refresh()
  await registry.start()
  shutdown.add('the registry', () => registry.stop())
  const limits = acceptanceLimitsFrom(settings)
  const { maxClockAheadMs } = limits
  const gaps: ConsumerGap[] = []
  const running = new Map<string, RunningConsumer>()
  const serverClock = new ServerClock({ now, monotonicNow, releasedAt, maxClockAheadMs })
  const ruleRollout: RuleRollout = logRuleChanges(rollout, log)
  const consumers: ConsumerRolesOptions = {
    ...vocabulary,
    ...parts,
    partitions: journal.partitions,
    records: records.db,
    devices: registry.devices,
    startPeriodicWork() {
      const steps = new Shutdown({ onError })
      const reportAs = (where: string) => (error: unknown) => onError(error, where)
      startPeriodicWork(
        { settings, series, records: records.db, ruleRollout, vocabulary, serverClock, now, reportAs },
        steps,
      )
      return steps
    },
    running,
    onGap: createGapLog(gaps, log),
    measurements: metrics.measurements,
    now,
    onError,
    log,
  }
  const topicNames = topics(settings.mqtt.prefix)
  return {
    plugins,
    vocabulary,
    registry,
    ruleRollout,
    limits,
    gaps,
    running,
    consumers,
    serverClock,
    topicNames,
    exclusive,
  }
}

/** Options of every acceptance in this process. */
export function acceptanceOptions(
  { settings, now }: Pick<ForewarnOptions, 'settings' | 'now'>,
  { vocabulary, limits, serverClock, topicNames, metrics }: CommonParts & Pick<SharedParts, 'metrics'>,
) {
  return {
    kinds: createKindCatalog(() => vocabulary.kinds),
    topics: topicNames,
    now,
    newId: randomUUID,
    registrationMode: settings.ingest.registration,
    limits,
    measurements: metrics.measurements,
    serverClock,
  }
}

/** Validates as the ingestion does, with the devices that this process knows; it accepts nothing. */
export function createLocalAcceptance(options: ForewarnOptions, parts: SharedParts & CommonParts) {
  const [journal] = parts.readers
  return createAcceptance({ ...acceptanceOptions(options, parts), journal, devices: parts.registry.devices })
}
