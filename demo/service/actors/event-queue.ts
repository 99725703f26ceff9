/** A scheduled action of a person. */
export interface ScheduledAction {
  /** Simulated time, ms since 1970 UTC. */
  at: number
  run(now: number): Promise<void>
}

/** Scheduled actions in order of time; at equal times in the order of scheduling. */
export class EventQueue {
  readonly #intentions: ScheduledAction[] = []

  schedule(intention: ScheduledAction): void {
    const behind = this.#intentions.findIndex(({ at }) => at > intention.at)
    this.#intentions.splice(behind === -1 ? this.#intentions.length : behind, 0, intention)
  }

  /** Time of the next action; undefined when the queue is empty. */
  get nextAt(): number | undefined {
    return this.#intentions[0]?.at
  }

  /** Remove and return the next action that is due by `now`. */
  takeDue(now: number): ScheduledAction | undefined {
    const [first] = this.#intentions
    return first !== undefined && first.at <= now ? this.#intentions.shift() : undefined
  }
}
