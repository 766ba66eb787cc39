#!/usr/bin/env bash
# The power of a whole disk is cut, again and again: the server's and the reader's data lie on file systems of their own,
# which the kernel is told to shut down without writing anything more (FS_IOC_SHUTDOWN, "no log flush"); what was not
# synced is gone. What was acknowledged is shown once, in order. Arguments: how many cuts (10), ext4 or xfs, how many
# people write (3). Needs root and loop devices; skipped without.
# Source: reference STORE.md 4(b)2; ioctl_xfs_goingdown(2), linux/fs.h.
. "$(dirname "$0")/lib.sh"
cuts=${1:-10}
kind=${2:-ext4}

skip()
{
    claim "a disk is cut # SKIP $1"
    exit 0
}
[ "$(id -u)" -eq 0 ] || skip "needs root"
command -v "mkfs.$kind" >/dev/null || skip "there is no mkfs.$kind"

# The disks: NAME.img, mounted at NAME. 300 MiB is xfs' minimum.
disks=(server reader)
mount_disk()
{
    mount -o loop "$world/$1.img" "$world/$1" && chmod 700 "$world/$1"
}
unmount_disks()
{
    local disk
    touch "$world/stop"
    for disk in "${disks[@]}"; do
        umount "$world/$disk" 2>/dev/null || umount -l "$world/$disk" 2>/dev/null
    done
}
for disk in "${disks[@]}"; do
    truncate -s 320M "$world/$disk.img"
    "mkfs.$kind" -q "$world/$disk.img" && mkdir "$world/$disk" && mount_disk "$disk" || skip "no loop device to be had"
done
trap '[ -z "$server_pid" ] || kill -9 "$server_pid"; as bob "$OIM" agent --stop; unmount_disks; _finish' EXIT
ln -s server "$world/data"
ln -s reader "$world/bob"

# cut DISK: from here on nothing reaches it.
cut()
{
    python3 -c '
import fcntl, os, struct, sys
IOC_SHUTDOWN, NO_LOG_FLUSH = (2 << 30) | (4 << 16) | (ord("X") << 8) | 125, 2
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))' "$world/$1"
}

# agent_of WHO: the process that holds the profile's lock.
agent_of()
{
    local lock
    for lock in "$world/$1"/lock "$world/$1"/*/lock "$world/$1"/*/*/lock; do
        [ -e "$lock" ] && awk -v inode=":$(stat -c %i "$lock")$" '/FLOCK/ && $6 ~ inode { print $5 }' /proc/locks
    done
}

# remount DISK: as after a reboot. Whoever was killed keeps it busy until the kernel has buried them.
remount()
{
    until umount "$world/$1" 2>/dev/null; do
        :
    done
    mount_disk "$1" || differs "$1: cannot be mounted again"
}

crowd "${3:-3}" 1
write_all
reader_cuts=0
for ((n = 1; n <= cuts; n++)); do
    watched=$world/${writers[RANDOM % ${#writers[@]}]}.acked
    await "$watched" . "$(($(wc -l <"$watched") + 1 + RANDOM % 5))"
    if ((n % 2 == 0)); then
        # The reader's disk goes in the middle of receiving.
        OIM_HOME=$world/bob timeout 60 "$OIM" receive --follow --json </dev/null >>"$world/bob.out" 2>/dev/null &
        face=$!
        await "$world/bob.out" '"what":"message"' "$(($(grep -c '"what":"message"' "$world/bob.out" 2>/dev/null) + 1))"
        agent=$(agent_of bob)
        cut reader
        kill -9 $agent 2>/dev/null
        wait "$face"
        remount reader
        reader_cuts=$((reader_cuts + 1))
    fi
    cut server
    crash
    remount server
    serve
done
stop_writing
claim "the server's $kind was cut $cuts times, the reader's $reader_cuts times, while people were writing"

check_read
echo "# $(counted)"
claim "0 lost, 0 twice, 0 out of order"

stop_server
"$OIMD" verify --data-dir "$world/data" --secret-file "$world/secret/oimd.key" >"$world/verify.out" 2>&1 ||
    differs "$(cat "$world/verify.out")"
claim "the server's database is whole"
