/*
 * cmdlet_host.h - a session of the cmdlet dialect within oimctl.
 */
#ifndef OIM_CLIENT_ADMIN_CMDLET_HOST_H
#define OIM_CLIENT_ADMIN_CMDLET_HOST_H

#include "client/admin/cmdlet_run.h"
#include "client/admin/ctl.h"

#define CMDLETS_KEPT_SIZE (4u * 1024u * 1024u)

struct ctl_cmdlets {
    struct ctl *ctl; /* borrowed */
    struct cmdlet_host host;
    struct cmdlet_session session;
    struct oim_arena kept;
    struct ctl_answer answer; /* the last */
    uint8_t kept_memory[CMDLETS_KEPT_SIZE];
};

/** cmdlets is large: allocate it. It must stay where it is. */
void ctl_cmdlets_init(struct ctl_cmdlets *cmdlets, struct ctl *ctl);
/** Complain about what a run left in err, if it left something. Returns exit_code. */
int ctl_cmdlets_end(struct ctl_cmdlets *cmdlets, int exit_code, const struct oim_error *err);

#endif
