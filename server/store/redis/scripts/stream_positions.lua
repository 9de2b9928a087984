-- Where streams end; gives those that were never written their epochs.
-- include: time streams
-- KEYS entries and end of each stream
-- ARGV 1 time offset · 2 what new epochs begin with
-- Returns now, then epoch and newest offset of each
local reply = { now }
for at = 1, #KEYS, 2 do
  local epoch, offset = stream_position(KEYS[at], KEYS[at + 1], ARGV[2] .. at)
  table.insert(reply, epoch)
  table.insert(reply, offset)
end
return reply
