-- Counts a connection, once however often it is told.
-- include: time deadlines presence
-- KEYS as lib/presence.lua says
-- ARGV 1 time offset · 2 connection · 3 subject · 4 worker · 5 '1' if reliable · 6 max or '' · 7 '1' with a profile
--   · 8 profile, then the scope's edges
-- Returns now, the subject's connections, 1 if refused
local member, subject, worker, reliable = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local held = redis.call('HGET', CONNECTIONS, member)
local count = connections_of(subject)
if not held and ARGV[6] ~= '' and count >= tonumber(ARGV[6]) then
  return { now, count, 1 }
end
if held then
  local was = string.sub(held, 3)
  if was ~= worker then
    forget_of_worker(was, member)
  end
  redis.call('HINCRBY', RELIABLE, subject, tonumber(reliable) - tonumber(string.sub(held, 1, 1)))
else
  count = redis.call('HINCRBY', COUNTS, subject, 1)
  redis.call('HINCRBY', RELIABLE, subject, reliable)
  redis.call('INCR', TOTAL)
  redis.call('ZADD', SUBJECTS, 0, subject)
  cross(read_edges(9), count == 1 and 'online' or 'counted', subject)
end
redis.call('HSET', CONNECTIONS, member, reliable .. ' ' .. worker)
redis.call('ZADD', OF_WORKER .. worker, digits(now), member)
redis.call('ZADD', WORKERS, digits(now), worker)
if ARGV[7] == '1' then
  redis.call('HSET', PROFILES, subject, ARGV[8])
end
return { now, count, 0 }
