-- Gives a stream a new epoch, whatever it has: what was told under that one may be another past. Its entries stay.
-- include: time
-- KEYS 1 end
-- ARGV 1 time offset · 2 what makes the new epoch another
-- Returns now
local held = redis.call('GET', KEYS[1])
if held then
  local epoch, offset, expires = string.match(held, '^([^%s.~]+)%S* (%d+) (%d+)$')
  redis.call('SET', KEYS[1], epoch .. '.' .. ARGV[2] .. '~' .. offset .. ' ' .. offset .. ' ' .. expires, 'KEEPTTL')
end
return { now }
