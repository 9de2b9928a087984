-- The entries at some offsets.
-- include: time streams
-- KEYS 1 entries · 2 end
-- ARGV 1 time offset · 2 new epoch, then the offsets
-- Returns now, epoch, then each entry, '' where there is none
local epoch, last = stream_end(KEYS[1], KEYS[2], ARGV[2])
local reply = { now, epoch }
for which = 3, #ARGV do
  local at = tonumber(ARGV[which]) - last - 1
  table.insert(reply, at < 0 and redis.call('LINDEX', KEYS[1], at) or '')
end
return reply
