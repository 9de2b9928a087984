-- Gives the lease to an owner, where nobody else holds it.
-- include: time
-- KEYS 1 lease: 'token until owner' · 2 token counter
-- ARGV 1 time offset · 2 owner · 3 ttl · 4 how much longer the token is remembered
-- Returns now and, where it was given, the token
local held = redis.call('GET', KEYS[1])
local token
if held then
  local mine, until_then, owner = string.match(held, '^(%d+) (%d+) (.*)$')
  if tonumber(until_then) > now then
    if owner ~= ARGV[2] then
      return { now }
    end
    token = tonumber(mine)
  end
end
token = token or grow(KEYS[2])
local ttl = tonumber(ARGV[3])
local value = digits(token) .. ' ' .. digits(now + ttl) .. ' ' .. ARGV[2]
redis.call('SET', KEYS[1], value, 'PX', digits(ttl + tonumber(ARGV[4])))
return { now, token }
