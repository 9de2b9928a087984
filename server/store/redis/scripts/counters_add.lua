-- Adds to counters; each is forgotten its ttl after it was new.
-- include: time
-- KEYS counters: 'total expires'
-- ARGV 1 time offset · 2 ttl, then what to add to each
-- Returns now, then the totals
local reply = { now }
for at, key in ipairs(KEYS) do
  local add = tonumber(ARGV[at + 2])
  local held = redis.call('GET', key)
  local total, expires
  if held then
    total, expires = string.match(held, '^(%S+) (%d+)$')
  end
  if held and tonumber(expires) > now then
    total = string.format('%.17g', tonumber(total) + add)
    redis.call('SET', key, total .. ' ' .. expires, 'KEEPTTL')
  else
    total = string.format('%.17g', add)
    redis.call('SET', key, total .. ' ' .. digits(now + tonumber(ARGV[2])), 'PX', ARGV[2])
  end
  table.insert(reply, total)
end
return reply
