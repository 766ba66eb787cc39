/* test_offline.c - DESIGN.md section 4, row by row, and every combination of facts against a small model. */
#include "policy/offline.h"

#include <ctype.h>

#include "tests/support/check.h"

/* Two people who may write to each other, the recipient at the keyboard. */
static struct offline_facts plain_facts(void)
{
    return (struct offline_facts){
        .cls = CLS_CHAT,
        .sender_may = true,
        .sender_has_offline_im = true,
        .sender_version_ok = true,
        .sender_may_receipt = true,
        .state = PERSON_STATE_ACTIVE,
        .accepts = true,
        .org_on = true,
        .signed_in = true,
        .presence = PRESENCE_AVAILABLE,
        .dnd_action = DND_HOLD,
        .tell_sender_dnd = true,
    };
}

static void check_verdict(const struct offline_facts *facts, enum offline_action action, enum reason reason,
                          enum who who)
{
    struct offline_verdict verdict = offline_judge(facts);
    CHECK_EQ(verdict.action, action);
    CHECK_EQ(verdict.reason, reason);
    CHECK_EQ(verdict.who, who);
}

static void judge__pushes_or_holds__by_whether_the_recipient_is_signed_in(void **state)
{
    (void)state;
    struct offline_facts facts = plain_facts();
    check_verdict(&facts, OFFLINE_STORE_PUSH, REASON_NONE, WHO_NONE);
    facts.signed_in = false;
    check_verdict(&facts, OFFLINE_STORE_HOLD, REASON_NONE, WHO_NONE);
}

static void judge__goes_live_or_refuses__naming_who_decided(void **state)
{
    (void)state;
    for (int signed_in = 0; signed_in < 2; signed_in++) {
        enum offline_action action = signed_in != 0 ? OFFLINE_LIVE : OFFLINE_REFUSE;
        struct offline_facts facts = plain_facts();
        facts.signed_in = signed_in != 0;

        facts.accepts = false;
        check_verdict(&facts, action, REASON_RECIPIENT_OFFLINE_OFF, WHO_RECIPIENT_POLICY);
        facts.sender_has_offline_im = false;
        check_verdict(&facts, action, REASON_CLIENT_TOO_OLD, WHO_NONE);
        facts.sender_version_ok = false;
        check_verdict(&facts, action, REASON_CLIENT_TOO_OLD, WHO_SENDER_POLICY);
        facts.sender_may = false;
        facts.sender_may_who = WHO_SENDER_POLICY;
        check_verdict(&facts, action, REASON_SENDER_OFFLINE_OFF, WHO_SENDER_POLICY);
        facts.org_on = false;
        facts.sender_may_who = WHO_ORGANISATION;
        check_verdict(&facts, action, REASON_ORG_OFFLINE_OFF, WHO_ORGANISATION);
    }
}

static void judge__delivers_without_alert__during_dnd_and_presenting(void **state)
{
    (void)state;
    static const enum presence_state undisturbed[] = {PRESENCE_DND, PRESENCE_PRESENTING};
    for (size_t i = 0; i < OIM_COUNT(undisturbed); i++) {
        struct offline_facts facts = plain_facts();
        facts.presence = undisturbed[i];
        check_verdict(&facts, OFFLINE_STORE_QUIET, REASON_NONE, WHO_NONE);
        CHECK(offline_judge(&facts).tell_quiet);
        facts.tell_sender_dnd = false;
        CHECK(!offline_judge(&facts).tell_quiet);

        facts.dnd_action = DND_REFUSE;
        check_verdict(&facts, OFFLINE_REFUSE, REASON_DND_REFUSED, WHO_RECIPIENT);
        facts.dnd_action = DND_HOLD;
        facts.sender_may = false;
        check_verdict(&facts, OFFLINE_REFUSE, REASON_DND_REFUSED, WHO_RECIPIENT);
        facts.cls = CLS_RECEIPT;
        check_verdict(&facts, OFFLINE_STORE_PUSH, REASON_NONE, WHO_NONE);
    }
}

