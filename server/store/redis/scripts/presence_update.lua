-- Replaces the profile of a listed subject.
-- include: time deadlines presence
-- KEYS as lib/presence.lua says
-- ARGV 1 time offset · 2 subject · 3 profile
-- Returns now, 1 if it is listed
if not redis.call('ZSCORE', SUBJECTS, ARGV[2]) then
  return { now, 0 }
end
redis.call('HSET', PROFILES, ARGV[2], ARGV[3])
return { now, 1 }
