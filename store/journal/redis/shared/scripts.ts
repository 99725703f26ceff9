import type { Cluster, Redis, Result } from 'ioredis'

/** Put messages into the inbox, once for each number of a sender. */
const put = `
local inbox, sender, channel = KEYS[1], KEYS[2], KEYS[3]
local number, data, max_records, keep_ms = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), ARGV[4]
if number <= tonumber(redis.call('GET', sender) or 0) then return 'done' end
if redis.call('XLEN', inbox) >= max_records then return 'full' end
redis.call('XADD', inbox, '*', 'e', data)
redis.call('SET', sender, number, 'PX', keep_ms)
redis.call('PUBLISH', channel, '')
return 'done'
`

/** Leave a request for another process; it is not answered after its time. */
const request = `
local calls, call, channel = KEYS[1], KEYS[2], KEYS[3]
local id, data, ms = ARGV[1], ARGV[2], ARGV[3]
redis.call('SET', call, data, 'PX', ms)
redis.call('RPUSH', calls, id)
redis.call('PEXPIRE', calls, ms)
redis.call('PUBLISH', channel, '')
return 'done'
`

const reply = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('PUBLISH', KEYS[2], '')
return 'done'
`

/** Prolong the membership of a process, and return all members. Only the clock of Redis counts. */
const heartbeat = `
local members, member, ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', members, '-inf', string.format('%.0f', now))
-- The clock was ahead when these were set.
redis.call('ZREMRANGEBYSCORE', members, string.format('%.0f', now + 10 * ms), '+inf')
redis.call('ZADD', members, string.format('%.0f', now + ms), member)
return redis.call('ZRANGE', members, 0, -1)
`

type Args = (string | number | Buffer)[]

declare module 'ioredis' {
  interface RedisCommander<Context> {
    journalPut(args: Args): Result<string, Context>
    journalRequest(args: Args): Result<string, Context>
    journalReply(args: Args): Result<string, Context>
    journalHeartbeat(args: Args): Result<string[], Context>
  }
}

/** Define what processes that share a journal say to each other. */
export function defineSharedScripts(client: Redis | Cluster): void {
  client.defineCommand('journalPut', { lua: put, numberOfKeys: 3 })
  client.defineCommand('journalRequest', { lua: request, numberOfKeys: 3 })
  client.defineCommand('journalReply', { lua: reply, numberOfKeys: 2 })
  client.defineCommand('journalHeartbeat', { lua: heartbeat, numberOfKeys: 1 })
}
