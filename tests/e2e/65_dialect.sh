#!/usr/bin/env bash
# The cmdlet dialect as administrators of the original use it: their page, a file, a prompt, a pipeline.
# seed_transcript.md is the original's page from its first session line to its last policy line, as it stands (Microsoft,
# "Turn on or off offline messages for admins", 2017, in its machine translation; CC BY 4.0).
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")
organisation "alice:Alice Ng" "bob:Bob Stone" "tony:Tony Smith"
as ana "$OIMCTL" invite sam --display "Sam Poe" --team Sales
as ana "$OIMCTL" invite sam2 --display "Sam Poe" --team Sales

# shell [LINE...]: type these at the prompt of ana's `oimctl shell`.
shell()
{
    code=0
    err=
    out=$(printf '%s\n' "$@" | TERM=dumb OIM_HOME=$world/ana python3 "$here/type.py" "$OIMCTL" shell) || code=$?
}

as ana "$OIMCTL" run "$here/seed_transcript.md"
expect 2 'Nothing to import; the cmdlets are built in\.'
expect 2 "oim needs no password: this computer's key signs you in\."
expect 2 'Connected to .* as ana \(owner\)\.'
expect 2 'line 48, column 3: there is a blank too many beside a hyphen'
expect 2 '^  Grant-CsClientPolicy -Identity "Tony Smith" -PolicyName OfflineIM$'
as ana "$OIMCTL" -c 'Get-CsClientPolicy | Format-Table Identity, EnableIMAutoArchiving'
expect 0 '^Global +False$'
expect 0 '^Tag:OfflineIM +False$'
as alice "$OIM" send bob "may I?"
expect 3
claim "the original's page runs as it stands; its mistyped line is refused with the corrected one"

