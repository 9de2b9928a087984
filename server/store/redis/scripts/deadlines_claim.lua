-- Claims the oldest due deadlines of a shard: nobody else may until the lease is over.
-- include: time
-- KEYS 1 due deadlines · 2 deadline values
-- ARGV 1 time offset · 2 limit · 3 lease in milliseconds · 4 what the names of these claims begin with
-- Returns now, then for each: its name, when it is due, payload, claim
local reply = { now }
local until_then = digits(now + tonumber(ARGV[3]))
for at, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', digits(now), 'LIMIT', 0, ARGV[2])) do
  local due, payload = string.match(redis.call('HGET', KEYS[2], member), '^%S+ (%S+) (.*)$')
  local claim = ARGV[4] .. at
  redis.call('ZADD', KEYS[1], until_then, member)
  redis.call('HSET', KEYS[2], member, claim .. ' ' .. due .. ' ' .. payload)
  for _, field in ipairs({ member, due, payload, claim }) do
    table.insert(reply, field)
  end
end
return reply