/* Goal: a manual state outlives the session that set it, and must not refuse what could wait (BLUEPRINT 25).
 */
static void judge__ignores_dnd__without_a_session(void **state)
{
    (void)state;
    struct offline_facts facts = plain_facts();
    facts.signed_in = false;
    facts.presence = PRESENCE_DND;
    facts.dnd_action = DND_REFUSE;
    check_verdict(&facts, OFFLINE_STORE_HOLD, REASON_NONE, WHO_NONE);
}

static void judge__keeps_queued__until_somebody_has_a_device(void **state)
{
    (void)state;
    struct offline_facts facts = plain_facts();
    facts.signed_in = false;
    facts.state = PERSON_STATE_INVITED;
    check_verdict(&facts, OFFLINE_KEEP_QUEUED, REASON_NOT_JOINED, WHO_NONE);
    facts.state = PERSON_STATE_NO_DEVICE;
    check_verdict(&facts, OFFLINE_KEEP_QUEUED, REASON_NOT_JOINED, WHO_NONE);
    facts.state = PERSON_STATE_CLOSED;
    check_verdict(&facts, OFFLINE_REFUSE, REASON_CLOSED, WHO_ORGANISATION);
    facts.state = PERSON_STATE_NONE;
    check_verdict(&facts, OFFLINE_REFUSE, REASON_NO_SUCH_PERSON, WHO_NONE);
}

static void judge__refuses_when_full__whether_signed_in_or_not(void **state)
{
    (void)state;
    for (int signed_in = 0; signed_in < 2; signed_in++) {
        struct offline_facts facts = plain_facts();
        facts.signed_in = signed_in != 0;
        facts.share_full = true;
        check_verdict(&facts, OFFLINE_REFUSE, REASON_SHARE_FULL, WHO_RECIPIENT_POLICY);
        facts.mailbox_full = true;
        check_verdict(&facts, OFFLINE_REFUSE, REASON_MAILBOX_FULL, WHO_RECIPIENT_POLICY);
        facts.cls = CLS_NOTICE; /* has a cap of its own */
        CHECK_EQ(offline_judge(&facts).reason, REASON_NONE);
    }
}

static void judge__stores_other_classes__when_only_the_sender_may_not(void **state)
{
    (void)state;
    static const enum cls classes[] = {CLS_RECEIPT, CLS_KEYCTL, CLS_SELFSYNC, CLS_NOTICE};
    for (size_t i = 0; i < OIM_COUNT(classes); i++) {
        struct offline_facts facts = plain_facts();
        facts.cls = classes[i];
        facts.signed_in = false;
        facts.sender_may = false;
        facts.org_on = false;
        facts.sender_has_offline_im = false;
        check_verdict(&facts, OFFLINE_STORE_HOLD, REASON_NONE, WHO_NONE);
        facts.accepts = false;
        check_verdict(&facts, OFFLINE_REFUSE, REASON_RECIPIENT_OFFLINE_OFF, WHO_RECIPIENT_POLICY);
    }
}

static void judge__never_stores_typing(void **state)
{
    (void)state;
    struct offline_facts facts = plain_facts();
    facts.cls = CLS_TYPING;
    check_verdict(&facts, OFFLINE_LIVE, REASON_NONE, WHO_NONE);
    facts.presence = PRESENCE_INVISIBLE;
    check_verdict(&facts, OFFLINE_REFUSE, REASON_CLASS, WHO_NONE);
}

static void judge__refuses_notes_to_self__unless_another_device_can_read_them(void **state)
{
    (void)state;
    struct offline_facts facts = plain_facts();
    facts.to_self = true;
    check_verdict(&facts, OFFLINE_REFUSE, REASON_TO_SELF, WHO_NONE);
    facts.self_has_other_device = true;
    facts.presence = PRESENCE_DND; /* nobody disturbs himself */
    facts.dnd_action = DND_REFUSE;
    check_verdict(&facts, OFFLINE_STORE_PUSH, REASON_NONE, WHO_NONE);
}

