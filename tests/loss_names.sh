#!/usr/bin/env bash
# docs/LOSS.md names, in the last column of its tables, tests that there are. Arguments: the page, and meson's list of tests.
set -u
page=${1:?the page}
tests=${2:?intro-tests.json}
missing=0
count=0
while read -r name; do
    count=$((count + 1))
    grep -qF "\"name\": \"$name\"" "$tests" || { echo "there is no test '$name'"; missing=1; }
done < <(awk -F'|' 'NF == 5 && !/ shown by / { print $4 }' "$page" | grep -o '`[^`]*`' | tr -d '`' | sort -u)
[ "$count" -gt 20 ] || { echo "only $count names found: has the page changed its form?"; missing=1; }
exit "$missing"
