-- Records of subjects.
-- include: time deadlines presence
-- KEYS as lib/presence.lua says
-- ARGV 1 time offset, then subjects
-- Returns now, then for each: 1 if it is listed, connections, reliable ones, profile
local reply = { now }
for at = 2, #ARGV do
  local listed = redis.call('ZSCORE', SUBJECTS, ARGV[at]) and 1 or 0
  local connections, reliable, profile = record_of(ARGV[at])
  for _, field in ipairs({ listed, connections, reliable, profile }) do
    table.insert(reply, field)
  end
end
return reply
