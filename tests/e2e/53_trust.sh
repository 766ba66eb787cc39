#!/usr/bin/env bash
# Another server answers where ours was, or ours cannot read its own key: it is said, and nothing is lost.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"
as alice "$OIM" send bob "before"
expect 0 'Held|Delivered'

stop_server
mv "$world/data" "$world/ours"
mv "$world/secret" "$world/our_secret"
serve
as alice "$OIM" send bob "under another key"
expect 4 'This is not the server you joined: its key is another one\. Nothing was sent\.'
as alice "$OIM" send bob "and again" --json
expect 4 '"state":"queued","reason":"server_changed"'
expect 4 '"kept":true'
as bob "$OIM" receive
expect 4 'its key is another one'
as bob "$OIM" send alice "not kept" --no-queue
expect 4 'its key is another one'
as bob "$OIM" outbox
expect_not 'not kept'
as alice "$OIM" outbox
expect 0 'under another key'
expect 0 'and again'
as ana "$OIMCTL" status
expect 4 'its key is another one'
as alice "$OIM" whoami --json
expect 0 '"because":"server_changed",.*"trust":"server_changed"'
as alice "$OIM" whoami
expect 0 'its key is another one'
expect_not 'is not reached'
as alice "$OIM" status
expect 0 "127.0.0.1:$port is not the server you joined: its key is another one"
expect_not 'not reached'
as alice "$OIM" outbox
expect 0 'not sent, because the server there has another key'
as alice "$OIM" people
expect 4 'its key is another one'
claim "a server with another key is told nothing: exit 4, and what was written waits"

stop_server
rm -rf "$world/data" "$world/secret"
mv "$world/ours" "$world/data"
mv "$world/our_secret" "$world/secret"
serve
as alice "$OIM" send bob "after"
expect 0 'Held|Delivered'
as bob "$OIM" receive --wait 20 --json
expect 0
[ "$(grep -oE '"text": ?"(before|under another key|and again|after|not kept)"' <<<"$out" | tr -d '\n')" = \
    '"text":"before""text":"under another key""text":"and again""text":"after"' ] || differs "bob got: $out"
claim "with the right key back the next command goes on, and everything arrives once, in order"

stop_server
key=$world/secret/oimd.key
cp "$key" "$world/whole.key"
# Root reads everything, unless it gives that up.
plainly()
{
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --bounding-set=-dac_override,-dac_read_search "$@"
    else
        "$@"
    fi
}
# refused PATTERN: neither serving nor `check` takes the key, both say why, and what lies there stays as it is.
refused()
{
    local before after verb
    before=$(ls -lR "$world/secret")
    for verb in "" check; do
        code=0
        out=$(plainly timeout 60 "$OIMD" $verb --data-dir "$world/data" --secret-file "$key" \
            --listen 127.0.0.1:0 2>&1) || code=$?
        err=
        expect 1 "$1"
    done
    after=$(ls -lR "$world/secret")
    [ "$before" = "$after" ] || differs "the folder was $before and is $after"
}
chmod 000 "$key"
refused "cannot read '$key': Permission denied; .*belong.* chmod 600"
rm -f "$key"
mkdir "$key"
refused "'$key' is no file; restore the key from its backup, or name it with --secret-file"
rmdir "$key"
mkfifo -m 600 "$key"
refused "'$key' is no file"
rm "$key"
for text in "" "server-key = AAAA" "server-key = $(sed -n 's/^server-key = //p' "$world/whole.key")AA"; do
    printf '%s\n' "$text" >"$key"
    chmod 600 "$key"
    refused "'$key' holds no server key .*restore it from its backup"
done
cp "$world/whole.key" "$key"
chmod 640 "$key"
refused "others may read the secret file; run: chmod 600"
claim "a key that may not be read, is a folder or has the wrong length is refused in words and left alone"

chmod 600 "$key"
serve
as alice "$OIM" send bob "the key is back"
expect 0 'Held|Delivered'
as bob "$OIM" receive --wait 20
expect 0 'the key is back'
claim "with the key whole again everybody goes on"
