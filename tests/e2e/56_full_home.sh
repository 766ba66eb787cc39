#!/usr/bin/env bash
# The disk of somebody's own computer is full: what is said to be queued is sent when there is room, once, and nothing
# that was said not to be.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"

mounted=
release()
{
    as alice "$OIM" agent --stop
    [ -z "$mounted" ] || umount -l "$mounted"
}
trap 'release; _finish' EXIT
small_home()
{
    as alice "$OIM" agent --stop
    mv "$world/alice" "$world/alice.before"
    mkdir "$world/alice"
    [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=2m,mode=700 tmpfs "$world/alice" 2>/dev/null && mounted=$world/alice &&
        cp -a "$world/alice.before/." "$world/alice"
}
if ! small_home; then
    claim "a full home # SKIP needs root and tmpfs"
    exit 0
fi

# fill [LEFT]: until only that many bytes are free.
fill()
{
    rm -f "$world/alice/filler"
    head -c "$(($(df --output=avail -B1 "$world/alice" | tail -n 1) - ${1:-0}))" /dev/zero >"$world/alice/filler"
}

kept=()
for ((pages = 12; pages < 40; pages += 2)); do
    as alice "$OIM" agent --stop
    fill $((pages * 4096))
    as alice "$OIM" send bob "with $pages pages" --timeout 5 --json
    ! grep -qE '"state":"(held|queued)"' <<<"$out" || kept+=("with $pages pages")
done
[ ${#kept[@]} -gt 0 ] || differs "nothing was ever kept"
rm "$world/alice/filler"
as alice "$OIM" agent --stop
as alice "$OIM" send bob "the last" --timeout 30
expect 0 'Held'
as bob "$OIM" receive
expected=$(printf '%s\n' "${kept[@]}" "the last")
[ "$(grep -oE '(with [0-9]+ pages|the last)$' <<<"$out")" = "$expected" ] ||
    differs "bob should have, once and in order, $expected, and has $out"
claim "a full home: what was called queued or held arrives, once there is room, and nothing else"
