// @ts-check
import { appendFile } from 'node:fs/promises'

/**
 * Appends each notice to the file that LOGFILE_CHANNEL names, one JSON object per line. The same notice may come twice:
 * readers of the file tell by its `id`.
 * @type {import('forewarn/plugin').ChannelFactory}
 */
export const logfile = {
  name: 'logfile',
  maxRate: 100,
  create() {
    const file = process.env.LOGFILE_CHANNEL
    if (file === undefined) throw new Error('set LOGFILE_CHANNEL to the path of a file')
    return {
      name: 'logfile',
      async deliver(notice) {
        await appendFile(file, `${JSON.stringify(notice)}\n`)
        return { outcome: 'accepted' }
      },
    }
  },
}
