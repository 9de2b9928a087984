-- Applies one Change: all of it, or nothing where it is a repeat, fenced off or in conflict.
-- include: time deadlines streams
-- KEYS 1 version counter · 2 due deadlines · 3 deadline values, then in the order of ARGV: the idempotency result,
--   the lease, each document, each unchanged document, entries and end of each replacement's stream, scores of each bounded
--   index, entries, end and, with a tag, tags of each stream, scores and values of each index
-- ARGV 1 time offset, then
--   '1' ttl result, or '0'                           (idempotency id)
--   '1' token, or '0'                                (fence)
--   count, for each: expected, ttl or '', state or '' (documents; '' removes)
--   count, for each: expected                        (unchanged)
--   count, for each: epoch, offset, expected, entry  (replacements in streams)
--   count, for each: member, max                     (bounded indexes)
--   count, for each: new epoch, entry, length, bytes, ttl, tag or ''  (streams)
--   count, for each: member, score or '', value      (indexes; '' removes)
--   count, for each: name, due or '', payload        (deadlines; '' cancels)
--   trace or ''                                      (of the streams' entries)
-- Returns now and: 'duplicate' result · 'fenced' · 'conflict' which · 'full' which · 'committed' versions (epoch offset)*
-- A document is 16 digits of version, 16 of when it expires (0: never), and its state.
local key_at, arg_at = 3, 1
local function key()
  key_at = key_at + 1
  return KEYS[key_at]
end
local function arg()
  arg_at = arg_at + 1
  return ARGV[arg_at]
end
local function version_of(name)
  local head = redis.call('GETRANGE', name, 0, 31)
  if head == '' then
    return 0
  end
  local expires = tonumber(string.sub(head, 17))
  if expires > 0 and expires <= now then
    return 0
  end
  return tonumber(string.sub(head, 1, 16))
end

local once
if arg() == '1' then
  once = { key = key(), ttl = tonumber(arg()), result = arg() }
  local held = redis.call('GET', once.key)
  if held and tonumber(string.sub(held, 1, 16)) > now then
    return { now, 'duplicate', string.sub(held, 17) }
  end
end

if arg() == '1' then
  local held = redis.call('GET', key())
  local token = arg()
  if not held or tonumber(string.match(held, '^%d+')) > tonumber(token) then
    return { now, 'fenced' }
  end
end

local documents = {}
for which = 1, tonumber(arg()) do
  local document = { key = key(), expected = arg(), ttl = arg(), state = arg() }
  if version_of(document.key) ~= tonumber(document.expected) then
    return { now, 'conflict', which }
  end
  documents[which] = document
end
local unchanged = tonumber(arg())
for which = 1, unchanged do
  if version_of(key()) ~= tonumber(arg()) then
    return { now, 'conflict', #documents + which }
  end
end

local replacements = {}
for which = 1, tonumber(arg()) do
  local list, meta, epoch, offset, expected = key(), key(), arg(), tonumber(arg()), arg()
  local present, last = stream_end(list, meta, '')
  local at = offset - last - 1
  if present ~= epoch or at >= 0 or redis.call('LINDEX', list, at) ~= expected then
    return { now, 'conflict', #documents + unchanged + which }
  end
  replacements[which] = { list = list, at = at, entry = arg() }
end

local coming = {}
for which = 1, tonumber(arg()) do
  local scores, member, max = key(), arg(), tonumber(arg())
  local others = coming[scores] or { count = 0, members = {} }
  coming[scores] = others
  if not others.members[member] and not redis.call('ZSCORE', scores, member) then
    others.members[member] = true
    others.count = others.count + 1
    if redis.call('ZCARD', scores) + others.count > max then
      return { now, 'full', which }
    end
  end
end

local versions, positions = {}, {}
for _, replacement in ipairs(replacements) do
  redis.call('LSET', replacement.list, replacement.at, replacement.entry)
end
for which, document in ipairs(documents) do
  if document.state == '' then
    redis.call('DEL', document.key)
    versions[which] = 0
  else
    local version = grow(KEYS[1])
    versions[which] = version
    if document.ttl == '' then
      redis.call('SET', document.key, string.format('%016.0f%016.0f', version, 0) .. document.state)
    else
      local head = string.format('%016.0f%016.0f', version, now + tonumber(document.ttl))
      redis.call('SET', document.key, head .. document.state, 'PX', document.ttl)
    end
  end
end

for _ = 1, tonumber(arg()) do
  local list, meta = key(), key()
  local epoch, last = stream_end(list, meta, arg())
  local entry, most, max_bytes, ttl, tag = arg(), tonumber(arg()), tonumber(arg()), tonumber(arg()), arg()
  local tags = tag ~= '' and key()
  local keep = { length = most, bytes = max_bytes, ttl = ttl }
  table.insert(positions, epoch)
  table.insert(positions, append_entry(list, meta, epoch, last, entry, keep, tags, tag, ARGV[#ARGV]))
end

for _ = 1, tonumber(arg()) do
  local scores, values, member, score, value = key(), key(), arg(), arg(), arg()
  if score == '' then
    redis.call('ZREM', scores, member)
    redis.call('HDEL', values, member)
  else
    redis.call('ZADD', scores, score, member)
    redis.call('HSET', values, member, value)
  end
end

for _ = 1, tonumber(arg()) do
  local member, due, payload = arg(), arg(), arg()
  if due == '' then
    cancel_deadline(KEYS[2], KEYS[3], member)
  else
    set_deadline(KEYS[2], KEYS[3], member, due, payload)
  end
end

if once then
  redis.call('SET', once.key, string.format('%016.0f', now + once.ttl) .. once.result, 'PX', digits(once.ttl))
end
return { now, 'committed', versions, positions }
