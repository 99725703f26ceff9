import type { Cluster, Redis, Result } from 'ioredis'
import { journalWriters } from './shared/writers.ts'

/** Writers beside the one of the ingestion, where several share a partition. */
const otherWriterList = Object.keys(journalWriters)
  .filter((name) => name !== 'ingest')
  .map((name) => `'${name}'`)
  .join(', ')

/**
 * All that writes is one of these scripts, which Redis runs whole and alone.
 *
 * Writes are numbered. `begun` is the last one that was started, `done` the last one that was finished, and `undo` holds
 * what it replaced, until the next write names it as one that its owner knows of. A write that its owner gave up waiting
 * for may have been done, or may still be on its way: the next one takes it back, and from then on it comes too late.
 */
const common = `
local meta, undo, lease, writer = KEYS[1], KEYS[2], KEYS[8], KEYS[9]
local streams = { telemetry = KEYS[3], findings = KEYS[4] }
local hashes = { m = KEYS[1], f = KEYS[5], s = KEYS[6], a = KEYS[7] }

-- Redis out of memory refuses a script at its first command that may grow something, and not after one that may not.
local function grow_though_out_of_memory()
  redis.call('HDEL', meta, '')
end

-- Of several writers of a partition, each appends to streams and has consumers of its own.
local function list_of(field)
  local names = {}
  for name in string.gmatch(redis.call('HGET', writer, field) or '', '%S+') do names[#names + 1] = name end
  return names
end

local function is_one_of_several()
  return redis.call('HEXISTS', writer, 'streams') == 1
end

local function own_streams()
  if is_one_of_several() then return list_of('streams') end
  return { 'telemetry', 'findings' }
end

-- What was done before the write under way is final: only that may be read, and trimmed, by other processes.
local function confirm()
  local moved = false
  for _, name in ipairs(own_streams()) do
    local head = redis.call('HGET', meta, name .. '.head')
    if redis.call('HGET', meta, name .. '.confirmed') ~= head then
      redis.call('HSET', meta, name .. '.confirmed', head)
      moved = true
    end
  end
  for _, name in ipairs(list_of('consumers')) do
    local cursor = redis.call('HGET', meta, 'consumer:' .. name)
    if redis.call('HGET', meta, 'confirmed:' .. name) ~= cursor then
      redis.call('HSET', meta, 'confirmed:' .. name, cursor)
      moved = true
    end
  end
  if moved and is_one_of_several() then redis.call('PUBLISH', meta .. ':changed', '') end
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
local holder, ms, kind = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local function held_by_owner_of_all()
  if kind ~= 'writer' or writer == meta or redis.call('HEXISTS', meta, 'streams') == 1 then return false end
  return redis.call('GET', ARGV[6])
end
local function held_by_one_of_several()
  if kind == 'writer' then return false end
  for _, name in ipairs({ ${otherWriterList} }) do
    local by = redis.call('GET', lease .. ':' .. name)
    if by then return by end
  end
  return false
end
local held = redis.call('GET', lease)
if not held then
  local other = held_by_owner_of_all() or held_by_one_of_several()
  if other then return { 'held', other, tostring(ms) } end
end
if held and held ~= holder then
  -- The clock of Redis was ahead when a lease that lasts this long was taken. A holder that lives renews it; its lease may
  -- be set longer than that of this process, but not by so much.
  if redis.call('PTTL', lease) > 10 * ms then redis.call('PEXPIRE', lease, 10 * ms) end
  return { 'held', held, tostring(redis.call('PTTL', lease)) }
end
grow_though_out_of_memory()
-- Held by the same already: its first request was answered, and the answer lost. The name is part of the token, because a
-- replica that became master may not know of the last ones.
if not held then redis.call('HSET', writer, 'owner', redis.call('HINCRBY', writer, 'token', 1) .. ' ' .. holder) end
redis.call('SET', lease, holder, 'PX', ms)
redis.call('HDEL', writer, 'streams', 'consumers')
if kind == 'writer' then redis.call('HSET', writer, 'streams', ARGV[4], 'consumers', ARGV[5]) end
if redis.call('HEXISTS', writer, 'done') == 0 then redis.call('HSET', writer, 'begun', 0, 'done', 0) end
if redis.call('HEXISTS', meta, 'telemetry.head') == 0 then
  for name in pairs(streams) do
    redis.call('HSET', meta, name .. '.tail', 0, name .. '.head', 0)
    -- From 1, because a stream takes no id 0-0.
    redis.call('HSET', meta, name .. '.tailBytes', 1, name .. '.headBytes', 1)
  end
end
local known = redis.call('HMGET', writer, 'owner', 'begun', 'done')
-- The last write of the owner before either was done as a whole, and stays, or it broke off.
if known[2] ~= known[3] then
  take_back()
  redis.call('HSET', writer, 'begun', known[3])
end
redis.call('DEL', undo)
-- Consumers of all writers: what one has not begun to read must not be trimmed.
for name, stream in string.gmatch(ARGV[7] or '', '(%S+) (%S+)') do
  redis.call('HSETNX', meta, 'consumer:' .. name, stream .. ':' .. redis.call('HGET', meta, stream .. '.tail'))
end
for name in pairs(streams) do
  redis.call('HSETNX', meta, name .. '.confirmed', redis.call('HGET', meta, name .. '.head'))
end
confirm()
return { 'owned', known[1], known[3] }
`

