#include "scripts.hpp"

#include <string>

namespace signaling::redis_adapter {

namespace {

// Time in microseconds and marks stay below 2^53 until the year 2255, so that Lua's numbers hold them exactly.
constexpr std::string_view prelude = R"lua(
local b = KEYS[1]
local call = redis.call
local function now() local t = call('TIME') return t[1] * 1000000 + t[2] end
local function digits(n) return string.format('%016.0f', n) end
local function next_mark()
  local m = now()
  local last = tonumber(call('GET', b .. 'mark') or '0')
  if m <= last then m = last + 1 end
  m = digits(m)
  call('SET', b .. 'mark', m)
  return m
end
local function is_open(run)
  local e = call('GET', b .. 'epoch')
  return e and string.sub(e, 1, #run) == run
end
-- `other`: it is open under another server process than the caller knows; the caller is about to hear of it.
local function closed() return {'epoch', call('EXISTS', b .. 'epoch') == 1 and 'other' or 'none'} end
local function gate(run)
  if not is_open(run) then return closed() end
  local left = call('PTTL', b .. 'settle')
  if left > 0 then return {'settling', left} end
end
local function fenced(tag)
  local f = call('GET', b .. 'f:' .. tag)
  if f and string.sub(f, 17, 17) == 'D' then return {'fenced', string.sub(f, 1, 16)} end
end
local function owned(room, member) return string.format('%08x', #room) .. room .. member end
local function disown(tag, room, member)
  call('SREM', b .. 'o:' .. tag, owned(room, member))
  if call('EXISTS', b .. 'o:' .. tag) == 0 then call('SREM', b .. 'owners', tag) end
end
local function own(tag, room, member)
  if call('SADD', b .. 'o:' .. tag, owned(room, member)) == 1 then call('SADD', b .. 'owners', tag) end
end
local keep = 600000
local function bury(room, tag, member, m, kind)
  local x = b .. 'x:' .. room
  call('ZREM', x, (kind == 'D' and 'L' or 'D') .. tag .. member)
  call('ZADD', x, m, kind .. tag .. member)
  call('ZREMRANGEBYSCORE', x, '-inf', '(' .. digits(tonumber(m) - keep * 1000))
  call('ZREMRANGEBYRANK', x, 0, -1001)
  call('PEXPIRE', x, keep)
end
local function unbury(room, tag, member)
  call('ZREM', b .. 'x:' .. room, 'D' .. tag .. member, 'L' .. tag .. member)
end
local function note(m, kind, tag, room, member, value)
  local log = b .. 'log'
  call('ZADD', log, m, m .. kind .. tag .. string.format('%08x%08x', #room, #member) .. room .. member .. value)
  call('PEXPIRE', log, keep)
end
local function trim_log()
  call('ZREMRANGEBYSCORE', b .. 'log', '-inf', '(' .. digits(now() - keep * 1000))
  call('ZREMRANGEBYRANK', b .. 'log', 0, -1000001)
end
)lua";

constexpr std::string_view open_source = R"lua(
local run, known, is_new, planned = ARGV[1], ARGV[2] == '1', ARGV[3] == '1', ARGV[4] == '1'
local settle, lease, may_change = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7] == '1'
local e = call('GET', b .. 'epoch')
local t = now()
local is_same = e and string.sub(e, 1, #run) == run
if e and not is_same and not may_change then return {'epoch', 'other'} end
local was_settled = e and string.sub(e, -1) == 's'
-- Nodes that were here before on another server have entries that this one may lack: nobody is shown a list until they had
-- the time to restore them. Once for each server process.
local must_settle = not planned and ((not is_same and (e or known)) or (is_same and known and is_new and not was_settled))
if not is_same then call('DEL', b .. 'back') end
if not is_same or must_settle then
  call('SET', b .. 'epoch', run .. digits(t) .. ((must_settle or (is_same and was_settled)) and 's' or '-'))
end
if must_settle then
  call('SET', b .. 'settle', '1', 'PX', settle)
  if lease > 0 then
    -- Leases could not be renewed while there was no server.
    call('SET', b .. 'beat', string.format('%.0f', math.floor(t / 1000)))
    local all = call('HGETALL', b .. 'nodes')
    for i = 1, #all, 2 do
      if string.sub(all[i + 1], 1, 1) == 'A' then
        call('HSET', b .. 'nodes', all[i], 'A' .. string.format('%013.0f', math.floor(t / 1000) + lease) .. string.sub(all[i + 1], 15))
      end
    end
  end
end
local left = call('PTTL', b .. 'settle')
if left < 0 then left = 0 end
return {'ok', digits(t), left, call('GET', b .. 'epoch')}
)lua";

constexpr std::string_view put_source = R"lua(
local refusal = gate(ARGV[1]) or fenced(ARGV[2])
if refusal then return refusal end
local tag, room, member, value, max = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
local r = b .. 'r:' .. room
local old = call('HGET', r, member)
if not old and max > 0 and call('HLEN', r) >= max then return {'full'} end
local all = call('HGETALL', r)
local m = next_mark()
local order = m
if old then
  order = string.sub(old, 1, 16)
  local holder = string.sub(old, 33, 36)
  if holder ~= tag then disown(holder, room, member) end
else
  unbury(room, tag, member)
end
call('HSET', r, member, order .. m .. tag .. '-' .. value)
own(tag, room, member)
return {'ok', m, old and 1 or 0, cmsgpack.pack(all)}
)lua";

constexpr std::string_view remove_source = R"lua(
local refusal = gate(ARGV[1]) or fenced(ARGV[2])
if refusal then return refusal end
local tag, room, member = ARGV[2], ARGV[3], ARGV[4]
local r = b .. 'r:' .. room
local old = call('HGET', r, member)
local m = next_mark()
local holder = old and string.sub(old, 33, 36) or tag
if old then
  call('HDEL', r, member)
  disown(holder, room, member)
end
bury(room, holder, member, m, 'D')
return {'ok', m, old and 1 or 0}
)lua";

constexpr std::string_view list_source = R"lua(
local refusal = gate(ARGV[1])
if refusal then return refusal end
return {'ok', call('GET', b .. 'mark') or '0', cmsgpack.pack(call('HGETALL', b .. 'r:' .. ARGV[2]))}
)lua";

constexpr std::string_view reap_source = R"lua(
local tag, kind, generation, limit, by_itself = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1'
local o, f = b .. 'o:' .. tag, b .. 'f:' .. tag
if kind == 'L' then
  local fence = call('GET', f)
  if fence then
    -- It came back from this death, or died again since: whoever is late must not take its new entries.
    local last = string.sub(fence, 1, 16)
    if last > generation or (last == generation and string.sub(fence, 17, 17) == 'A') then return {0} end
  end
  call('SET', f, generation .. 'D', 'PX', 3600000)
end
local items = call('SPOP', o, limit)
if #items == 0 then
  call('SREM', b .. 'owners', tag)
  if kind == 'L' and by_itself then call('SET', f, generation .. 'A', 'PX', 3600000) end
  return {0}
end
for _, item in ipairs(items) do
  local size = tonumber(string.sub(item, 1, 8), 16)
  local room, member = string.sub(item, 9, 8 + size), string.sub(item, 9 + size)
  local r = b .. 'r:' .. room
  local e = call('HGET', r, member)
  if e and string.sub(e, 33, 36) == tag then
    call('HDEL', r, member)
    local m = next_mark()
    bury(room, tag, member, m, 'L')
    note(m, kind, tag, room, member, '')
  end
end
trim_log()
return {#items}
)lua";

constexpr std::string_view restore_source = R"lua(
if not is_open(ARGV[1]) then return closed() end
local tag, back = ARGV[2], ARGV[3] == '1'
local refusal = fenced(tag)
if refusal then return refusal end
local result = {'ok'}
for i = 4, #ARGV, 5 do
  local room, member, value, order, mark = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local r = b .. 'r:' .. room
  local e = call('HGET', r, member)
  if e and string.sub(e, 33, 36) == tag then
    if string.sub(e, 38) ~= value then
      order, mark = string.sub(e, 1, 16), next_mark()
      call('HSET', r, member, order .. mark .. tag .. '-' .. value)
    else
      order, mark = string.sub(e, 1, 16), string.sub(e, 17, 32)
    end
    own(tag, room, member)
  else
    local flag = '-'
    if back or call('ZSCORE', b .. 'x:' .. room, 'L' .. tag .. member) then
      -- The others were told that it has gone.
      mark = next_mark()
      order = mark
      flag = 'b'
      note(mark, 'J', tag, room, member, value)
    elseif mark > digits(tonumber(call('GET', b .. 'mark') or '0')) then
      call('SET', b .. 'mark', mark)
    end
    unbury(room, tag, member)
    if e then disown(string.sub(e, 33, 36), room, member) end
    call('HSET', r, member, order .. mark .. tag .. flag .. value)
    own(tag, room, member)
  end
  result[#result + 1] = order .. mark
end
return result
)lua";

constexpr std::string_view back_source = R"lua(
if not is_open(ARGV[1]) then return closed() end
local epoch, limit, more = ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5])
local e = call('GET', b .. 'epoch')
-- Its data were deleted and others have opened it again: what this node has restored is gone.
if string.sub(e, 1, #epoch) ~= epoch then return {'epoch', 'none'} end
local left = call('PTTL', b .. 'settle')
if left < 0 then left = 0 end
call('SADD', b .. 'back', ARGV[3])
call('PEXPIRE', b .. 'back', 86400000)
local age = (now() - tonumber(string.sub(epoch, -16))) / 1000
if string.sub(e, -1) ~= 's' or age >= limit then return {'ok', left, 1} end
for i = 6, #ARGV do
  if call('SISMEMBER', b .. 'back', ARGV[i]) == 0 then
    if left < more then
      call('SET', b .. 'settle', '1', 'PX', more)
      left = more
    end
    return {'ok', left, 0}
  end
end
return {'ok', left, 1}
)lua";

