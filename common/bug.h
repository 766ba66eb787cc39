/*
 * bug.h - mistakes planted on purpose, to see that the simulator finds each (STORE.md 4(c)).
 *
 * BUG(NAME) is false, and the compiler removes what stands behind it, unless the build option planted_bugs is on; then it
 * is true for the one bug that `sim --bug NAME` chose. Each stands where somebody could really have made it. To plant one:
 * a line here, and `BUG(NAME) ||` or `!BUG(NAME) &&` at the place.
 */
#ifndef OIM_COMMON_BUG_H
#define OIM_COMMON_BUG_H

#include <stdbool.h>

#define BUG_LIST(X) \
    /* the server's core */ \
    X(NO_OWN_COPY, "the sender's other devices get no copy") \
    X(NO_QUOTA, "a message is stored without its recipient's quota") \
    X(NO_DELIVERED_NOTICE, "an Ack makes no notice for the sender") \
    X(NO_EXPIRED_NOTICE, "what expires is not told to its sender") \
    X(NO_ERASED_NOTICE, "what is erased is not told to its sender") \
    X(ERASED_COUNTS_AS_EXPIRED, "a hole that was erased says that its time was up") \
    X(ERASES_WHAT_COMES_LATER, "erasing goes beyond what the administrator was shown") \
    X(ANSWER_BEFORE_STORE, "held is said before the store has it") \
    X(REFUSAL_WITHOUT_MARKER, "a refusal does not use its number up") \
    X(REPEAT_IS_NOT_ANSWERED, "a repeat of what the store has gets no answer") \
    X(REPEAT_OF_REFUSED_IS_HELD, "the second answer differs from the first") \
    X(STALE_IS_REPEATED, "what was judged under an old policy goes again as it was") \
    X(ACK_IS_NOT_REPEATED, "a cursor that the store had no time for is forgotten") \
    X(LIVE_IS_DELIVERED, "what is pushed from memory counts as delivered") \
    X(GAP_IS_SILENT, "a hole in a mailbox is not stated") \
    X(NEW_OVERTAKES_OLD, "a new row is pushed before the backlog") \
    X(UNSENT_COUNTS_AS_SENT, "a row for which there was no room is passed over") \
    X(ONE_PAGE_IS_ALL, "the first page counts as the whole backlog") \
    X(INVISIBLE_IS_NEVER_TOLD, "what an invisible person took is told to nobody, ever") \
    X(ACK_PASSES_OVER_UNTOLD, "an Ack of somebody visible again passes over what is not told yet") \
    X(RETURN_IS_NEVER_NEWS, "who looked while somebody was away for a moment never learns of the return") \
    X(LOOKS_AWAY_FOR_EVER, "what changed while nobody looked is not told to who looks again") \
    X(IDLENESS_IS_NOT_TOLD, "nobody is told that somebody has been idle for long enough") \
    /* the client's engine and store */ \
    X(POLICY_IS_FORGOTTEN, "what the policy says of texts is forgotten when the agent starts again") \
    X(BACK_IS_NOT_SAID, "the server is not told that somebody is at the device again") \
    X(NUMBER_IS_NOT_SAVED, "a message's number is used before it is on disk") \
    X(COUNTER_IS_NOT_SAVED, "a connection's number is used before it is on disk") \
    X(NEW_NUMBER_AFTER_CUT, "what is unanswered gets a new number") \
    X(SETTLED_TOO_EARLY, "answers are called known that are not") \
    X(NEWEST_IS_REPEATED_FIRST, "what came back goes again in the wrong order") \
    X(NEWEST_IS_SENT_FIRST, "the outbox is emptied from its end") \
    X(OUTBOX_FORGETS_EARLY, "a row leaves the outbox when it is sent") \
    X(GAP_IS_FINAL, "not taken is taken for an answer") \
    X(HELD_IS_NOT_FILED, "the person still sees queued") \
    X(NOTICE_IS_NOT_FILED, "the cursor passes a notice whose news is lost") \
    X(OWN_COPY_IS_NOT_STORED, "the cursor passes what another own device wrote") \
    X(ACK_OF_THE_NEXT, "one row more is acknowledged than came") \
    X(STORE_DOES_NOT_SYNC, "the local store trusts the disk")

#ifdef OIM_PLANTED_BUGS

enum bug {
    BUG_NONE,
#define BUG_ENUM(name, text) BUG_##name,
    BUG_LIST(BUG_ENUM)
#undef BUG_ENUM
        BUG_COUNT
};

extern enum bug bug_planted; /* in common/bug.c */

#define BUG(name) (bug_planted == BUG_##name)

/** As in the list above. NULL: there is no such. */
const char *bug_name(enum bug bug);
const char *bug_text(enum bug bug);

#else

#define BUG(name) false

#endif

#endif
