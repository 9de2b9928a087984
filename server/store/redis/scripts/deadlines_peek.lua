-- When the oldest due deadlines of some shards are due.
-- include: time
-- KEYS due deadlines of each shard
-- ARGV 1 time offset · 2 limit, for each shard
-- Returns now, then for each: the number of its key, and when it is due
local reply = { now }
for shard, key in ipairs(KEYS) do
  local due = redis.call('ZRANGEBYSCORE', key, '-inf', digits(now), 'WITHSCORES', 'LIMIT', 0, ARGV[2])
  for at = 2, #due, 2 do
    table.insert(reply, shard)
    table.insert(reply, due[at])
  end
end
return reply