constexpr std::string_view drop_source = R"lua(
if not is_open(ARGV[1]) then return closed() end
local tag = ARGV[2]
for i = 3, #ARGV, 2 do
  local room, member = ARGV[i], ARGV[i + 1]
  local r = b .. 'r:' .. room
  local e = call('HGET', r, member)
  disown(tag, room, member)
  if e and string.sub(e, 33, 36) == tag then
    call('HDEL', r, member)
    local m = next_mark()
    bury(room, tag, member, m, 'L')
    note(m, 'D', tag, room, member, '')
  end
end
trim_log()
return {'ok'}
)lua";

constexpr std::string_view changes_source = R"lua(
if not is_open(ARGV[1]) then return closed() end
local tag, room, since = ARGV[2], ARGV[3], ARGV[4]
local result = {'ok'}
local function add(kind, mark, member, value)
  local n = #result
  result[n + 1], result[n + 2], result[n + 3], result[n + 4] = kind, mark, member, value
end
local all = call('HGETALL', b .. 'r:' .. room)
for i = 1, #all, 2 do
  local e = all[i + 1]
  -- By the mark of its entry: whoever only changed its value since then is known already.
  if string.sub(e, 1, 16) > since and string.sub(e, 33, 36) ~= tag and string.sub(e, 37, 37) == '-' then
    add('J', string.sub(e, 1, 16), all[i], string.sub(e, 38))
  end
