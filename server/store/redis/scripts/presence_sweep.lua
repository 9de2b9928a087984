-- Ends connections that a worker told of before a time and not again since: a bounded number of them.
-- include: time deadlines presence
-- KEYS as lib/presence.lua says
-- ARGV 1 time offset · 2 worker · 3 the time · 4 limit, then the scope's edges
-- Returns now, how many
local edges = read_edges(5)
local set = OF_WORKER .. ARGV[2]
local members = redis.call('ZRANGEBYSCORE', set, '-inf', '(' .. ARGV[3], 'LIMIT', 0, ARGV[4])
for _, member in ipairs(members) do
  local length, rest = string.match(member, '^(%d+):(.*)$')
  drop(edges, member, string.sub(rest, 1, tonumber(length)))
end
return { now, #members }