as ana "$OIMCTL" -c 'Remove-CsClientPolicy Global; Remove-CsClientPolicy OfflineIM'
expect 0
mapfile -t lines < <(grep -E '^ *(Import|\$|Set|New|Grant)' "$here/seed_transcript.md" | sed 's/^ *//; s/\\/\\\\/g')
[ ${#lines[@]} = 8 ] || differs "the page has ${#lines[@]} lines"
shell "${lines[@]}" 'Grant-CsClientPolicy -Identity "Tony Smith" -PolicyName OfflineIM' '(Get-CsUser tony).Policy'
expect 0 'Connected to .* as ana'
expect 0 '^  Grant-CsClientPolicy -Identity "Tony Smith" -PolicyName OfflineIM$'
expect 0 '^Tag:OfflineIM$'
claim "the same lines typed at the prompt"

shell 'gra\ttony -Pol\tof\t -Wha\t' 'Get-CsUser | Where-Object {' '$_.Login -eq "bob" } | % { "I am $($_.DisplayName)" }' \
    'Get-CsUs\x03' '$who = Get-CsUser alice' '"she is $who"' 'Set-CsClientPolicy -EnableOfflineIm' 'exit'
expect 0 'What if: Grant-CsClientPolicy Tag:OfflineIM'
expect 0 '^I am Bob Stone$'
expect 0 '^she is alice$'
expect 0 '-EnableOfflineIm has no value, which is never True'
claim "the prompt completes, goes on in the next line, keeps variables, drops a line on Ctrl-C, outlives mistakes"

[ "$(stat -c %a "$world/ana/default/oimctl_history")" = 600 ] || differs "history: $(ls -l "$world/ana/default")"
grep -q 'Get-CsUser' "$world/ana/default/oimctl_history" || differs "nothing in the history"
claim "what was typed is kept in the profile, for its owner only"

shell 'Remove-CsClientPolicy OfflineIM' '' 'Get-CsClientPolicy -Filter "tag:*" | select Identity' \
    'Grant-CsClientPolicy "Sam Poe" OfflineIM' 'n' 'Grant-CsClientPolicy S* OfflineIM' 'y' '(Get-CsUser "Sam Poe*").Policy'
expect 0 'Tag:OfflineIM is in use by those above'
expect 0 '^Identity : Tag:OfflineIM$'
expect 0 '^  sam2  Sam Poe$'
expect 0 'Nothing was changed\.'
[ "$(grep -c '^Tag:OfflineIM$' <<<"$out")" = 2 ] || differs "granted otherwise: $out"
claim "it asks before a policy in use is removed and before a name that several have is granted one; the default is No"

as ana "$OIMCTL" -c 'Grant-CsClientPolicy "Sam Poe" $Null'
expect 2 'asks first, and nobody is here to answer; add -Force or -Confirm:\$False'
as ana "$OIMCTL" -c 'Get-CsUser | Where-Object {$_.Team -eq "Sales"} | Grant-CsClientPolicy -PolicyName $Null'
expect 0
as ana "$OIMCTL" --json -c 'Get-CsUser | Where-Object {$_.Team -eq "Sales"} | Select-Object Login, Policy'
[ "$(field policy)" = $'Global\nGlobal' ] || differs "policies: $out"
as ana "$OIMCTL" -c 'Grant-CsClientPolicy sam2 OfflineIM'
as ana "$OIMCTL" user disable sam2 # nothing is in force for somebody whose account is closed
as ana "$OIMCTL" -c 'Set-CsClientPolicy -Identity OfflineIM -EnableOfflineIm $True -WhatIf'
expect 0 'it would concern 1 person'
expect 0 '^  tony  Tony Smith$'
as ana "$OIMCTL" user enable sam2
as ana "$OIMCTL" -c 'Grant-CsClientPolicy sam2 $Null'
as ana "$OIMCTL" -c 'Grant-CsClientPolicy -Global -PolicyName OfflineIM -WhatIf; Remove-CsClientPolicy Global -WhatIf'
expect 0 'Nothing was changed'
expect_not 'were copied|went back'
for n in {1..14}; do
    as ana "$OIMCTL" invite "many$n" --display "Many $n" --team "Team$((n % 2))"
done
as ana "$OIMCTL" -c 'Get-CsUser many* | Grant-CsClientPolicy -PolicyName OfflineIM; (Get-CsUser many* | ? {$_.Via -eq "own"}).Count'
expect 0 '^14$'
as ana "$OIMCTL" -c 'Grant-CsClientPolicy many* $Null -Force; Grant-CsClientPolicy -Group Team0,Team1 -PolicyName OfflineIM
    (Get-CsUser many* | ? {$_.Policy -eq "Tag:OfflineIM" -and $_.Via -eq "team"}).Count'
expect 0 '^14$'
claim "a pipeline chooses whom a cmdlet is for; -WhatIf names whom it would concern"

printf '%s\n' 'New-CsClientPolicy Polite' 'Set-CsClientPolicy Polite -IMWarnin x -Nonsense' 'Remove-CsClientPolicy Polite' |
    OIM_HOME=$world/ana "$OIMCTL" shell >"$world/out" 2>&1
[ $? = 2 ] || differs "exit"
grep -q 'line 2, column 39: Set-CsClientPolicy has no parameter -Nonsense' "$world/out" || differs "$(cat "$world/out")"
as ana "$OIMCTL" Get-CsClientPolicy Polite
expect 0 'PolicyEntry +: \{\}'
as ana "$OIMCTL" -c 'New-CsClientPolicy Later; Remove-CsClientPolicy Nobody; Remove-CsClientPolicy Later'
expect 6
claim "a run ends at the first line that fails, and says which; without a terminal shell is run -"

while read -r line; do
    as ana bash -c "\"$OIMCTL\" $line"
    case $line in
    *'$False'*) expect 2 'Your shell replaced \$False before oimctl saw it' ;;
    Grant*) expect 2 'This was meant' ;;
    New-CsClientPolicy*) expect 2 'there is a policy of this name already' ;;
    *) expect 0 ;;
    esac
done < <(grep -E '^ *(Import|\$|Set|New|Grant)' "$here/seed_transcript.md")
claim "each of the page's lines through a real bash: done, or refused in words"
