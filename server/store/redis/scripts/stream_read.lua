-- Reads a part of a stream; gives one that was never written its epoch.
-- include: time streams
-- KEYS 1 entries · 2 end
-- ARGV 1 time offset · 2 new epoch · 3 after or '' · 4 before or '' · 5 limit · 6 bytes · 7 bytes that each entry counts beside its own
-- Returns now, epoch, newest offset, oldest offset kept, offset of the first entry given, entries, bytes
local epoch, offset = stream_position(KEYS[1], KEYS[2], ARGV[2])
local first = offset - redis.call('LLEN', KEYS[1]) + 1
local limit, max_bytes, beside = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local from, to = first, offset
if ARGV[3] ~= '' then
  from = math.max(from, tonumber(ARGV[3]) + 1)
end
if ARGV[4] ~= '' then
  to = math.min(to, tonumber(ARGV[4]) - 1)
end
local backwards = ARGV[3] == '' and ARGV[4] ~= ''
if backwards then
  from = math.max(from, to - limit + 1)
else
  to = math.min(to, from + limit - 1)
end

-- A list does not tell how long its entries are. So a few are taken at a time, and one at a time where they are large: what is taken
-- in vain is no more than that.
local SMALL, FEW = 4096, 8
local taken, bytes, step, full = {}, 0, 1, false
local begin, finish = from, to
while from <= to and not full do
  local left, right = from, math.min(to, from + step - 1)
  if backwards then
    left, right = math.max(from, to - step + 1), to
  end
  local got = redis.call('LRANGE', KEYS[1], left - first, right - first)
  local longest = 0
  for at = 1, #got do
    local entry = got[backwards and #got + 1 - at or at]
    if #taken > 0 and bytes + #entry + beside > max_bytes then
      full = true
      break
    end
    bytes = bytes + #entry + beside
    longest = math.max(longest, #entry)
    table.insert(taken, entry)
  end
  if backwards then
    to = left - 1
  else
    from = right + 1
  end
  step = longest <= SMALL and math.min(2 * step, FEW) or 1
end

local start = begin
if backwards then
  start = finish - #taken + 1
  for at = 1, math.floor(#taken / 2) do
    taken[at], taken[#taken + 1 - at] = taken[#taken + 1 - at], taken[at]
  end
end
return { now, epoch, offset, first, start, taken, bytes }
