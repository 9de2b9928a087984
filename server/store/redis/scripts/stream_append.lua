-- Appends an entry and tells the subscribers, once per idempotency key.
-- include: time streams
-- KEYS 1 entries · 2 end, then tags, where it has one, and what the idempotency key did, where there is one
-- ARGV 1 time offset · 2 new epoch · 3 entry · 4 length · 5 ttl · 6 ttl of the idempotency key · 7 tag or '' · 8 bytes
--   9 trace or ''
-- Returns now, epoch, offset, whether it is a repeat (1 or 0), and then the first entry or nil
-- A key that is not needed is not named: while a slot moves, a cluster takes commands only where all their keys are in one place.
local tags = ARGV[7] ~= '' and KEYS[3]
local done = tags and KEYS[4] or not tags and KEYS[3]
local epoch, last = stream_end(KEYS[1], KEYS[2], ARGV[2])
if done then
  local held = redis.call('GET', done)
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
local keep = { length = tonumber(ARGV[4]), bytes = tonumber(ARGV[8]), ttl = tonumber(ARGV[5]) }
local offset = append_entry(KEYS[1], KEYS[2], epoch, last, ARGV[3], keep, tags, ARGV[7], ARGV[9])
if done then
  local expires = digits(now + tonumber(ARGV[6]))
  redis.call('SET', done, epoch .. ' ' .. digits(offset) .. ' ' .. expires, 'PX', ARGV[6])
end
return { now, epoch, offset, 0 }
