-- Puts a mark of the format in place of the one that was seen, where that is still there.
-- include: time
-- KEYS 1 mark
-- ARGV 1 time offset · 2 the mark that was seen, or '' · 3 the next one, or '' to look only
-- Returns now, and the mark that stands there now, or ''
local held = redis.call('GET', KEYS[1]) or ''
if held == ARGV[2] and ARGV[3] ~= '' then
  -- A Redis that is full, or takes no writes, keeps the mark that it has.
  local put = redis.pcall('SET', KEYS[1], ARGV[3])
  if not put.err then
    held = ARGV[3]
  end
end
return { now, held }
