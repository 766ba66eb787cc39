#!/usr/bin/env bash
# The audit log: what it says, and that whoever changes it is found out, with the server or with a file alone.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"
as ana "$OIMCTL" policy new Quiet EnableOfflineIm=False IMWarning="Be brief"
as ana "$OIMCTL" policy set Quiet IMWarning="Be very brief"
as ana "$OIMCTL" policy grant Quiet alice
as ana "$OIMCTL" user set bob --team Sales
as ana "$OIMCTL" user disable bob --say "Ask Ana"
as ana "$OIMCTL" audit
expect 0 'ana +[^ ]+ +policy\.new +.*Quiet .*EnableOfflineIm=False'
expect 0 'policy\.set .*Be brief.*Be very brief'
expect 0 'grant .*alice'
expect 0 'team='
expect 0 'user\.disable +.*Ask Ana'
device=$("$OIMCTL" --version >/dev/null; as ana "$OIM" devices --json; grep -o '"id":"[^"]*"' <<<"$out" | head -n 1 | cut -d'"' -f4)
expect 0 "ana +${device:0:6} +policy\.new"
as ana "$OIMCTL" audit --json
expect 0 "\"device\":\"$device\""
claim "every change is there, with its old and new value, and the device that made it"

as ana "$OIMCTL" audit verify
expect 0 '^7 entries: every hash and every signature holds'
as ana "$OIMCTL" audit verify --json
expect 0 '"entries": ?7'
as alice "$OIMCTL" audit verify
expect 3
claim "the administrator's own computer checks the log, and does not just believe the server"

as ana "$OIMCTL" audit export "$world/log"
expect 0 'Wrote 7 entries'
as ana "$OIMCTL" audit export "$world/log"
expect 2 'File exists'
stop_server
as ana "$OIMCTL" audit export "$world/part"
expect 5
[ ! -e "$world/part" ] || differs "a part of the log was left behind: $(cat "$world/part")"
serve
as ana "$OIMCTL" audit export "$world/part"
expect 0 'Wrote 7 entries'
claim "an export that cannot be finished leaves nothing behind"
# Where there is no profile and no server:
as nobody "$OIMCTL" audit verify "$world/log"
expect 0 '^7 entries: every hash and every signature holds.*its head is'
# damaged HOW PATTERN: sed's HOW makes a damaged copy; checking it must end with 4 and these words.
damaged()
{
    sed -E "$1" "$world/log" >"$world/damaged"
    cmp -s "$world/log" "$world/damaged" && differs "nothing was damaged by $1"
    as nobody "$OIMCTL" audit verify "$world/damaged"
    expect 4 "$2"
}
damaged '4s/(.{200})./\1_/' 'Broken: entry 3 (is not|cannot be read)'
damaged '5d' 'Broken: entry 4 is not where it must be'
damaged '3{h;d};4{G}' 'Broken: entry 2 is not where it must be'
damaged '6s/^5 [^ ]*/5 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/' 'Broken: entry 5 is not the one that was written'
damaged '7s/^(6 [^ ]* )[^ ]*/\1AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/' 'Broken: entry 6 comes with a key'
sed '$d' "$world/log" >"$world/cut"
as nobody "$OIMCTL" audit verify "$world/cut"
expect 0 '^6 entries.*cut off behind them the file cannot say'
as nobody "$OIMCTL" audit verify "$0"
expect 2 'was not written by'
claim "a file can be checked anywhere; a changed, missing or moved entry is named"

stop_server
python3 - "$world/data/oimd.db" <<'PY'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("DROP TRIGGER chain_no_delete")
db.execute("DELETE FROM chain WHERE chain = 2 AND n = (SELECT MAX(n) FROM chain WHERE chain = 2)")
db.commit()
PY
serve
as ana "$OIMCTL" audit verify
expect 4 'Broken: 7 entries were seen here before; now there are fewer'
claim "an end that was cut off is noticed by who has seen it"
as ana "$OIMCTL" user set bob --team Support
expect 0
as ana "$OIMCTL" audit verify
expect 4 'Broken: entry 7 is not the one that was seen here before'
claim "and other entries in its place are no better"
