/** Something that somebody means to do. */
export interface ScheduledAction {
  /** When, simulated ms since 1970 UTC. */
  at: number
  run(now: number): Promise<void>
}

/** What people mean to do, in the order of time; of one moment in the order in which they decided. */
export class EventQueue {
  readonly #intentions: ScheduledAction[] = []

  schedule(intention: ScheduledAction): void {
    const behind = this.#intentions.findIndex(({ at }) => at > intention.at)
    this.#intentions.splice(behind === -1 ? this.#intentions.length : behind, 0, intention)
  }

  /** When the next one is due; undefined when nobody means to do anything. */
  get nextAt(): number | undefined {
    return this.#intentions[0]?.at
  }

  /** The next one that is due by then, taken off. */
  takeDue(now: number): ScheduledAction | undefined {
    const [first] = this.#intentions
    return first !== undefined && first.at <= now ? this.#intentions.shift() : undefined
  }
}
