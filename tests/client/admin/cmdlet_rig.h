/*
 * cmdlet_rig.h - an organisation that answers cmdlets, and remembers what it was asked.
 */
#ifndef OIM_TESTS_CLIENT_ADMIN_CMDLET_RIG_H
#define OIM_TESTS_CLIENT_ADMIN_CMDLET_RIG_H

#include "client/admin/cmdlet_run.h"
#include "proto/local.h"
#include "tests/support/check.h"

struct rig_step {
    enum { ASKED, SAID, WARNED, CONNECTED, CONFIRMED, TRIED, PRINTED } kind;
    struct admin_op op; /* ASKED: a copy */
    const char *text;   /* SAID, WARNED, PRINTED; CONFIRMED, TRIED: the people, "tony sam " */
    const char *name;   /* CONFIRMED: the question's code */
};

struct rig {
    uint8_t memory[256 * 1024];
    uint8_t kept_memory[16 * 1024];
    uint8_t record_memory[256 * 1024];
    struct oim_arena arena, kept, record;
    struct cmdlet_host host;
    struct cmdlet_session session;
    struct oim_error err;
    struct rig_step steps[64];
    size_t step_count;
    bool declines; /* questions are answered with No */
    int exit_code;
};

void rig_init(struct rig *ran);
/** Returns the exit code. */
int rig_run(struct rig *ran, const char *text);
void rig_run_well(struct rig *ran, const char *text);
/** What was asked last; nothing before it changed anything. */
const struct admin_op *rig_only_op(struct rig *ran, const char *text);
/** The index-th step of a kind; NULL: there is none. */
const struct rig_step *rig_step_of(const struct rig *ran, int kind, size_t index);
void rig_check_printed(const char *text, const char *expected);
/** Refused with this sentence, and nothing was asked for. */
void rig_check_refused(const char *text, const char *sentence);
void rig_check_tri(const struct wire_setting *setting, const char *name, enum tri value);

#endif
