#!/usr/bin/env bash
# The outbox is durable: with the server away the sender is told so, and the message leaves later.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"

stop_server
[ "$stop_code" = 0 ] || differs "SIGTERM ended with $stop_code"
claim "SIGTERM ends the server with exit 0"

as alice "$OIM" send bob "sent while the server was away" --json
expect 5
[ "$(field state)" = queued ] || differs "state: $out"
[ "$(field kept)" = True ] || differs "kept: $out"
as alice "$OIM" send bob "not to be kept" --no-queue --json
expect 5
[ "$(field kept)" = False ] || differs "kept: $out"
claim "with the server away: exit 5, kept; with --no-queue not kept"

as alice "$OIM" outbox retry
expect 5 'is not reached'

serve
as bob "$OIM" receive --wait 30
expect 0 'sent while the server was away'
expect_not 'not to be kept'
claim "the queued message leaves by itself when the server is back"

as alice "$OIM" send bob "only once" --once job-1 --json
expect 0
first=$(field id)
as alice "$OIM" send bob "only once" --once job-1 --json
expect 0
[ "$(field id)" = "$first" ] || differs "another id: $out"
as alice "$OIM" send bob "another text" --once job-1
expect 2
claim "--once: the same key is the same message; another text is a usage error"

as alice "$OIM" outbox retry
expect 0 '^Nothing waits to be tried again\. A draft is sent again by its id: oim outbox retry ID$'
as ana "$OIMCTL" offline off
as alice "$OIM" send bob "to be a draft"
expect 3
as ana "$OIMCTL" offline on
as alice "$OIM" outbox retry
expect 0 '^Nothing waits to be tried again'
as alice "$OIM" outbox retry "$(OIM_HOME=$world/alice "$OIM" outbox --json </dev/null | grep -oE '"id":"[a-z0-9]+' | cut -c7-)"
expect 0 'Trying again'
as alice "$OIM" outbox
expect 0 'empty'
claim "retry without an id tries what waits, and says how drafts go"

as alice "$OIM" send bob,nobody "to two people"
expect 6
code=0
printf 'from a pipe\n' | OIM_HOME=$world/alice "$OIM" send bob - >/dev/null || code=$?
[ "$code" = 0 ] || differs "stdin: $code"
as bob "$OIM" receive --wait 20
expect 0 'only once'
expect 0 'from a pipe'
[ "$(grep -c 'only once' <<<"$out")" = 1 ] || differs "twice: $out"
claim "text from standard input is sent; an unknown name is exit 6"
