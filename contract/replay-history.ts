import { z } from 'zod'
/** A technician's diagnosis of the part that a ticket is about. */
export const verdictSchema = z.enum(['worn', 'not_worn', 'sensor_fault', 'other'])

const time = z.number().describe('ms since 1970 UTC')

/** Input of a replay besides the readings. */
export const historySchema = z
  .object({
    extent: z
      .object({ first: time, last: time })
      .nullable()
      .describe('Event times of the oldest and the newest reading; null when there is none.'),
    devices: z
      .array(
        z.object({
          id: z.string(),
          kind: z.string(),
          firstSeen: time,
          model: z.string().exactOptional(),
          firmware: z.string().exactOptional(),
          owner: z.string().exactOptional(),
          site: z.string().exactOptional(),
          region: z.string().exactOptional(),
          inUseSince: time.exactOptional(),
          retired: z
            .object({ at: time, by: z.enum(['device', 'operator']) })
            .exactOptional()
            .describe('Absent while the device is in use.'),
        }),
      )
      .describe('By id, as they last announced themselves.'),
    replacements: z
      .array(z.object({ device: z.string(), component: z.string(), ts: time }))
      .describe('In order of time.'),
    verdicts: z
      .array(z.object({ device: z.string(), component: z.string(), epoch: z.int(), verdict: verdictSchema }))
      .describe('What technicians found.'),
    liveRules: z
      .array(z.object({ file: z.string(), text: z.string() }))
      .describe('The live rule set: the files as text.'),
  })
  .meta({ id: 'ReplayHistory' })
