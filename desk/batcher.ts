export interface BatcherOptions<T> {
  handle(items: T[]): Promise<void>
  onError(error: Error): void
}

/** Create a batcher that handles one batch at a time: items that arrive during a batch form the next one. */
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
    /** Add an item, unless it is waiting already. */
    add(item: T): void {
      if (stopped) return
      waiting.add(item)
      running ??= run()
    },
    /** Drop waiting items, accept no more, and wait for the current batch. */
    async stop(): Promise<void> {
      stopped = true
      waiting.clear()
      await running
    },
  }
}
