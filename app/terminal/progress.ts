import type { Screen } from './terminal.ts'

interface ProgressState {
  /** 0 … 1 */
  done: number
  text: string
}

export interface Progress {
  show(state: ProgressState): void
  /** Keep the last state on the screen and move to the next line. */
  end(): void
}

const BAR_WIDTH = 24
const PLAIN_INTERVAL_MS = 5_000

/** Create a progress bar, redrawn in place on a terminal; elsewhere a plain line every five seconds. */
export function createProgress(now: () => number, screen: Screen): Progress {
  return screen.isTTY ? ttyProgress(screen) : plainProgress(screen, now)
}

function ttyProgress(screen: Screen): Progress {
  let drawn = false
  return {
    show: ({ done, text }) => {
      const filled = Math.round(Math.min(1, Math.max(0, done)) * BAR_WIDTH)
      const line = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${percent(done)} ${text}`
      screen.write(`\r\x1b[K${line.slice(0, (screen.columns ?? 80) - 1)}`)
      drawn = true
    },
    end: () => {
      if (drawn) screen.write('\n')
      drawn = false
    },
  }
}

function plainProgress(screen: Screen, now: () => number): Progress {
  let lastAt = Number.NEGATIVE_INFINITY
  let pendingLine: string | undefined
  return {
    show: ({ done, text }) => {
      pendingLine = `${percent(done)} ${text}\n`
      if (now() - lastAt < PLAIN_INTERVAL_MS) return
      lastAt = now()
      screen.write(pendingLine)
      pendingLine = undefined
    },
    end: () => {
      if (pendingLine) screen.write(pendingLine)
      pendingLine = undefined
    },
  }
}

function percent(done: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, done)) * 100)
    .toString()
    .padStart(3)} %`
}
