import { createRecordsProjection, type RecordsProjection } from '../../../store/records/projection.ts'
import type { RecordsStore } from '../../../store/records/records-store.ts'
import type { Workers } from '../../../workers/start-workers.ts'
import type { ForewarnOptions } from '../../options.ts'

/** Create the projection to the records by the settings. */
export function createProjection(
  { settings, log }: Pick<ForewarnOptions, 'settings' | 'log'>,
  { db }: RecordsStore,
  { devicesRecorded }: Pick<Workers, 'devicesRecorded'>,
): RecordsProjection {
  return createRecordsProjection(db, {
    onDevices: devicesRecorded,
    quarantineMaxBytes: settings.quarantine.maxBytes,
    onQuarantineDropped: (count) =>
      log?.warn('the quarantine is full: its oldest messages were deleted', {
        event: 'quarantine_dropped',
        count,
      }),
  })
}
