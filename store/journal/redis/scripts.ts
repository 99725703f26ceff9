import type { Cluster, Redis, Result } from 'ioredis'

/**
 * All that writes is one of these scripts, which Redis runs whole and alone.
 *
 * Writes are numbered. `begun` is the last one that was started, `done` the last one that was finished, and `undo` holds
 * what it replaced, until the next write names it as one that its owner knows of. A write that its owner gave up waiting
 * for may have been done, or may still be on its way: the next one takes it back, and from then on it comes too late.
 */
const common = `
local meta, undo, lease = KEYS[1], KEYS[2], KEYS[8]
local streams = { telemetry = KEYS[3], findings = KEYS[4] }
local hashes = { m = KEYS[1], f = KEYS[5], s = KEYS[6], a = KEYS[7] }

-- Redis out of memory refuses a script at its first command that may grow something, and not after one that may not.
local function grow_though_out_of_memory()
  redis.call('HDEL', meta, '')
end

-- Removes what a stream has beyond its head, so that its offsets can be given again.
local function cut(name, stream)
  local head = redis.call('HGET', meta, name .. '.head')
  local function beyond() return redis.call('XRANGE', stream, head, '+', 'COUNT', 100) end
  local records = beyond()
  if #records == 0 then return end
  while #records > 0 do
    for _, record in ipairs(records) do redis.call('XDEL', stream, record[1]) end
    records = beyond()
  end
  local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  redis.call('XSETID', stream, last and last[1] or '0-0')
end

local function take_back()
  local kept = redis.call('HGETALL', undo)
  for i = 1, #kept, 2 do
    local hash, field, old = hashes[string.sub(kept[i], 1, 1)], string.sub(kept[i], 2), kept[i + 1]
    if old == '-' then redis.call('HDEL', hash, field) else redis.call('HSET', hash, field, string.sub(old, 2)) end
  end
  for name, stream in pairs(streams) do cut(name, stream) end
end

local function owned_by_another()
  return { 'fenced', redis.call('GET', lease) or '' }
end
`

const acquire = `${common}
local holder, ms = ARGV[1], tonumber(ARGV[2])
local held = redis.call('GET', lease)
if held and held ~= holder then
  -- The clock of Redis was ahead when a lease that lasts this long was taken. A holder that lives renews it; its lease may
  -- be set longer than that of this process, but not by so much.
  if redis.call('PTTL', lease) > 10 * ms then redis.call('PEXPIRE', lease, 10 * ms) end
  return { 'held', held, tostring(redis.call('PTTL', lease)) }
end
grow_though_out_of_memory()
-- Held by the same already: its first request was answered, and the answer lost. The name is part of the token, because a
-- replica that became master may not know of the last ones.
if not held then redis.call('HSET', meta, 'owner', redis.call('HINCRBY', meta, 'token', 1) .. ' ' .. holder) end
redis.call('SET', lease, holder, 'PX', ms)
if redis.call('HEXISTS', meta, 'done') == 0 then
  redis.call('HSET', meta, 'begun', 0, 'done', 0)
  for name in pairs(streams) do
    redis.call('HSET', meta, name .. '.tail', 0, name .. '.head', 0)
    -- From 1, because a stream takes no id 0-0.
    redis.call('HSET', meta, name .. '.tailBytes', 1, name .. '.headBytes', 1)
  end
end
local known = redis.call('HMGET', meta, 'owner', 'begun', 'done')
-- The last write of the owner before either was done as a whole, and stays, or it broke off.
if known[2] ~= known[3] then
  take_back()
  redis.call('HSET', meta, 'begun', known[3])
end
redis.call('DEL', undo)
return { 'owned', known[1], known[3] }
`

const renew = `${common}
local owner, holder, ms = ARGV[1], ARGV[2], ARGV[3]
if redis.call('HGET', meta, 'owner') ~= owner then return owned_by_another() end
grow_though_out_of_memory()
redis.call('SET', lease, holder, 'PX', ms)
return { 'owned' }
`

