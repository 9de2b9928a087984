-- Gives a stream a new epoch where it has the one that was seen; its entries stay.
-- include: time streams
-- KEYS 1 entries · 2 end
-- ARGV 1 time offset · 2 what makes the new epoch another · 3 the epoch that was seen
-- Returns now, epoch and newest offset
local epoch, offset, expires = stream_end(KEYS[1], KEYS[2], ARGV[2])
if epoch == ARGV[3] then
  epoch = string.match(epoch, '^[^.~]+') .. '.' .. ARGV[2] .. '~' .. digits(offset)
  keep_end(KEYS[2], epoch, offset, expires - now)
end
return { now, epoch, offset }
