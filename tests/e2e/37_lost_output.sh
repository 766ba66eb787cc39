#!/usr/bin/env bash
# What cannot be written is said on standard error, and what was done all the same is said with it.
. "$(dirname "$0")/lib.sh"
organisation "alice:Alice Ng" "bob:Bob Stone"

# into WHERE WHO COMMAND...: as `as`, with standard output led to that file; $err is what came on standard error.
into()
{
    local where=$1 who=$2
    shift 2
    code=0
    out=
    OIM_HOME=$world/$who "$@" </dev/null >"$where" 2>"$world/err" || code=$?
    err=$(cat "$world/err")
}

into /dev/full alice "$OIM" send bob "kept all the same"
expect 1 '^oim: Held for Bob Stone until they sign in .*[0-9a-z]{6}$'
expect 1 '^oim: It was done, but the answer could not be written: No space left on device\.$'
into /dev/full alice "$OIM" send bob "and this one" --json
expect 1 '^oim: Held for Bob Stone'
into /dev/full alice env LC_ALL=es_ES.UTF-8 "$OIM" send bob "y este"
expect 1 'Se ha hecho, pero no se pudo escribir la respuesta'
into /dev/full alice "$OIM" send nobody "never"
expect 6 'oim: Nobody here is called nobody'
claim "a message whose result is lost is not sent again for want of an answer"

into /dev/full alice "$OIM" unread
expect 1 '^oim: It was done, but the answer could not be written: No space left on device\.$'
into /dev/full alice "$OIM" --version
expect 1 'could not be written'
into /dev/full alice "$OIM" contacts add bob
expect 1 'It was done'
into /dev/full ana "$OIMCTL" user list
expect 1 '^oimctl: It was done, but the answer could not be written: No space left on device\.$'
into /dev/full ana "$OIMCTL" policy new Quiet EnableOfflineIm=False
expect 1 '^oimctl: It was done'
as ana "$OIMCTL" policy list
expect 0 'Quiet'
into /dev/full ana "$OIMCTL" -c 'Get-CsUser'
expect 1 'could not be written'
into /dev/full ana "$OIMD" verify --data-dir "$world/data" --secret-file "$world/secret/oimd.key"
expect 1 '^oimd: the answer could not be written: No space left on device$'
into /dev/full ana "$OIMD" --help
expect 1 'oimd: the answer could not be written'
claim "so say all three programs, whatever was asked"

# A pipe whose reader has gone before anything is written.
mkfifo "$world/pipe"
exec {both}<>"$world/pipe"
exec {writer}>"$world/pipe"
exec {both}<&-
code=0
OIM_HOME=$world/alice "$OIM" unread </dev/null >&"$writer" 2>"$world/err" || code=$?
err=$(cat "$world/err")
exec {writer}>&-
expect 1 'could not be written: Broken pipe\.$'
code=0
OIM_HOME=$world/alice "$OIM" unread </dev/null >&- 2>"$world/err" || code=$?
err=$(cat "$world/err")
expect 1 'could not be written: Bad file descriptor\.$'
as bob "$OIM" receive
expect 0 'kept all the same'
expect 0 'and this one'
claim "a closed pipe and a closed output are no answer either"
