-- One member of an index.
-- include: time
-- KEYS 1 scores · 2 values
-- ARGV 1 time offset · 2 member
-- Returns now and, where it is there, score and value
local score = redis.call('ZSCORE', KEYS[1], ARGV[2])
if not score then
  return { now }
end
return { now, score, redis.call('HGET', KEYS[2], ARGV[2]) }
