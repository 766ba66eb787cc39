#!/usr/bin/env bash
# lib.sh - for the end-to-end scenarios: a server, people, claims. Sourced by every scenario.
#
# A scenario is a bash script that calls `claim TEXT` after each group of checks; it prints TAP. The real programs run
# on loopback, each person with a profile of their own. Nothing sleeps: programs are awaited by what they print.
# Paths come from the build: OIMD, OIM, OIMCTL.
set -uo pipefail

: "${OIMD:?path of oimd}" "${OIM:?path of oim}" "${OIMCTL:?path of oimctl}"
export LC_ALL=C.UTF-8 NO_COLOR=1 PATH
PATH=$(dirname "$OIM"):$PATH

here=$(cd "$(dirname "$0")" && pwd)
world=$(mktemp -d "${TMPDIR:-/tmp}/oim-e2e.XXXXXX")
server_pid=
port=0
claim_count=0
failure_count=0
people=()

# An agent has no standard error: what a sanitizer says of it, or of any program, goes into files that _finish looks for.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}log_path=$world/sanitizer
export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}log_path=$world/sanitizer

_finish()
{
    local who report
    for who in "${people[@]}"; do
        OIM_HOME=$world/$who "$OIM" agent --stop >/dev/null 2>&1
    done
    [ -z "$server_pid" ] || kill -9 "$server_pid" 2>/dev/null
    wait 2>/dev/null
    for report in "$world"/sanitizer.*; do
        [ -e "$report" ] || continue
        failure_count=$((failure_count + 1))
        sed 's/^/# sanitizer: /' "$report" | head -n 40
    done
    if [ "$failure_count" -eq 0 ]; then
        rm -rf "$world"
    else
        echo "# left for a look: $world"
        tail -n 20 "$world/server.log" 2>/dev/null | sed 's/^/# server: /'
    fi
    echo "1..$claim_count"
    [ "$failure_count" -eq 0 ] || exit 1
}
trap _finish EXIT

_failed=

# differs TEXT: note that a check did not hold; the next claim reports it.
differs()
{
    _failed=yes
    printf '# %s\n' "$*"
}

# claim TEXT: one line of TAP for all checks since the last.
claim()
{
    claim_count=$((claim_count + 1))
    if [ -z "$_failed" ]; then
        echo "ok $claim_count - $1"
    else
        echo "not ok $claim_count - $1"
        failure_count=$((failure_count + 1))
    fi
    _failed=
}

# as WHO COMMAND...: run it with that person's profile; $code and $out hold how it ended and what it printed.
as()
{
    local who=$1
    shift
    code=0
    out=$(OIM_HOME=$world/$who "$@" </dev/null 2>"$world/err") || code=$?
    err=$(cat "$world/err")
}

# asked ANSWERS COMMAND...: as ana at a terminal, which answers the questions.
asked()
{
    code=0
    out=$(printf '%s\n' "$1" | TERM=dumb OIM_HOME=$world/ana python3 "$here/type.py" "${@:2}") || code=$?
    err=
}

# expect CODE [PATTERN]: what the last `as` must have ended with and printed (extended regular expression).
expect()
{
    [ "$code" = "$1" ] || differs "expected exit $1, got $code: $out $err"
    [ -z "${2:-}" ] || grep -qE -- "$2" <<<"$out$err" || differs "expected /$2/ in: $out $err"
}

# expect_not PATTERN
expect_not()
{
    ! grep -qE -- "$1" <<<"$out$err" || differs "did not expect /$1/ in: $out $err"
}

# await FILE PATTERN [COUNT]: block until the growing file holds COUNT lines like that. The minute only ends a hang.
await()
{
    local file=$1 pattern=$2 count=${3:-1} lines tail_pid found
    exec {lines}< <(exec tail -n +1 -F "$file" 2>/dev/null)
    tail_pid=$!
    found=$(timeout 60 grep -E -m "$count" -- "$pattern" <&"$lines") ||
        differs "waited for $count lines of /$pattern/ in $(basename "$file"): $(tail -n 5 "$file" 2>/dev/null)"
    kill "$tail_pid" 2>/dev/null
    exec {lines}<&-
}

