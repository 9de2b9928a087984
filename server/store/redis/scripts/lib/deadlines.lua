-- A deadline is a member of a sorted set, by the time from which it may be claimed, and 'claim dueAt payload' in a hash.
-- The claim of one that nobody has claimed since it was set is '-'.
local function set_deadline(due, values, member, at, payload)
  redis.call('ZADD', due, at, member)
  redis.call('HSET', values, member, '- ' .. at .. ' ' .. payload)
end

local function cancel_deadline(due, values, member)
  redis.call('ZREM', due, member)
  redis.call('HDEL', values, member)
end
