-- Takes a subject without connections off the list.
-- include: time deadlines presence
-- KEYS as lib/presence.lua says
-- ARGV 1 time offset · 2 subject
-- Returns now, 1 if it was listed and has left
if redis.call('HEXISTS', COUNTS, ARGV[2]) == 1 or redis.call('ZREM', SUBJECTS, ARGV[2]) == 0 then
  return { now, 0 }
end
redis.call('HDEL', PROFILES, ARGV[2])
return { now, 1 }