# serve [ARGS...]: start the server and wait until it accepts connections. Sets server_pid, port and first_line.
serve()
{
    mkdir -p "$world/secret"
    : >"$world/server.out"
    "$OIMD" --data-dir "$world/data" --secret-file "$world/secret/oimd.key" --listen "127.0.0.1:$port" "$@" \
        >"$world/server.out" 2>>"$world/server.log" &
    server_pid=$!
    await "$world/server.out" '^oimd '
    first_line=$(grep -m 1 '^oimd ' "$world/server.out")
    port=$(sed -n 's/.*listening [^ ]*:\([0-9]*\).*/\1/p' <<<"$first_line")
}

# crash: kill -9, and gone when this returns.
crash()
{
    kill -9 "$server_pid"
    wait "$server_pid" 2>/dev/null
    server_pid=
}

# stop_server: SIGTERM; $stop_code is how it ended.
stop_server()
{
    kill -TERM "$server_pid"
    stop_code=0
    wait "$server_pid" || stop_code=$?
    server_pid=
}

# organisation PERSON...: a served organisation with the owner ana and these people, each "login:Display Name".
organisation()
{
    local person login line
    local -A lines=()
    serve
    line=$(grep -o 'oim://[^ ]*' "$world/server.out" | head -n 1)
    people+=(ana)
    as ana "$OIM" join "$line" --login ana --display "Ana Ruiz" --no-passphrase
    expect 0
    for person in "$@"; do
        login=${person%%:*}
        as ana "$OIMCTL" invite "$login" --display "${person#*:}"
        expect 0
        lines[$login]=$(grep -o 'oim://[^ ]*' <<<"$out" | head -n 1)
    done
    # Everybody is invited before anybody joins: who joins learns who there is.
    for person in "$@"; do
        login=${person%%:*}
        people+=("$login")
        as "$login" "$OIM" join "${lines[$login]}" --no-passphrase
        expect 0
    done
    [ -z "$_failed" ] || {
        claim "an organisation is set up"
        exit 1
    }
}

# link_device WHO NEW: a further device of WHO, with the profile NEW.
link_device()
{
    local link
    : >"$world/$2.link"
    OIM_HOME=$world/$1 "$OIM" devices link >"$world/$2.link" 2>&1 &
    link=$!
    await "$world/$2.link" 'oim://'
    people+=("$2")
    as "$2" "$OIM" join "$(grep -o 'oim://[^ ]*' "$world/$2.link")" --device-name "$2" --no-passphrase
    expect 0
    wait "$link" || differs "link: $(cat "$world/$2.link")"
}

# ---- many people writing to one, while something is killed ---------------------------------------------------

# crowd WRITERS DEVICES: bob, who reads on so many devices (`readers`), and so many people who write to him (`writers`).
crowd()
{
    local n
    writers=()
    readers=(bob)
    for ((n = 1; n <= $1; n++)); do
        writers+=("writer$n")
    done
    organisation "bob:Bob Stone" "${writers[@]/%/:A Writer}"
    for ((n = 2; n <= $2; n++)); do
        link_device bob "bob$n"
        readers+=("bob$n")
    done
    # Known by name from here on, whatever dies.
    for n in "${writers[@]}"; do
        as "$n" "$OIM" send bob "hello"
        expect 0
    done
    : >"$world/wrong"
}

