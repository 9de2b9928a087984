-- KEYS 1 connections: hash 'length:subject connection' -> 'reliable worker' · 2 subjects, a sorted set by name
-- · 3 profiles · 4 connections per subject · 5 reliable ones per subject · 6 all connections
-- · 7 workers with connections here, by when they last told · 8 due deadlines · 9 deadline values
-- · 10 the beginning of the names of the sets of each worker's connections, by when each was last told
local CONNECTIONS, SUBJECTS, PROFILES, COUNTS, RELIABLE = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local TOTAL, WORKERS, DUE, VALUES, OF_WORKER = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]

-- ARGV from `at` on: the scope's name as JSON, then three times (online, offline, counted): a count, and for each edge the
-- beginning of its deadline's name and after how many milliseconds it is due.
local function read_edges(at)
  local edges = { scope = ARGV[at], online = {}, offline = {}, counted = {} }
  at = at + 1
  for _, side in ipairs({ 'online', 'offline', 'counted' }) do
    local count = tonumber(ARGV[at])
    at = at + 1
    for _ = 1, count do
      table.insert(edges[side], { member = ARGV[at], after = tonumber(ARGV[at + 1]) })
      at = at + 2
    end
  end
  return edges
end

-- The deadlines that a change of the count cancels.
local PASSED = { online = { 'offline' }, offline = { 'online', 'counted' }, counted = {} }

local function cross(edges, set, subject)
  for _, side in ipairs(PASSED[set]) do
    for _, edge in ipairs(edges[side]) do
      cancel_deadline(DUE, VALUES, edge.member .. subject)
    end
  end
  local payload = '{"scope":' .. edges.scope .. ',"subject":' .. cjson.encode(subject) .. '}'
  for _, edge in ipairs(edges[set]) do
    set_deadline(DUE, VALUES, edge.member .. subject, digits(now + edge.after), payload)
  end
end

local function connections_of(subject)
  return tonumber(redis.call('HGET', COUNTS, subject) or 0)
end

local function forget_of_worker(worker, member)
  local set = OF_WORKER .. worker
  redis.call('ZREM', set, member)
  if redis.call('EXISTS', set) == 0 then
    redis.call('ZREM', WORKERS, worker)
  end
end

-- Ends a connection, once; returns how many the subject still has.
local function drop(edges, member, subject)
  local held = redis.call('HGET', CONNECTIONS, member)
  if not held then
    return connections_of(subject)
  end
  redis.call('HDEL', CONNECTIONS, member)
  forget_of_worker(string.sub(held, 3), member)
  if redis.call('DECR', TOTAL) <= 0 then
    redis.call('DEL', TOTAL)
  end
  if string.sub(held, 1, 1) == '1' then
    redis.call('HINCRBY', RELIABLE, subject, -1)
  end
  local count = redis.call('HINCRBY', COUNTS, subject, -1)
  if count > 0 then
    cross(edges, 'counted', subject)
    return count
  end
  redis.call('HDEL', COUNTS, subject)
  redis.call('HDEL', RELIABLE, subject)
  cross(edges, 'offline', subject)
  if #edges.offline == 0 then
    redis.call('ZREM', SUBJECTS, subject)
    redis.call('HDEL', PROFILES, subject)
  end
  return 0
end

-- connections, reliable, profile of a subject that is listed.
local function record_of(subject)
  return redis.call('HGET', COUNTS, subject) or '0',
    redis.call('HGET', RELIABLE, subject) or '0',
    redis.call('HGET', PROFILES, subject) or ''
end
