#!/usr/bin/env bash
# The server refuses to start where starting would be wrong, and says what to do.
. "$(dirname "$0")/lib.sh"
serve

# start ARGS...: try to start another server; $code, $err. The minute only ends one that serves after all.
start()
{
    code=0
    out=$(timeout 60 "$OIMD" "$@" 2>"$world/err" </dev/null) || code=$?
    err=$(cat "$world/err")
}

start --data-dir "$world/data" --secret-file "$world/secret/oimd.key" --listen 127.0.0.1:0
expect 1 'already'
claim "a second instance on the same data folder is refused"

start --data-dir "$world/data2" --secret-file "$world/secret/oimd.key2" --listen "127.0.0.1:$port"
expect 1 "$port"
claim "a port in use is refused, naming it"

printf 'listne = 127.0.0.1:0\n' >"$world/bad.conf"
start --config "$world/bad.conf"
[ "$code" != 0 ] || differs "it started"
expect "$code" 'line 1'
expect "$code" 'listen'
claim "an unknown key names the line and the nearest key"

start --data-dir "$world/data3" --secret-file "$world/data3/oimd.key" --listen 127.0.0.1:0
[ "$code" != 0 ] || differs "it started"
claim "a secret file inside the data folder is refused"

stop_server
sqlite3() { python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()' "$@"; }
cp -r "$world/data" "$world/newer"
sqlite3 "$world/newer/oimd.db" 'PRAGMA user_version = 9999'
start --data-dir "$world/newer" --secret-file "$world/secret/oimd.key" --listen 127.0.0.1:0
expect 1 'newer'
claim "a database of a newer version is refused"

cp -r "$world/data" "$world/damaged"
printf 'this is no database, and it is long enough to be read as a header of one page' >"$world/damaged/oimd.db"
rm -f "$world/damaged/oimd.db-wal"
start --data-dir "$world/damaged" --secret-file "$world/secret/oimd.key" --listen 127.0.0.1:0
[ "$code" = 1 ] || differs "exit $code: $out $err"
case $out$err in
*"is damaged"*"put a copy of it that was made while oimd was stopped in its place"*) ;;
*) differs "what to do is not said: $out $err" ;;
esac
claim "a damaged database is refused, and what to do is said"

# Every client has pinned the key the organisation began with, and would turn away from any other.
organisation
as ana "$OIM" agent --stop
stop_server
mv "$world/data" "$world/ours"
mv "$world/secret/oimd.key" "$world/secret/ours.key"
serve
stop_server
rm -rf "$world/data"
start --data-dir "$world/ours" --secret-file "$world/secret/oimd.key" --listen 127.0.0.1:0
expect 1 'is not the one that this organisation began with'
start --data-dir "$world/ours" --secret-file "$world/secret/gone.key" --listen 127.0.0.1:0
expect 1 'gone.key'
[ ! -e "$world/secret/gone.key" ] || differs "a new key was made"
mv "$world/ours" "$world/data"
mv "$world/secret/ours.key" "$world/secret/oimd.key"
serve
as ana "$OIMCTL" status
expect 0
claim "a key that is not the database's, or none, is refused, and the right one serves again"