# write_numbered WHO: write "WHO 1", "WHO 2" ... to bob, one after the other, until $world/stop is there. WHO.sent lists
# them, WHO.acked those that the server has acknowledged, WHO.sure those that were said to be safe here or there;
# $world/wrong holds what no `send` may answer.
write_numbered()
{
    local who=$1 i=0 answer ended
    : >"$world/$who.sent"
    : >"$world/$who.acked"
    : >"$world/$who.sure"
    while [ ! -e "$world/stop" ]; do
        i=$((i + 1))
        ended=0
        answer=$(OIM_HOME=$world/$who "$OIM" send bob "$who $i" --json --timeout 60 2>&1) || ended=$?
        echo "$i" >>"$world/$who.sent"
        [ "$(grep -c '^{"id":' <<<"$answer")" = 1 ] || echo "$who $i: not one result line: $ended: $answer" >>"$world/wrong"
        case $ended:$answer in
        0:*'"kept":true'*)
            echo "$i" >>"$world/$who.acked"
            echo "$i" >>"$world/$who.sure"
            ;;
        [57]:*'"kept":true'*) echo "$i" >>"$world/$who.sure" ;; # in the outbox: goes by itself
        1:*'"state":"unknown"'*) ;; # eight agents died under it: it says that it does not know
        *) echo "$who $i: $ended: $answer" >>"$world/wrong" ;;
        esac
    done
}

# write_all: everybody writes, in the background; stop_writing ends it and leaves a last message of each.
write_all()
{
    local who
    workers=()
    for who in "${writers[@]}"; do
        write_numbered "$who" &
        workers+=($!)
    done
}

stop_writing()
{
    local who
    touch "$world/stop"
    wait "${workers[@]}"
    [ ! -s "$world/wrong" ] || differs "$(head -n 5 "$world/wrong")"
    for who in "${writers[@]}"; do
        as "$who" "$OIM" send bob "$who is done"
        expect 0
    done
}

# follow WHO: read as somebody would who starts it again whenever it ended, until $world/stop is there.
follow()
{
    while [ ! -e "$world/stop" ]; do
        OIM_HOME=$world/$1 "$OIM" receive --follow --json </dev/null >>"$world/$1.out" 2>/dev/null
    done
}

# check_read: once everybody's last message is there, every device holds each message that is sure once, in order, and has
# printed it.
check_read()
{
    local reader who
    for reader in "${readers[@]}"; do
        OIM_HOME=$world/$reader "$OIM" receive --follow --json </dev/null >>"$world/$reader.out" 2>&1 &
        await "$world/$reader.out" '"text": ?"writer[0-9]+ is done"' "${#writers[@]}"
        as "$reader" "$OIM" history --json --limit 100000
        expect 0
        for who in "${writers[@]}"; do
            numbers "$who" <<<"$out" >"$world/got"
            numbers "$who" <"$world/$reader.out" | sort -u >"$world/printed"
            check_sequence "$reader: $who" "$world/$who.sure" "$world/got"
            without "$reader: $who: never printed" "$world/got" "$world/printed"
        done
    done
}

# numbers WHO: of the lines of JSON on standard input, the numbers of WHO's messages, in their order.
numbers()
{
    grep -oE "\"text\": ?\"$1 [0-9]+\"" | grep -oE '[0-9]+"' | tr -d '"'
}

# without WHAT A B: it differs if a line of A is not in B.
without()
{
    local missing
    missing=$(comm -23 <(sort "$2") <(sort "$3") | head -n 3)
    [ -z "$missing" ] || differs "$1:" $missing
}

# check_sequence NAME SURE GOT: the numbers in GOT hold every number of SURE, once, growing.
check_sequence()
{
    local twice
    twice=$(sort "$3" | uniq -d | head -n 3)
    [ -z "$twice" ] || differs "$1: twice:" $twice
    without "$1: lost" "$2" "$3"
    sort -n -c "$3" 2>/dev/null || differs "$1: out of order"
}

# counted: what was written so far, in words.
counted()
{
    local name total
    for name in sent acked; do
        total=$(cd "$world" && cat "${writers[@]/%/.$name}" | wc -l)
        [ $name = sent ] && echo -n "$total messages by ${#writers[@]} people to ${#readers[@]} devices, " ||
            echo "$total acknowledged at once"
    done
}

# field NAME: the value of a key in the JSON lines of $out, one a line.
field()
{
    python3 -c '
import json, sys
for line in sys.stdin:
    line = line.strip()
    if line.startswith("{"):
        value = json.loads(line).get(sys.argv[1])
        if value is not None:
            print(value)' "$1" <<<"$out"
}
