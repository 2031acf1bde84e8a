#pragma once
// The Lua scripts: each one step that has to be taken as a whole, on the keys of one partition.
//
// KEYS[1] is the base of the partition's keys, `<prefix>:{tag}:`; the others begin with it and so live on the same server.
// There is never a key of that name, and KEYS[2] is another: while a cluster moves the slot, Redis answers TRYAGAIN to such a
// pair on both sides, so that no script runs where half of its keys are (cluster specification, "multi-key operations").
//   r:<room>   hash   member -> entry (presence_entry.hpp)
//   c:<key>    string level of a shared counter, and the time in µs; expires when it has leaked to 0
//   x:<room>   zset   tombstones: kind (`D`: told by a message; `L`: the log tells of it), tag, member; by mark
//   o:<tag>    set    what that node has registered in this partition
//   owners     set    tags that have such a set
//   f:<tag>    string fence of a node: time of its death, then `D` (its entries are being taken, it may add none) or `A` (it is
//   back) log        zset   changes that no message tells of, by mark mark       string the last mark given epoch      string
//   run id of the server process that the partition was opened on, time, `s` where settling was begun for it settle     string
//   exists while nodes are given time to restore their entries back       set    tags of those that have, into this server
//   process nodes      hash   tag -> registration (partition 0 alone):
//   state, expiry in ms (13), incarnation (16), time of death (16), info beat       string time of the last beat of any node,
//   in ms (partition 0 alone)

#include "script.hpp"

namespace signaling::redis_adapter {

struct Scripts {
  Scripts();

  /// run, was up before (1/0), is another server (1/0), is a planned move (1/0), settling ms, lease ms (0: not partition 0),
  /// may put its run in the place of another (1/0) -> [ok, time µs, settling for ms, epoch] or [epoch,
  /// other]
  Script open;
  /// run, tag, room, member, value, max -> [ok, mark, existed, members] or a refusal; members: msgpack array of member, entry,
  /// … (one long string is much cheaper for both sides than thousands of short ones)
  Script put;
  /// run, tag, room, member -> [ok, mark, existed]
  Script remove;
  /// run, room -> [ok, mark, members]
  /// Refusals of these three: [epoch, none or other], [settling, ms], [fenced, time of death], [full].
  Script list;
  /// tag, kind, generation, limit, is by itself (1/0) -> [taken]: calls until it is 0
  Script reap;
  /// run, tag, is back (1/0), then room, member, value, order, mark of each -> [ok, order+mark…] or [epoch], [fenced, …]
  Script restore;
  /// run, epoch, tag, limit ms, extension ms, then the tags that are expected -> [ok, settling for ms, whether all of them have
  /// restored (1/0)] or [epoch, …]: this node has. Where settling is about to end without one of them it is extended, until the
  /// epoch is as old as the limit
  Script back;
  /// run, tag, then room, member of each -> [ok]: removes what the node does not have, and logs it
  Script drop;
  /// run, tag, room, since -> [ok, kind, mark, member, value …]
  Script changes;
  /// run, tag, incarnation, ttl ms, grace ms, forget ms, info, mode (new, renew, revive)
  /// -> [verdict, time of death, time µs, number that died now,
  ///    [tag, state, incarnation, time of death, info …]]
  Script beat;
  /// tag, incarnation -> 1 where it was registered
  Script leave;
  /// key, amount, rate a second, limit of each (counters.hpp) -> for each `1` (taken) or `0`, and its level
  Script count;
};

}  // namespace signaling::redis_adapter
