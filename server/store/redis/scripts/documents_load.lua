-- Documents from the first one on, as many as fit: at least one.
-- include: time
-- KEYS documents
-- ARGV 1 time offset · 2 bytes
-- Returns now, then of each the text, or nil where there is none
local reply, bytes, max_bytes = { now }, 0, tonumber(ARGV[2])
for at, name in ipairs(KEYS) do
  bytes = bytes + redis.call('STRLEN', name)
  if at > 1 and bytes > max_bytes then
    break
  end
  table.insert(reply, redis.call('GET', name))
end
return reply
