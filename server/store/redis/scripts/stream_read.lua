-- Reads a part of a stream; gives one that was never written its epoch.
-- include: time streams
-- KEYS 1 entries · 2 end
-- ARGV 1 time offset · 2 new epoch · 3 after or '' · 4 before or '' · 5 limit
-- Returns now, epoch, newest offset, oldest offset kept, offset of the first entry given, entries
local epoch, offset = stream_position(KEYS[1], KEYS[2], ARGV[2])
local first = offset - redis.call('LLEN', KEYS[1]) + 1
local limit = tonumber(ARGV[5])
local from, to = first, offset
if ARGV[3] ~= '' then
  from = math.max(from, tonumber(ARGV[3]) + 1)
end
if ARGV[4] ~= '' then
  to = math.min(to, tonumber(ARGV[4]) - 1)
end
if ARGV[3] == '' and ARGV[4] ~= '' then
  from = math.max(from, to - limit + 1)
else
  to = math.min(to, from + limit - 1)
end
local entries = {}
if from <= to then
  entries = redis.call('LRANGE', KEYS[1], from - first, to - first)
end
return { now, epoch, offset, first, from, entries }
