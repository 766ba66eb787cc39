/*
 * orglog.c - checks of single entries of the organisation log (SECURITY.md 1.9). Chaining is change.c's part.
 */
#include <string.h>

#include "server/core/core_internal.h"

#define HEAD_FRESH_MS 1000u

void orglog_sign_head(struct core *core)
{
    struct orglog *log = &core->orglog;
    bool is_fresh = log->signed_seq == log->seq && log->signed_ms <= core->wall_ms &&
                    core->wall_ms - log->signed_ms < HEAD_FRESH_MS &&
                    memcmp(log->signed_head.bytes, log->head.bytes, sizeof(log->head.bytes)) == 0;
    if (is_fresh && log->signed_ms != 0) {
        return;
    }
    log->signed_seq = log->seq;
    log->signed_ms = core->wall_ms;
    log->signed_head = log->head;
    log_head_sign(&log->org_id, log->seq, &log->head, core->wall_ms, &core->config.server_key, &log->head_sig);
}

void orglog_user_hash(uint64_t user_seq, const struct oim_hash *user_prev, const struct log_entry *entry,
                      struct oim_hash *out)
{
    log_entry_hash(user_seq, user_prev, entry, out);
}

static bool names_signer(enum log_body_kind kind)
{
    return kind != LOG_BODY_USER_CREATE && kind != LOG_BODY_GENESIS && kind != LOG_BODY_OWNER_RECOVERED;
}

enum oim_status orglog_check(struct core *core, const struct log_entry *entry, enum log_body_kind kind,
                             const struct account *about, const struct device *signer,
                             struct log_body *out_body, struct oim_error *err)
{
    static const struct oim_hash nothing;
    enum oim_status status = log_body_decode(entry->body, &core->frame_arena, out_body, err);
    if (status != OIM_OK) {
        return status;
    }
    if (out_body->kind != kind || entry->sig_count == 0) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "the entry for the organisation's log is of another kind");
    }
    uint64_t user_seq = about == NULL ? 0 : about->user_seq;
    const struct oim_hash *user_prev = about == NULL ? &nothing : &about->user_prev;
    if (about != NULL && !oim_id_equal(&about->user_id, &out_body->user_id)) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "the entry for the organisation's log is about somebody else");
    }
    if (out_body->user_seq != user_seq + 1 ||
        memcmp(out_body->user_prev.bytes, user_prev->bytes, sizeof(user_prev->bytes)) != 0) {
        return oim_fail(err, OIM_ERR_CONFLICT, "the organisation's log has moved on; ask again");
    }
    if (names_signer(kind) && !oim_id_equal(&out_body->signer_device, &signer->device_id)) {
        return oim_fail(err, OIM_ERR_AUTH, "the entry names another device as its signer");
    }
    if (!log_body_verify(&core->orglog.org_id, entry->body, &signer->ik, &entry->sigs[0])) {
        return oim_fail(err, OIM_ERR_AUTH, "the signature of the entry does not hold");
    }
    return OIM_OK;
}
