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

local function append_entry(list, meta, epoch, last, entry, max_length, ttl, tags, tag)
  local offset = last + 1
  local length = redis.call('RPUSH', list, entry)
  if length > max_length then
    redis.call('LTRIM', list, -max_length, -1)
  end
  redis.call('PEXPIRE', list, digits(ttl))
  keep_end(meta, epoch, offset, ttl)
  if tag ~= '' then
    if last == 0 then
      redis.call('DEL', tags)
    end
    if redis.call('RPUSH', tags, digits(offset) .. ' ' .. tag) > max_length then
      redis.call('LTRIM', tags, -max_length, -1)
    end
    redis.call('PEXPIRE', tags, digits(ttl))
  end
  redis.call(PUBLISH, list, epoch .. ' ' .. digits(offset) .. ' ' .. entry)
  return offset
end
