export interface BatcherOptions<T> {
  handle(items: T[]): Promise<void>
  onError(error: Error): void
}

/** Handles items one batch at a time: at once when idle, else together with all that came while the last one ran. */
export function createBatcher<T>({ handle, onError }: BatcherOptions<T>) {
  let waiting = new Set<T>()
  let running: Promise<void> | undefined
  let stopped = false

  async function run(): Promise<void> {
    while (waiting.size > 0) {
      const items = [...waiting]
      waiting = new Set()
      await handle(items).catch(onError)
    }
    running = undefined
  }

  return {
    /** An item that waits already is not added again. */
    add(item: T): void {
      if (stopped) return
      waiting.add(item)
      running ??= run()
    },
    /** Takes nothing more, and waits for what is being handled. */
    async stop(): Promise<void> {
      stopped = true
      waiting.clear()
      await running
    },
  }
}
