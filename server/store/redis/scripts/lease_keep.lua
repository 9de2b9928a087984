-- Renews a lease that is still held under this token, or (ttl 0) releases it; its token is remembered for fencing.
-- include: time
-- KEYS 1 lease
-- ARGV 1 time offset · 2 token · 3 ttl · 4 how much longer the token is remembered
-- Returns now and 1, or 0 where it is not held any more
local held = redis.call('GET', KEYS[1])
if not held then
  return { now, 0 }
end
local token, until_then, owner = string.match(held, '^(%d+) (%d+) (.*)$')
if token ~= ARGV[2] or tonumber(until_then) <= now then
  return { now, 0 }
end
local ttl = tonumber(ARGV[3])
local value = token .. ' ' .. digits(now + ttl) .. ' ' .. owner
redis.call('SET', KEYS[1], value, 'PX', digits(ttl + tonumber(ARGV[4])))
return { now, 1 }
