-- Appends an entry and tells the subscribers, once per idempotency key.
-- include: time streams
-- KEYS 1 entries · 2 end · 3 what the idempotency key did, where there is one
-- ARGV 1 time offset · 2 new epoch · 3 entry · 4 length · 5 ttl · 6 ttl of the idempotency key
-- Returns now, epoch, offset, whether it is a repeat (1 or 0), and then the first entry or nil
local epoch, last = stream_end(KEYS[1], KEYS[2], ARGV[2])
if KEYS[3] then
  local held = redis.call('GET', KEYS[3])
  if held then
    local of, offset, expires = string.match(held, '^(%S+) (%d+) (%d+)$')
    -- A renewed stream has its entries still, and with them what they answer.
    local same = string.match(of, '^[^.~]+') == string.match(epoch, '^[^.~]+')
    if same and tonumber(offset) <= last and tonumber(expires) > now then
      local behind = last - tonumber(offset)
      return { now, epoch, tonumber(offset), 1, redis.call('LINDEX', KEYS[1], -1 - behind) }
    end
  end
end
local offset = append_entry(KEYS[1], KEYS[2], epoch, last, ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]))
if KEYS[3] then
  local expires = digits(now + tonumber(ARGV[6]))
  redis.call('SET', KEYS[3], epoch .. ' ' .. digits(offset) .. ' ' .. expires, 'PX', ARGV[6])
end
return { now, epoch, offset, 0 }
