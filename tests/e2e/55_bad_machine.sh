#!/usr/bin/env bash
# The machine is out of descriptors, its disk is full, or may not be written to: what is signed in works on, what cannot be
# kept is said and waits with its sender, and nothing that was acknowledged is gone.
. "$(dirname "$0")/lib.sh"

# A server with few descriptors: as many as some connections and its own files take.
cat >"$world/few" <<SH
#!/usr/bin/env bash
ulimit -n 60
exec "$OIMD" "\$@"
SH
chmod +x "$world/few"
whole=$OIMD
OIMD=$world/few
organisation "alice:Alice Ng" "bob:Bob Stone"
OIM_HOME=$world/bob "$OIM" receive --follow --json </dev/null >"$world/bob.out" 2>&1 &
as alice "$OIM" send bob "before" --wait delivered
expect 0
crowd_fds=()
for ((n = 0; n < 100; n++)); do
    { exec {fd}<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null && crowd_fds+=("$fd")
done
as alice "$OIM" send bob "in the crowd" --timeout 30
expect 0
await "$world/bob.out" '"text": ?"in the crowd"'
claim "with every descriptor taken by strangers, people who are signed in write to each other"
for fd in "${crowd_fds[@]}"; do
    exec {fd}>&-
done
people+=(carol)
as ana "$OIMCTL" invite carol --display "Carol Diaz"
expect 0
as carol "$OIM" join "$(grep -o 'oim://[^ ]*' <<<"$out" | head -n 1)" --no-passphrase
expect 0 'Carol Diaz is in'
claim "and when they have gone, others get in"
stop_server
OIMD=$whole

mounted=
release()
{
    [ -z "$server_pid" ] || kill -9 "$server_pid" 2>/dev/null
    wait "$server_pid" 2>/dev/null
    server_pid=
    [ -z "$mounted" ] || umount "$mounted"
}
trap 'release; _finish' EXIT
small_disk()
{
    [ "$(id -u)" -eq 0 ] && truncate -s 40M "$world/disk.img" && mkfs.ext4 -q -m 0 "$world/disk.img" 2>/dev/null &&
        mkdir "$world/disk" && mount -o loop "$world/disk.img" "$world/disk" 2>/dev/null && mounted=$world/disk &&
        mkdir -m 700 "$world/disk/data" && cp -a "$world/data/." "$world/disk/data" &&
        rm -rf "${world:?}/data" && ln -s disk/data "$world/data"
}
if ! small_disk; then
    claim "a full disk and one that may not be written to # SKIP needs root and loop devices"
    exit 0
fi

serve
as alice "$OIM" send carol "kept while there was room"
expect 0
# The server's own reserve (8 MiB) is what acknowledging and deleting live from.
dd if=/dev/zero of="$world/disk/filler" bs=4096 2>/dev/null
text=$(head -c 7000 /dev/zero | tr '\0' 'x')
held=0
for ((n = 0; n < 400 && code == 0; n++)); do
    as alice "$OIM" send carol "$text" --timeout 6
    [ "$code" = 0 ] && held=$((held + 1))
done
expect 7
as bob "$OIM" send carol "queued by bob" --timeout 6 --json
expect 7 '"state":"queued"'
expect 7 '"kept":true'
claim "a full disk: what cannot be kept is queued with its sender, who is told"
as carol "$OIM" receive --json
expect 0 'kept while there was room'
[ "$(grep -c '"what":"message"' <<<"$out")" -gt "$held" ] || differs "carol got fewer than the $held that were held"
claim "a full disk: what waits is delivered, and acknowledging goes on"
rm "$world/disk/filler"
OIM_HOME=$world/carol "$OIM" receive --follow --json </dev/null >"$world/carol.out" 2>&1 &
as bob "$OIM" outbox
await "$world/carol.out" 'queued by bob'
claim "when there is room again, what was queued goes by itself"
stop_server

mount -o remount,ro "$world/disk"
said=$("$OIMD" --data-dir "$world/data" --secret-file "$world/secret/oimd.key" --listen "127.0.0.1:$port" 2>&1) && differs "it started"
grep -qi 'read-only' <<<"$said" || differs "it said: $said"
mount -o remount,rw "$world/disk"
serve
as alice "$OIM" send bob "after"
expect 0
claim "a data folder that may not be written to is refused in words, and nothing has happened to it"
