-- Removes a deadline that nobody has claimed or set since this claim.
-- include: time deadlines
-- KEYS 1 due deadlines · 2 deadline values
-- ARGV 1 time offset · 2 its name · 3 the claim
-- Returns now
local value = redis.call('HGET', KEYS[2], ARGV[2])
if value and string.sub(value, 1, #ARGV[3] + 1) == ARGV[3] .. ' ' then
  cancel_deadline(KEYS[1], KEYS[2], ARGV[2])
end
return { now }
