-- Lists the workers; first takes those off that have been silent for too long, where asked to.
-- include: time
-- KEYS 1 workers by their last heartbeat · 2 what they told of themselves
-- ARGV 1 time offset · 2 milliseconds of silence, or '' · 3 a worker that stays
-- Returns now, the workers taken off, then worker and info of those that live
local gone = {}
if ARGV[2] ~= '' then
  local latest = digits(now - tonumber(ARGV[2]))
  for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', latest)) do
    if worker ~= ARGV[3] then
      redis.call('ZREM', KEYS[1], worker)
      redis.call('HDEL', KEYS[2], worker)
      table.insert(gone, worker)
    end
  end
end
local reply = { now, gone }
for _, worker in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  table.insert(reply, worker)
  table.insert(reply, redis.call('HGET', KEYS[2], worker) or '{}')
end
return reply