/* ---- every combination
 * ----------------------------------------------------------------------------------------- */

/*
 * The model: a decision list, first row whose letters all hold. A capital holds when the fact is true, a
 * small letter when it is false.
 *
 *   I no class · C chat · T typing · N nobody · X closed · J no device yet · Y blocked by the sender · S to
 * self D another own device · O organisation on · M sender may · G organisation decided · V version ok · H
 * capability A accepts · B blocked · L signed in · U invisible · Q undisturbed · R refuses then · F full · P
 * share full · E receipt · W sender may send receipts
 */
enum { LIVE_IF_SEEN = 100 };

static const struct model_row {
    const char *when;
    int action;
    enum reason reason;
    enum who who;
} model[] = {
    {"I", OFFLINE_REFUSE, REASON_CLASS, WHO_NONE},
    {"Ew", OFFLINE_REFUSE, REASON_RECEIPTS_OFF, WHO_SENDER_POLICY},
    {"N", OFFLINE_REFUSE, REASON_NO_SUCH_PERSON, WHO_NONE},
    {"X", OFFLINE_REFUSE, REASON_CLOSED, WHO_ORGANISATION},
    {"Y", OFFLINE_REFUSE, REASON_BLOCKED_BY_YOU, WHO_NONE},
    {"Sd", OFFLINE_REFUSE, REASON_TO_SELF, WHO_NONE},
    {"J", OFFLINE_KEEP_QUEUED, REASON_NOT_JOINED, WHO_NONE},
    {"TLbu", OFFLINE_LIVE, REASON_NONE, WHO_NONE},
    {"T", OFFLINE_REFUSE, REASON_CLASS, WHO_NONE},
    {"CsLbuQR", OFFLINE_REFUSE, REASON_DND_REFUSED, WHO_RECIPIENT},
    {"CsLbuQo", OFFLINE_REFUSE, REASON_DND_REFUSED, WHO_RECIPIENT},
    {"CsLbuQm", OFFLINE_REFUSE, REASON_DND_REFUSED, WHO_RECIPIENT},
    {"CsLbuQv", OFFLINE_REFUSE, REASON_DND_REFUSED, WHO_RECIPIENT},
    {"CsLbuQh", OFFLINE_REFUSE, REASON_DND_REFUSED, WHO_RECIPIENT},
    {"CsLbuQa", OFFLINE_REFUSE, REASON_DND_REFUSED, WHO_RECIPIENT},
    {"Co", LIVE_IF_SEEN, REASON_ORG_OFFLINE_OFF, WHO_ORGANISATION},
    {"CmG", LIVE_IF_SEEN, REASON_ORG_OFFLINE_OFF, WHO_ORGANISATION},
    {"Cm", LIVE_IF_SEEN, REASON_SENDER_OFFLINE_OFF, WHO_SENDER_POLICY},
    {"Cv", LIVE_IF_SEEN, REASON_CLIENT_TOO_OLD, WHO_SENDER_POLICY},
    {"Ch", LIVE_IF_SEEN, REASON_CLIENT_TOO_OLD, WHO_NONE},
    {"B", OFFLINE_REFUSE, REASON_RECIPIENT_OFFLINE_OFF, WHO_RECIPIENT_POLICY},
    {"a", LIVE_IF_SEEN, REASON_RECIPIENT_OFFLINE_OFF, WHO_RECIPIENT_POLICY},
    {"CsF", OFFLINE_REFUSE, REASON_MAILBOX_FULL, WHO_RECIPIENT_POLICY},
    {"CsP", OFFLINE_REFUSE, REASON_SHARE_FULL, WHO_RECIPIENT_POLICY},
    {"CsLuQ", OFFLINE_STORE_QUIET, REASON_NONE, WHO_NONE},
    {"Lu", OFFLINE_STORE_PUSH, REASON_NONE, WHO_NONE},
    {"", OFFLINE_STORE_HOLD, REASON_NONE, WHO_NONE},
};

