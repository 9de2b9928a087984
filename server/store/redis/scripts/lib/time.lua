-- The store's time in milliseconds: Redis's own clock plus ARGV[1], which is 0 but where tests move the clock.
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000) + tonumber(ARGV[1])

-- Lua writes large numbers as 1.7e+12.
local function digits(number)
  return string.format('%.0f', number)
end

-- The next number of a counter that never repeats one, not even when Redis has come back empty: it starts at the time.
local function grow(counter)
  local value = redis.call('INCR', counter)
  if value == 1 then
    value = micros
    redis.call('SET', counter, digits(value))
  end
  return value
end
