/* test_presence.c - what is seen of a person by what they chose and how long nobody was there, against a
 * small model. */
#include "policy/presence.h"

#include "tests/support/check.h"

#define MINUTE_MS UINT64_C(60000)

/*
 * The model: a decision list, first row that holds. own 0: any; UNKNOWN is nothing chosen, written as AUTO
 * here.
 */
static const struct {
    enum presence_state own;
    uint64_t idle_from_minutes;
    enum presence_state seen;
} model[] = {
    {PRESENCE_AUTO, 10, PRESENCE_AWAY},      {PRESENCE_AUTO, 5, PRESENCE_INACTIVE},
    {PRESENCE_AUTO, 0, PRESENCE_AVAILABLE},  {PRESENCE_BUSY, 5, PRESENCE_BUSY_INACTIVE},
    {PRESENCE_BUSY, 0, PRESENCE_BUSY},       {PRESENCE_AVAILABLE, 0, PRESENCE_AVAILABLE},
    {PRESENCE_DND, 0, PRESENCE_DND},         {PRESENCE_PRESENTING, 0, PRESENCE_PRESENTING},
    {PRESENCE_BRB, 0, PRESENCE_BRB},         {PRESENCE_AWAY, 0, PRESENCE_AWAY},
    {PRESENCE_OFFWORK, 0, PRESENCE_OFFWORK}, {PRESENCE_INVISIBLE, 0, PRESENCE_INVISIBLE},
};

static enum presence_state expected(enum presence_state own, uint64_t idle_ms)
{
    for (size_t i = 0; i < OIM_COUNT(model); i++) {
        enum presence_state chosen = model[i].own == PRESENCE_AUTO ? PRESENCE_UNKNOWN : model[i].own;
        if (chosen == own && idle_ms >= model[i].idle_from_minutes * MINUTE_MS) {
            return model[i].seen;
        }
    }
    return PRESENCE_STATE_COUNT;
}

/*
 * Goal:   every state at every moment, and the next moment at which it changes by itself.
 * Method: all that can be chosen, at each second of half an hour and around each whole second.
 */
static void presence__agrees_with_the_model__at_every_moment(void **state)
{
    (void)state;
    for (int own = PRESENCE_UNKNOWN; own <= PRESENCE_INVISIBLE; own++) {
        for (uint64_t second_ms = 0; second_ms <= 30 * MINUTE_MS; second_ms += 1000) {
            for (uint64_t off_ms = 0; off_ms < 3; off_ms++) {
                uint64_t idle_ms = second_ms + off_ms == 0 ? 0 : second_ms + off_ms - 1;
                CHECK_EQ(presence_of((enum presence_state)own, idle_ms),
                         expected((enum presence_state)own, idle_ms));
                uint64_t next_ms = presence_changes_at_ms((enum presence_state)own, idle_ms);
                enum presence_state now = expected((enum presence_state)own, idle_ms);
                CHECK(next_ms == 0 || next_ms > idle_ms);
                uint64_t before_ms = next_ms == 0 ? UINT64_MAX : next_ms - 1;
                CHECK_EQ(expected((enum presence_state)own, before_ms), now);
                CHECK(next_ms == 0 || expected((enum presence_state)own, next_ms) != now);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presence__agrees_with_the_model__at_every_moment),
    };
    return cmocka_run_group_tests_name("policy/presence", tests, NULL, NULL);
}