end
local gone = call('ZRANGEBYSCORE', b .. 'x:' .. room, '(' .. since, '+inf', 'WITHSCORES')
for i = 1, #gone, 2 do
  local x = gone[i]
  if string.sub(x, 1, 1) == 'D' and string.sub(x, 2, 5) ~= tag then
    add('D', digits(tonumber(gone[i + 1])), string.sub(x, 6), '')
  end
end
return result
)lua";

constexpr std::string_view beat_source = R"lua(
local run, tag, incarnation, info, mode = ARGV[1], ARGV[2], ARGV[3], ARGV[7], ARGV[8]
local ttl, grace, forget = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if not is_open(run) then return closed() end
local nodes = b .. 'nodes'
local us = now()
local t = math.floor(us / 1000)
local function entry(state, expiry, inc, died, text) return state .. string.format('%013.0f', expiry) .. inc .. died .. text end
local all = call('HGETALL', nodes)
-- Nobody has beaten for a while: it was the server that stood still, or all nodes were gone. Nobody's lease ran out by that.
local last = tonumber(call('GET', b .. 'beat') or '0')
local is_late = last > 0 and t - last > grace
call('SET', b .. 'beat', string.format('%.0f', t))
local never = '0000000000000000'
local verdict, died_at = 'ok', never
local result = {}
local deaths, is_listed = 0, false
local function add(which, state, inc, died, text)
  local n = #result
  result[n + 1], result[n + 2], result[n + 3], result[n + 4], result[n + 5] = which, state, inc, died, text
