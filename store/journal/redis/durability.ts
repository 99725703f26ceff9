import type { Redis } from 'ioredis'

/** Setting of Redis → the value that it must have, and what is lost otherwise. */
const needed = {
  appendonly: { value: 'yes', loss: 'everything is lost when Redis ends' },
  appendfsync: {
    value: 'always',
    loss: 'what was confirmed last is lost with the power, or with a crash of Redis',
  },
  'maxmemory-policy': { value: 'noeviction', loss: 'Redis throws entries away when memory runs short' },
} as const

interface Durability {
  /** In words, what would be lost, and how to mend it; empty when nothing would be. */
  losses: string[]
  /** What Redis did not tell; hosted services often forbid to ask. */
  unknown: string[]
}

/** Whether a Redis keeps what it has confirmed. */
export async function durabilityOf(redis: Redis): Promise<Durability> {
  const durability: Durability = { losses: [], unknown: [] }
  for (const [name, { value, loss }] of Object.entries(needed)) {
    const found = await configOf(redis, name)
    if (found === undefined) durability.unknown.push(`make sure that ${name} is ${value}, else ${loss}`)
    else if (found !== value) {
      durability.losses.push(`${name} is ${found}: ${loss}; start Redis with --${name} ${value}`)
    }
  }
  return durability
}

async function configOf(redis: Redis, name: string): Promise<string | undefined> {
  try {
    const [, value] = (await redis.config('GET', name)) as string[]
    return value
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return undefined
    throw error
  }
}