static uint32_t letter_bit(char letter)
{
    return UINT32_C(1) << (toupper(letter) - 'A');
}

static uint32_t letters_of(const struct offline_facts *facts)
{
    const struct {
        char letter;
        bool holds;
    } letters[] = {
        {'I', facts->cls == CLS_INVALID},
        {'C', facts->cls == CLS_CHAT},
        {'T', facts->cls == CLS_TYPING},
        {'N', facts->state == PERSON_STATE_NONE},
        {'X', facts->state == PERSON_STATE_CLOSED},
        {'J', facts->state == PERSON_STATE_INVITED || facts->state == PERSON_STATE_NO_DEVICE},
        {'Y', facts->blocked_by_sender},
        {'S', facts->to_self},
        {'D', facts->self_has_other_device},
        {'O', facts->org_on},
        {'M', facts->sender_may},
        {'G', facts->sender_may_who == WHO_ORGANISATION},
        {'V', facts->sender_version_ok},
        {'H', facts->sender_has_offline_im},
        {'A', facts->accepts},
        {'B', facts->blocked},
        {'L', facts->signed_in},
        {'U', facts->presence == PRESENCE_INVISIBLE},
        {'Q', facts->presence == PRESENCE_DND || facts->presence == PRESENCE_PRESENTING},
        {'R', facts->dnd_action == DND_REFUSE},
        {'F', facts->mailbox_full},
        {'P', facts->share_full},
        {'E', facts->cls == CLS_RECEIPT},
        {'W', facts->sender_may_receipt},
    };
    uint32_t held = 0;
    for (size_t i = 0; i < OIM_COUNT(letters); i++) {
        held |= letters[i].holds ? letter_bit(letters[i].letter) : 0;
    }
    return held;
}

static const struct model_row *model_find(uint32_t held)
{
    for (size_t i = 0; i < OIM_COUNT(model); i++) {
        bool all = true;
        for (const char *letter = model[i].when; *letter != '\0' && all; letter++) {
            all = ((held & letter_bit(*letter)) != 0) == (isupper(*letter) != 0);
        }
        if (all) {
            return &model[i];
        }
    }
    return NULL;
}

enum { FLAG_COUNT = 16 };

/* Spreads the bits of a counter over the facts that are yes or no. */
static void set_flags(struct offline_facts *facts, uint32_t flags)
{
    bool *const targets[FLAG_COUNT - 2] = {
        &facts->sender_may,
        &facts->sender_has_offline_im,
        &facts->sender_version_ok,
        &facts->to_self,
        &facts->blocked,
        &facts->self_has_other_device,
        &facts->blocked_by_sender,
        &facts->accepts,
        &facts->org_on,
        &facts->signed_in,
        &facts->tell_sender_dnd,
        &facts->mailbox_full,
        &facts->share_full,
        &facts->sender_may_receipt,
    };
    for (size_t i = 0; i < OIM_COUNT(targets); i++) {
        *targets[i] = (flags >> i & 1) != 0;
    }
    facts->dnd_action = (flags >> 14 & 1) != 0 ? DND_REFUSE : DND_HOLD;
    facts->sender_may_who = (flags >> 15 & 1) != 0 ? WHO_ORGANISATION : WHO_SENDER_POLICY;
}

static bool agrees_with_model(const struct offline_facts *facts)
{
    struct offline_verdict verdict = offline_judge(facts);
    const struct model_row *row = model_find(letters_of(facts));
    bool seen = facts->signed_in && !facts->blocked && facts->presence != PRESENCE_INVISIBLE;
    int action = row->action != LIVE_IF_SEEN ? row->action : seen ? OFFLINE_LIVE : OFFLINE_REFUSE;
    bool tell = action == OFFLINE_STORE_QUIET && facts->tell_sender_dnd;
    return (int)verdict.action == action && verdict.reason == row->reason && verdict.who == row->who &&
           verdict.tell_quiet == tell;
}

