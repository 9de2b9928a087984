-- A stream is a list of entries, oldest first, and 'epoch offset expiresAt' beside it; the first entry of the list has
-- offset - length + 1. The list's name is the channel of its notices. Tags are a list of 'offset tag', which an older server that
-- writes beside this one does not add to: what is asked of it is looked for by offset.
local EMPTY_STREAM_MS = 86400000

-- Epoch and newest offset; a stream that has never been, or is over, starts with the epoch `fresh`.
local function stream_end(list, meta, fresh)
  local held = redis.call('GET', meta)
  if held then
    local epoch, offset, expires = string.match(held, '^(%S+) (%d+) (%d+)$')
    if tonumber(expires) > now then
      return epoch, tonumber(offset), tonumber(expires)
    end
  end
  -- Asked first: Redis refuses no write of a script that has written before, not even when its memory is full.
  if redis.call('EXISTS', list) == 1 then
    redis.call('DEL', list)
  end
  return fresh, 0, 0
end

local function keep_end(meta, epoch, offset, ttl)
  redis.call('SET', meta, epoch .. ' ' .. digits(offset) .. ' ' .. digits(now + ttl), 'PX', digits(ttl))
end

-- As stream_end, and keeps the epoch of a stream without entries for those who read it.
local function stream_position(list, meta, fresh)
  local epoch, offset, expires = stream_end(list, meta, fresh)
  if offset == 0 and expires - now < EMPTY_STREAM_MS / 2 then
    keep_end(meta, epoch, 0, EMPTY_STREAM_MS)
  end
  return epoch, offset
end

-- Removes the oldest entries of a list that takes more than so many bytes; the newest one stays. Redis says what a list takes, by
-- looking at its nodes: so only after a large entry, and now and then.
-- Where many are too many, as after the bound was lowered, the next looks remove the others.
local LARGE_ENTRY, LOOK_EVERY, MOST_AT_ONCE = 16384, 64, 1000

local function trim_bytes(list, offset, entry, max_bytes)
  if #entry < LARGE_ENTRY and offset % LOOK_EVERY ~= 0 then
    return
  end
  -- A user who may not ask it has no bound in bytes.
  local held = redis.pcall('MEMORY', 'USAGE', list, 'SAMPLES', '0')
  if type(held) ~= 'number' then
    return
  end
  local length = redis.call('LLEN', list)
  local least = math.max(1, length - MOST_AT_ONCE)
  while held > max_bytes and length > least do
    held = held - #redis.call('LPOP', list)
    length = length - 1
  end
end

-- `keep` has the length, the bytes and the ttl of the stream.
-- `trace` is '' or '~', what the entry is a part of, and a space: an epoch never begins with '~'. A server that does not know it takes the
-- notice for one of another epoch, and reads the stream.
local function append_entry(list, meta, epoch, last, entry, keep, tags, tag, trace)
  local offset = last + 1
  if redis.call('RPUSH', list, entry) > keep.length then
    redis.call('LTRIM', list, -keep.length, -1)
  end
  trim_bytes(list, offset, entry, keep.bytes)
  redis.call('PEXPIRE', list, digits(keep.ttl))
  keep_end(meta, epoch, offset, keep.ttl)
  if tag ~= '' then
    if last == 0 then
      redis.call('DEL', tags)
    end
    if redis.call('RPUSH', tags, digits(offset) .. ' ' .. tag) > keep.length then
      redis.call('LTRIM', tags, -keep.length, -1)
    end
    redis.call('PEXPIRE', tags, digits(keep.ttl))
  end
  redis.call(PUBLISH, list, trace .. epoch .. ' ' .. digits(offset) .. ' ' .. entry)
  return offset
end
