-- A page of an index in order of (score, member), or in reverse.
-- include: time
-- KEYS 1 scores · 2 values
-- ARGV 1 time offset · 2 limit · 3 bytes · 4 bytes that each member counts beside its own · 5 '1' for reverse
--   · 6 '1' where the page starts behind · 7 a score · 8 and member
-- Returns now, whether there is more (1 or 0), bytes, then member, score, value of each
local limit, max_bytes, beside, reverse = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1'

-- Whether a stands before b byte by byte, as in a sorted set; Lua's own < follows the locale.
local function before(a, b)
  for at = 1, math.min(#a, #b) do
    local x, y = string.byte(a, at), string.byte(b, at)
    if x ~= y then
      return x < y
    end
  end
  return #a < #b
end

-- How many members stand before the cursor and, with `too`, the one at it; found by halving among those of its score.
local function rank(score, member, too)
  local low = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. score)
  local high = low + redis.call('ZCOUNT', KEYS[1], score, score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    local there = redis.call('ZRANGE', KEYS[1], middle, middle)[1]
    if before(there, member) or (too and there == member) then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

local size = redis.call('ZCARD', KEYS[1])
local first, last = 0, size - 1
if reverse then
  if ARGV[6] == '1' then
    last = rank(ARGV[7], ARGV[8], false) - 1
  end
  first = math.max(0, last - limit + 1)
else
  if ARGV[6] == '1' then
    first = rank(ARGV[7], ARGV[8], true)
  end
  last = math.min(last, first + limit - 1)
end
local more = 0
if (reverse and first > 0) or (not reverse and last < size - 1) then
  more = 1
end
local reply = { now, more, 0 }
if first <= last then
  local found
  if reverse then
    found = redis.call('ZREVRANGE', KEYS[1], size - 1 - last, size - 1 - first, 'WITHSCORES')
  else
    found = redis.call('ZRANGE', KEYS[1], first, last, 'WITHSCORES')
  end
  for at = 1, #found, 2 do
    -- Asked for its length first: one value too many could be a large one.
    local bytes = reply[3] + #found[at] + redis.call('HSTRLEN', KEYS[2], found[at]) + beside
    if at > 1 and bytes > max_bytes then
      reply[2] = 1
      break
    end
    reply[3] = bytes
    table.insert(reply, found[at])
    table.insert(reply, found[at + 1])
    table.insert(reply, redis.call('HGET', KEYS[2], found[at]))
  end
end
return reply