static const enum presence_state presences[] = {PRESENCE_AVAILABLE, PRESENCE_DND, PRESENCE_PRESENTING,
                                                PRESENCE_INVISIBLE};

/*
 * Goal:   the table is all there is: no combination of facts is answered by accident.
 * Method: all 9.2 million combinations against the model above, which shares no code with the function.
 */
static void judge__agrees_with_the_model__for_every_combination_of_facts(void **state)
{
    (void)state;
    for (uint32_t flags = 0; flags < UINT32_C(1) << FLAG_COUNT; flags++) {
        struct offline_facts facts = {0};
        set_flags(&facts, flags);
        for (int cls = CLS_INVALID; cls <= CLS_NOTICE; cls++) {
            for (int person = PERSON_STATE_NONE; person <= PERSON_STATE_CLOSED; person++) {
                for (size_t i = 0; i < OIM_COUNT(presences); i++) {
                    facts.cls = (enum cls)cls;
                    facts.state = (enum person_state)person;
                    facts.presence = presences[i];
                    if (!agrees_with_model(&facts)) {
                        fail_msg("flags %#x class %d state %d presence %d", flags, cls, person,
                                 (int)presences[i]);
                    }
                }
            }
        }
    }
}

static bool same_verdict(const struct offline_facts *a, const struct offline_facts *b)
{
    struct offline_verdict x = offline_judge(a);
    struct offline_verdict y = offline_judge(b);
    return x.action == y.action && x.reason == y.reason && x.who == y.who && x.tell_quiet == y.tell_quiet;
}

/*
 * Goal:   nobody can find out from an answer that somebody is invisible, or that they are blocked.
 * Method: every combination answers the invisible like the signed-out, and the blocked like those who are
 * signed out and accept nothing.
 */
static void judge__gives_nothing_away__about_the_invisible_and_the_blocked(void **state)
{
    (void)state;
    for (uint32_t flags = 0; flags < UINT32_C(1) << FLAG_COUNT; flags++) {
        struct offline_facts facts = {.state = PERSON_STATE_ACTIVE, .presence = PRESENCE_INVISIBLE};
        set_flags(&facts, flags);
        for (int cls = CLS_CHAT; cls <= CLS_NOTICE; cls++) {
            facts.cls = (enum cls)cls;
            struct offline_facts away = facts;
            away.signed_in = false;
            away.presence = PRESENCE_OFFLINE;
            CHECK(same_verdict(&facts, &away));

            struct offline_facts blocked = facts;
            blocked.presence = PRESENCE_DND;
            blocked.blocked = true;
            away.blocked = false;
            away.accepts = false;
            CHECK(same_verdict(&blocked, &away));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judge__pushes_or_holds__by_whether_the_recipient_is_signed_in),
        cmocka_unit_test(judge__goes_live_or_refuses__naming_who_decided),
        cmocka_unit_test(judge__delivers_without_alert__during_dnd_and_presenting),
        cmocka_unit_test(judge__ignores_dnd__without_a_session),
        cmocka_unit_test(judge__keeps_queued__until_somebody_has_a_device),
        cmocka_unit_test(judge__refuses_when_full__whether_signed_in_or_not),
        cmocka_unit_test(judge__stores_other_classes__when_only_the_sender_may_not),
        cmocka_unit_test(judge__never_stores_typing),
        cmocka_unit_test(judge__refuses_notes_to_self__unless_another_device_can_read_them),
        cmocka_unit_test(judge__agrees_with_the_model__for_every_combination_of_facts),
        cmocka_unit_test(judge__gives_nothing_away__about_the_invisible_and_the_blocked),
    };
    return cmocka_run_group_tests_name("policy/offline", tests, NULL, NULL);
}
