-- Records of listed subjects in order of their names.
-- include: time deadlines presence
-- KEYS as lib/presence.lua says
-- ARGV 1 time offset · 2 limit · 3 where to start, as ZRANGEBYLEX takes it · 4 bytes · 5 bytes that each record counts beside its own
-- Returns now, 1 if there is more, then for each: subject, connections, reliable ones, profile
local limit = tonumber(ARGV[2])
local subjects = redis.call('ZRANGEBYLEX', SUBJECTS, ARGV[3], '+', 'LIMIT', 0, limit + 1)
local reply = { now, #subjects > limit and 1 or 0 }
local bytes, max_bytes = 0, tonumber(ARGV[4])
for at = 1, math.min(limit, #subjects) do
  bytes = bytes + #subjects[at] + redis.call('HSTRLEN', PROFILES, subjects[at]) + tonumber(ARGV[5])
  if at > 1 and bytes > max_bytes then
    reply[2] = 1
    break
  end
  local connections, reliable, profile = record_of(subjects[at])
  for _, field in ipairs({ subjects[at], connections, reliable, profile }) do
    table.insert(reply, field)
  end
end
return reply
