#!/usr/bin/env bash
# Why did my message not arrive? What an administrator can find out, and that looking leaves a trace of its own.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"
as alice "$OIM" send bob "first"
expect 0
id=$(grep -oE '[0-9a-z]{6}$' <<<"$out")
as ana "$OIMCTL" trace "$id"
expect 0 "^$id  Alice Ng to Bob Stone$"
expect 0 'accepted and on disk; Bob Stone was signed out'
as bob "$OIM" receive
expect 0
as ana "$OIMCTL" offline off alice
as alice "$OIM" send bob "second"
expect 3
as ana "$OIMCTL" trace --from alice --to bob
expect 0 'that device stored it: delivered'
expect 0 'refused: sender_offline_off'
expect 0 'Nothing waits for Bob Stone now'
as ana "$OIMCTL" trace --from alice --to bob --json
expect 0 '"code": ?"taken"'
claim "a message is followed from its verdict to the device that has it"

as ana "$OIMCTL" trace zzzzzz
expect 6 'Nothing is known of it any more: the server remembers 24 hours'
as ana "$OIMCTL" trace zzzzzz --json
expect 6
as ana "$OIMCTL" trace abc
expect 2 'at least 4 letters'
as ana "$OIMCTL" trace
expect 2 "a message's id, or --from and --to"
as ana "$OIMCTL" trace --from alice
expect 2
as alice "$OIMCTL" trace --from alice --to bob
expect 3
as ana "$OIMCTL" audit
expect 0 "trace +msg= from=alice to=bob"
expect 0 "trace +msg=$id from= to="
claim "what is not known is said; only auditors and administrators may look, and every look is in the audit log"

as alice "$OIM" send bob "zero" --json
expect 3
as ana "$OIMCTL" offline on alice
as alice "$OIM" send bob "third" --json
expect 0
held=$(field id)
as ana "$OIMCTL" trace "${held:0:6}"
expect 0 'accepted and on disk; Bob Stone was signed out'
expect 0 'now +no device has taken it: it waits for Bob Stone since .*, until '

crash
serve
as ana "$OIMCTL" trace "$id"
expect 6 'and not beyond its start'
expect 6 'it is not waiting either'
as ana "$OIMCTL" trace "${held:0:6}"
expect 0 "^${held:0:6}  Alice Ng to Bob Stone$"
expect 0 'no device has taken it: it waits for Bob Stone since .*, until '
as ana "$OIMCTL" trace "${held:0:6}" --json
expect 0 '"code": ?"waiting"'
as ana env LC_ALL=es_ES.UTF-8 "$OIMCTL" trace --from alice --to bob
expect 0 'ningún dispositivo lo ha recogido: espera a Bob Stone desde'
as ana "$OIMCTL" trace --from alice --to bob --json
expect 0 '"what": ?"waiting".*"waiting": ?1'
claim "what is gone from memory but still waits is found after a crash, for people and for scripts"

crash
echo "trace_hours = 0" >"$world/oimd.conf"
serve --config "$world/oimd.conf"
as ana "$OIMCTL" trace zzzzzz
expect 6 'keeps no record of what became of messages \(trace_hours is 0'
as ana "$OIMCTL" trace --from alice --to bob
expect 0 'it waits for Bob Stone since'
as ana "$OIMCTL" trace --from alice --to bob --until yesterday
expect 6 'none that alice left bob in that time waits'
expect 6 '^In all, 1 message waits for Bob Stone now'
as ana "$OIMCTL" trace --from alice --to bob --json
at=$(grep -oE '"at": ?"[^"]*"' <<<"$out" | grep -oE '[0-9]{4}-[^"]*' | head -1)
as ana "$OIMCTL" trace --from alice --to bob --since "$at" --until "$at"
expect 0 'it waits for Bob Stone since'
as bob "$OIM" receive
as ana "$OIMCTL" trace --from alice --to bob
expect 6 'none from alice to bob waits'
expect 6 'Nothing waits for Bob Stone now'
as ana "$OIMCTL" audit
expect 0 "trace +msg=zzzzzz from= to="
claim "with trace_hours = 0 what waits is known, and every look is in the audit log"
