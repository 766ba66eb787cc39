/* test_cmdlet_complete.c - what can stand where the cursor is. */
#include "client/admin/cmdlet_complete.h"

#include <stdio.h>

#include "tests/client/admin/cmdlet_rig.h"

static void completion__offers_what_can_stand_there(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *candidates;
    } cases[] = {
        {"gra", "Grant-CsClientPolicy "},
        {"Get-CsUser | Wh", "Where-Object "},
        {"Set-CsClientPolicy -EnableO", "-EnableOfflineIm "},
        {"Set-CsClientPolicy -Ident", "-Identity "},
        {"Set-CsClientPolicy -EnableOfflineIm $", "$True $False $Null "},
        {"Set-CsClientPolicy -DndAction ", "Hold Refuse "},
        {"Set-CsClientPolicy -Identity ", "Global Polite "},
        {"Set-CsClientPolicy Tag:p", "Tag:Polite "},
        {"Grant-CsClientPolicy to", "tony \"Tony Smith\" "},
        {"Grant-CsClientPolicy \"Tony S", "\"Tony Smith\" "},
        {"Grant-CsClientPolicy tony -Policy po", "Polite "},
        {"Grant-CsClientPolicy tony ", "Global Polite "},
        {"Grant-CsClientPolicy -Group ", "Sales "},
        {"Get-CsEffectivePolicy -id b", "bob "},
        {"Nonsense -x", ""},
        {"Get-CsUser | ForEach-Object {Set-CsIm", "Set-CsImConfiguration "},
    };
    static const char *const policies[] = {"Global", "Tag:Polite"};
    static const char *const people[] = {"bob", "tony", "Tony Smith"};
    static const char *const teams[] = {"Sales"};
    const struct cmdlet_known known = {policies, 2, people, 3, teams, 1};
    struct rig ran;
    for (size_t i = 0; i < OIM_COUNT(cases); i++) {
        struct cmdlet_completion completion;
        const char *text = "";
        rig_init(&ran);
        cmdlet_complete(cases[i].line, &known, &ran.arena, &completion);
        for (size_t j = 0; j < completion.count; j++) {
            text = oim_arena_printf(&ran.arena, "%s%s ", text, completion.candidates[j]);
        }
        CHECK_TEXT(text, cases[i].candidates);
    }
}

/* Goal: no text, however cut, makes the compiler read or write where it should not; ASan is the judge. */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(completion__offers_what_can_stand_there),
    };
    return cmocka_run_group_tests_name("client/admin/cmdlet_complete", tests, NULL, NULL);
}
