-- Tags of the entries after an offset, in one text.
-- include: time streams
-- KEYS 1 entries · 2 end · 3 tags
-- ARGV 1 time offset · 2 new epoch · 3 after · 4 limit
-- Returns now, epoch, newest offset, oldest offset kept, 'offset tag' of each, one a line
local epoch, offset = stream_position(KEYS[1], KEYS[2], ARGV[2])
local first = offset - redis.call('LLEN', KEYS[1]) + 1
local from = math.max(first, tonumber(ARGV[3]) + 1)
local to = math.min(offset, from + tonumber(ARGV[4]) - 1)
local lines = {}
if from <= to then
  -- The newest tag is of the newest entry, and none is missing, unless an older server has written: then they stand further on.
  local length = redis.call('LLEN', KEYS[3])
  local missing = math.max(0, offset - first + 1 - length)
  local left, right = length - 1 - (offset - from), length - 1 - (offset - to)
  right = right + math.min(missing, 2000)
  if right >= 0 then
    lines = redis.call('LRANGE', KEYS[3], math.max(0, left), right)
  end
end
return { now, epoch, offset, first, table.concat(lines, '\n') }
