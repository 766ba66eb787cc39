#!/usr/bin/env bash
# Every planted bug (common/bug.h) and every store that lies: the first seed that finds it, and what is found.
# Arguments: the simulator, built with planted_bugs; how many seeds to try (10000). Ends with 1 when fewer than 95 % are found.
set -u
sim=${1:?the simulator}
seeds=${2:-10000}
found=0
all=0
echo "| planted bug | what is wrong | first seed that finds it | by |"
echo "|---|---|---:|---|"
while IFS=$'\t' read -r name text; do
    all=$((all + 1))
    disks=()
    [ "$name" = STORE_DOES_NOT_SYNC ] && disks=(--disks)
    line=$("$sim" --bug "$name" --seeds "$seeds" "${disks[@]}" | grep -m 1 '^seed ')
    if [ -n "$line" ]; then
        found=$((found + 1))
        rest=${line#seed }
        echo "| $name | $text | ${rest%%:*} | ${rest#*: } |"
    else
        echo "| $name | $text | – | not in $seeds |"
    fi
done < <("$sim" --bugs)
echo "$found of $all found"
[ $((found * 100)) -ge $((all * 95)) ]