const renew = `${common}
local owner, holder, ms = ARGV[1], ARGV[2], ARGV[3]
if redis.call('HGET', writer, 'owner') ~= owner then return owned_by_another() end
grow_though_out_of_memory()
redis.call('SET', lease, holder, 'PX', ms)
return { 'owned' }
`

const release = `${common}
local owner, base = ARGV[1], ARGV[2]
if redis.call('HGET', writer, 'owner') ~= owner then return owned_by_another() end
grow_though_out_of_memory()
if tonumber(redis.call('HGET', writer, 'begun')) > tonumber(base) then
  take_back()
  redis.call('HSET', writer, 'begun', base, 'done', base)
end
redis.call('DEL', undo, lease)
confirm()
-- What is still on its way comes too late.
redis.call('HDEL', writer, 'owner')
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

-- A cursor of another writer may have been set back since the target was computed, or be that of a write in doubt.
local function confirmed_target(name, target)
  if not is_one_of_several() then return target end
  local fields = redis.call('HGETALL', meta)
  for i = 1, #fields, 2 do
    if string.find(fields[i], '^confirmed:') or string.find(fields[i], '^consumer:') then
      local stream, cursor = string.match(fields[i + 1], '^(%a+):(%d+)$')
      if stream == name then target = math.min(target, tonumber(cursor)) end
    end
  end
  return target
end

-- Moves the tail to the record that holds the target. What lies before it is removed by the next write.
local function trim(name, wanted)
  local target = confirmed_target(name, tonumber(wanted))
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

local known = redis.call('HMGET', writer, 'owner', 'begun', 'done')
if known[1] ~= owner then return owned_by_another() end
local begun, done = tonumber(known[2]), tonumber(known[3])
if done == number then return result() end
if begun > number then return { 'late' } end
if done < base then return { 'rewound' } end

if appends == 0 then grow_though_out_of_memory() end
redis.call('HSET', writer, 'begun', number)
if begun ~= base then take_back() end
redis.call('DEL', undo)
confirm()
for _, name in ipairs(own_streams()) do
  redis.call('XTRIM', streams[name], 'MINID', redis.call('HGET', meta, name .. '.tail'))
end

for _ = 1, appends do redis.call('XADD', streams[take()], take(), 'e', take()) end
for _ = 1, tonumber(take()) do in_portions(put_some) end
for _ = 1, tonumber(take()) do in_portions(remove_some) end
for _ = 1, tonumber(take()) do trim(take(), take()) end
redis.call('HSET', writer, 'done', number)
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
  const numberOfKeys = 9
  client.defineCommand('journalAcquire', { lua: acquire, numberOfKeys })
  client.defineCommand('journalRenew', { lua: renew, numberOfKeys })
  client.defineCommand('journalRelease', { lua: release, numberOfKeys })
  client.defineCommand('journalWrite', { lua: write, numberOfKeys })
}
