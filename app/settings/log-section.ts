import { z } from 'zod'
import { logLevels } from '../../lib/logging/logger.ts'
import { setting } from './setting.ts'

export const log = z.strictObject({
  level: setting(z.enum(logLevels).prefault('info'), {
    env: 'FOREWARN_LOG_LEVEL',
    allowed: 'debug, info, warn or error',
    description: 'Least severe level that `forewarn up` logs.',
  }),
  format: setting(z.enum(['auto', 'json', 'text']).prefault('auto'), {
    env: 'FOREWARN_LOG_FORMAT',
    allowed: 'auto, json or text',
    description: 'Format of the log on standard error; auto is text on a terminal and JSON elsewhere.',
  }),
})
