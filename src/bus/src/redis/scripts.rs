//! What must happen at once on the server, as Lua scripts (<https://redis.io/docs/latest/develop/programmability/eval-intro/>).
//! Each takes its keys and arguments in the order that its comment names.

/// Keys: stream, seen. Arguments: event as JSON, milliseconds to remember, entries at most, then groups that must be
/// there. Answers `taken`, `known` where the id was published before and is still in the stream, or `full:GROUP` with
/// the group that holds the most up.
///
/// Entries that every group has read and acknowledged are trimmed now and then; others never are.
pub const PUBLISH: &str = r"
for at = 4, #ARGV do redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[at], '$', 'MKSTREAM') end
local seen = redis.call('GET', KEYS[2])
if seen then
  local there = redis.pcall('XRANGE', KEYS[1], seen, seen)
  if not there.err and #there > 0 then return 'known' end
end
local length, most = redis.call('XLEN', KEYS[1]), tonumber(ARGV[3])
if length >= most or length % 128 == 127 then
  local function parts(id)
    local first, second = string.match(id, '^(%d+)-(%d+)$')
    return tonumber(first), tonumber(second)
  end
  local lowest, slowest = nil, ''
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local told = {}
    for at = 1, #group, 2 do told[group[at]] = group[at + 1] end
    local first, second = parts(told['last-delivered-id'])
    local from = string.format('%.0f-%.0f', first, second + 1)
    if told['pending'] > 0 then from = redis.call('XPENDING', KEYS[1], told['name'])[2] end
    first, second = parts(from)
    local low_first, low_second = 0, 0
    if lowest then low_first, low_second = parts(lowest) end
    if not lowest or first < low_first or (first == low_first and second < low_second) then
      lowest, slowest = from, told['name']
    end
  end
  if lowest then redis.call('XTRIM', KEYS[1], 'MINID', lowest) else redis.call('XTRIM', KEYS[1], 'MAXLEN', 0) end
  if redis.call('XLEN', KEYS[1]) >= most then return 'full:' .. slowest end
end
local entry = redis.call('XADD', KEYS[1], '*', 'event', ARGV[1])
redis.call('SET', KEYS[2], entry, 'PX', ARGV[2])
return 'taken'
";

/// Keys: stream, handled. Arguments: group, entry. Answers how often the entry was delivered to the group; 0 where its
/// event was handled before, which acknowledges it; -1 where the entry is not pending.
pub const DELIVER: &str = r"
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
  return 0
end
local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1)
if #pending == 0 then return -1 end
return pending[1][4]
";

/// Keys: stream, handled. Arguments: group, entry, milliseconds to remember. The group has handled the event.
pub const ACKNOWLEDGE: &str = r"
redis.call('SET', KEYS[2], '1', 'PX', ARGV[3])
return redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
";

/// Keys: stream. Arguments: group, milliseconds. Removes consumers that hold nothing and were not seen for so long.
pub const FORGET_CONSUMERS: &str = r"
local gone = 0
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local told = {}
  for at = 1, #consumer, 2 do told[consumer[at]] = consumer[at + 1] end
  if told['pending'] == 0 and told['idle'] > tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], told['name'])
    gone = gone + 1
  end
end
return gone
";

/// Keys: counter. Arguments: window in microseconds, bound, a member that nobody else adds. Answers with the requests
/// within the window, this one counted in; one more than the bound where there are more.
pub const COUNT: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[1]))
local counted = redis.call('ZCARD', KEYS[1])
if counted < tonumber(ARGV[2]) then redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[3]) end
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil(ARGV[1] / 1000)))
return counted + 1
";

/// Keys: value, lock. Arguments: token, milliseconds of the lock. Answers with the value; or 1 for the one who may fetch
/// it, or 0 for who must wait. What is no string counts as none, and is overwritten.
pub const LOOK: &str = r"
local value = redis.pcall('GET', KEYS[1])
if type(value) == 'string' then return value end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return 0
";

/// Keys: value, lock. Arguments: token, value, milliseconds to keep it. Keeps the value and lets go of the lock, if it
/// is still ours.
pub const LAND: &str = r"
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1
";

/// Keys: lock. Arguments: token. Lets go of the lock, if it is still ours.
pub const LET_GO: &str = r"
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
";