end
for i = 1, #all, 2 do
  local which, e = all[i], all[i + 1]
  local state, expiry = string.sub(e, 1, 1), tonumber(string.sub(e, 2, 14))
  local inc, died, text = string.sub(e, 15, 30), string.sub(e, 31, 46), string.sub(e, 47)
  if which == tag then
    is_listed = true
    died_at = died
    if state == 'A' and inc ~= incarnation and (expiry >= t or is_late) then
      verdict = 'taken'
    elseif state == 'D' or inc ~= incarnation then
      if state == 'A' then
        -- An earlier process under this tag, dead and not yet seen to be.
        state, died = 'D', digits(us)
        died_at = died
      end
      if mode == 'revive' then
        state, text = 'A', info
        call('HSET', nodes, tag, entry('A', t + ttl, incarnation, died, info))
      else
        verdict = 'dead'
        call('HSET', nodes, tag, entry('D', t + forget, inc, died, text))
      end
    else
      call('HSET', nodes, tag, entry('A', t + ttl, incarnation, died, info))
      text = info
    end
    add(which, state, incarnation, died, text)
  elseif state == 'A' and is_late then
    call('HSET', nodes, which, entry('A', t + ttl, inc, died, text))
    add(which, state, inc, died, text)
  elseif state == 'A' and expiry < t then
    state, died = 'D', digits(us)
    deaths = deaths + 1
    call('HSET', nodes, which, entry('D', t + forget, inc, died, text))
    add(which, state, inc, died, text)
  elseif state == 'D' and expiry < t then
    call('HDEL', nodes, which)
  else
    add(which, state, inc, died, text)
  end
end
if not is_listed then
  if mode == 'renew' then
    verdict = 'unknown'
  else
    call('HSET', nodes, tag, entry('A', t + ttl, incarnation, never, info))
    add(tag, 'A', incarnation, never, info)
  end
end
return {verdict, died_at, digits(us), deaths, result}
)lua";

// A level leaks as time goes by the server's clock, and where that runs backwards it waits.
constexpr std::string_view count_source = R"lua(
local t = now()
local answers = {}
for i = 1, #ARGV, 4 do
  local key = b .. 'c:' .. ARGV[i]
  local amount, rate, limit = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])
  local level, kept = 0, call('GET', key)
  if kept then
    local old, at = string.match(kept, '^(%S+) (%S+)$')
    old, at = tonumber(old), tonumber(at)
    if old and at then level = math.max(0, old - math.max(0, t - at) / 1000000 * rate) end
  end
  local taken = level + amount <= limit
  if taken then
    level = math.max(0, level + amount)
    if level > 0 then
      local ms = math.min(math.ceil(level / rate * 1000) + 1, 604800000)
      call('SET', key, string.format('%.17g %.0f', level, t), 'PX', string.format('%.0f', ms))
    elseif kept then
      call('DEL', key)
    end
  end
  answers[#answers + 1] = (taken and '1' or '0') .. string.format('%.17g', level)
end
return answers
)lua";

constexpr std::string_view leave_source = R"lua(
local e = call('HGET', b .. 'nodes', ARGV[1])
if e and string.sub(e, 15, 30) == ARGV[2] then return call('HDEL', b .. 'nodes', ARGV[1]) end
return 0
)lua";

Script make(std::string_view source) { return Script(std::string(prelude).append(source)); }

}  // namespace

Scripts::Scripts()
    : open(make(open_source)),
      put(make(put_source)),
      remove(make(remove_source)),
      list(make(list_source)),
      reap(make(reap_source)),
      restore(make(restore_source)),
      back(make(back_source)),
      drop(make(drop_source)),
      changes(make(changes_source)),
      beat(make(beat_source)),
      leave(make(leave_source)),
      count(make(count_source)) {}

}  // namespace signaling::redis_adapter
