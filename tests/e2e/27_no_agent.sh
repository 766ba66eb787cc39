#!/usr/bin/env bash
# An agent that cannot start says why, through the command that needed it, and is not waited for.
. "$(dirname "$0")/lib.sh"

mkdir -p "$world/mo"
chmod 700 "$world/mo"
as mo "$OIM" status
expect 1 'not joined|no account|join'
claim "without an account the agent serves and says so"
as mo "$OIM" agent --stop
expect 0

echo "this is no database, whatever its name says; it is long enough to be looked at" >"$world/mo/default/store.db"
as mo "$OIM" status
expect 1 'The agent of this profile did not start: .+'
expect_not 'within|oim agent:'
as mo "$OIM" --json status
expect 1
as mo "$OIMCTL" policy list
expect 1 'The agent of this profile did not start: .+'
claim "a damaged profile is named at once"

mkdir "$world/mo/other"
chmod 755 "$world/mo/other"
as mo "$OIM" --profile other status
expect 4 'open to others'
as mo env -u OIM_HOME -u HOME -u XDG_DATA_HOME "$OIM" status
expect 2 'HOME'
claim "a profile that others may read, and none at all, are named too"