const release = `${common}
local owner, base = ARGV[1], ARGV[2]
if redis.call('HGET', meta, 'owner') ~= owner then return owned_by_another() end
grow_though_out_of_memory()
if tonumber(redis.call('HGET', meta, 'begun')) > tonumber(base) then
  take_back()
  redis.call('HSET', meta, 'begun', base, 'done', base)
end
redis.call('DEL', undo, lease)
-- What is still on its way comes too late.
redis.call('HDEL', meta, 'owner')
return { 'released' }
`

/** Lua cannot take more values than about 8,000 at once. */
const maxFieldsPerCall = 1_000

const write = `${common}
local owner, number, base, appends = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local at = 4
local function take()
  at = at + 1
  return ARGV[at]
end

local function remember(letter, fields)
  local olds = redis.call('HMGET', hashes[letter], unpack(fields))
  local kept = {}
  for i, field in ipairs(fields) do
    kept[2 * i - 1] = letter .. field
    kept[2 * i] = olds[i] and '+' .. olds[i] or '-'
  end
  redis.call('HSET', undo, unpack(kept))
end

local function put(letter, fields, fields_and_values)
  remember(letter, fields)
  redis.call('HSET', hashes[letter], unpack(fields_and_values))
end

local function put_some(letter, count)
  local fields, fields_and_values = {}, {}
  for i = 1, count do
    fields[i] = take()
    fields_and_values[2 * i - 1], fields_and_values[2 * i] = fields[i], take()
  end
  put(letter, fields, fields_and_values)
end

local function remove_some(letter, count)
  local fields = {}
  for i = 1, count do fields[i] = take() end
  remember(letter, fields)
  redis.call('HDEL', hashes[letter], unpack(fields))
end

local function in_portions(some)
  local letter, left = take(), tonumber(take())
  while left > 0 do
    local count = math.min(left, ${maxFieldsPerCall})
    some(letter, count)
    left = left - count
  end
end

-- Moves the tail to the record that holds the target. What lies before it is removed by the next write.
local function trim(name, target)
  local record = redis.call('XREVRANGE', streams[name], target, '-', 'COUNT', 1)[1]
  if not record then return end
  local tail, bytes = string.match(record[1], '^(%d+)-(%d+)$')
  local fields = { name .. '.tail', name .. '.tailBytes' }
  if tonumber(tail) <= tonumber(redis.call('HGET', meta, fields[1])) then return end
  put('m', fields, { fields[1], tail, fields[2], bytes })
end

local function result()
  local tails = { 'telemetry.tail', 'telemetry.tailBytes', 'findings.tail', 'findings.tailBytes' }
  return { 'done', unpack(redis.call('HMGET', meta, unpack(tails))) }
end

local known = redis.call('HMGET', meta, 'owner', 'begun', 'done')
if known[1] ~= owner then return owned_by_another() end
local begun, done = tonumber(known[2]), tonumber(known[3])
if done == number then return result() end
if begun > number then return { 'late' } end
if done < base then return { 'rewound' } end

if appends == 0 then grow_though_out_of_memory() end
redis.call('HSET', meta, 'begun', number)
if begun ~= base then take_back() end
redis.call('DEL', undo)
for name, stream in pairs(streams) do
  redis.call('XTRIM', stream, 'MINID', redis.call('HGET', meta, name .. '.tail'))
end

for _ = 1, appends do redis.call('XADD', streams[take()], take(), 'e', take()) end
for _ = 1, tonumber(take()) do in_portions(put_some) end
for _ = 1, tonumber(take()) do in_portions(remove_some) end
for _ = 1, tonumber(take()) do trim(take(), take()) end
redis.call('HSET', meta, 'done', number)
return result()
`

type Args = (string | number | Buffer)[]

declare module 'ioredis' {
  interface RedisCommander<Context> {
    journalAcquire(args: Args): Result<string[], Context>
    journalRenew(args: Args): Result<string[], Context>
    journalRelease(args: Args): Result<string[], Context>
    journalWrite(args: Args): Result<string[], Context>
  }
}

export function defineScripts(client: Redis | Cluster): void {
  const numberOfKeys = 8
  client.defineCommand('journalAcquire', { lua: acquire, numberOfKeys })
  client.defineCommand('journalRenew', { lua: renew, numberOfKeys })
  client.defineCommand('journalRelease', { lua: release, numberOfKeys })
  client.defineCommand('journalWrite', { lua: write, numberOfKeys })
}
