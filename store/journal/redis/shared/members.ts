import { createHash } from 'node:crypto'
import type { RedisConnection } from '../redis-connection.ts'

/** A running process of the installation. */
export interface Member {
  /** Unique for each start of a process. */
  id: string
  roles: readonly string[]
}

/** The processes that are running, as each one announces itself. */
export class Members {
  readonly #connection: RedisConnection
  readonly #key: string
  readonly #self: string
  readonly #keptMs: number

  /** @param keptMs time after which a process that does not announce itself counts as ended */
  constructor(connection: RedisConnection, { prefix, self, keptMs }: MembersOptions) {
    this.#connection = connection
    this.#key = `${prefix}:members`
    this.#self = JSON.stringify(self)
    this.#keptMs = keptMs
  }

  /** Announce this process. @returns all that are running, this one included */
  async announce(): Promise<Member[]> {
    const texts = await this.#connection.execute((client) =>
      client.journalHeartbeat([this.#key, this.#self, this.#keptMs]),
    )
    return texts.map((text) => JSON.parse(text) as Member)
  }

  async leave(): Promise<void> {
    await this.#connection.execute((client) => client.zrem(this.#key, this.#self))
  }
}

interface MembersOptions {
  prefix: string
  self: Member
  keptMs: number
}

/**
 * Return the partitions of each member with a role: every one at most the ceiling of partitions by members, and as few as
 * possible move when a member joins or leaves (highest random weight, Thaler and Ravishankar 1998, with a bound). All
 * members that know of each other compute the same.
 */
export function assignPartitions(
  members: readonly Member[],
  role: string,
  partitions: number,
): Map<string, number[]> {
  const able = members.filter(({ roles }) => roles.includes(role)).map(({ id }) => id)
  const assigned = new Map(able.map((id) => [id, [] as number[]]))
  const most = Math.ceil(partitions / Math.max(1, able.length))
  for (let partition = 0; partition < partitions; partition++) {
    const best = able
      .filter((id) => (assigned.get(id)?.length ?? 0) < most)
      .map((id) => ({ id, weight: weightOf(`${id} ${role} ${partition}`) }))
      .sort((a, b) => (a.weight < b.weight ? 1 : -1))[0]
    if (best !== undefined) assigned.get(best.id)?.push(partition)
  }
  return assigned
}

function weightOf(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
