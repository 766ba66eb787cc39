/*
 * load.c - from an empty core to a running one: every namespace of records, then the heads of the chains.
 *
 * The first start finds nothing and writes the server's own record. While nobody owns the server, the owner's
 * line is offered; its secret follows from the server's key, so it is the same line at every start until it
 * is used.
 */
#include <assert.h>
#include <string.h>

#include "server/core/core_internal.h"
#include "server/core/records.h"

#define SCAN_ROW_COUNT 256u

static void scan_next(struct core *core, struct oim_slice after);

/* Whether to go on with this reply; not once the server is being stopped. */
static bool usable(struct core *core, const struct store_reply *reply)
{
    if (core->phase != PHASE_LOADING) {
        return false;
    }
    if (reply->result == STORE_OK) {
        return true;
    }
    if (reply->result == STORE_RETRY || reply->result == STORE_UNKNOWN) {
        core_reload(core);
    } else {
        core_fail(core, "the store could not be read");
    }
    return false;
}

/* Nobody owns the server yet, or root on its host has asked for a new line (OWNER_RECOVERED). */
static bool wants_owner(const struct core *core)
{
    const struct oim_table *invites = &core->registry.invites;
    if (!core->orglog.exists) {
        return true;
    }
    for (const struct invite *invite = oim_table_first(invites); invite != NULL;
         invite = oim_table_next(invites, invite)) {
        if (invite->kind == INVITE_OWNER && invite->used_ms == 0 && !invite->revoked) {
            return true;
        }
    }
    return false;
}

void load_owner_secret(const struct core *core, uint32_t line_no, uint8_t out[INVITE_SECRET_SIZE])
{
    uint8_t line_no_bytes[4];
    oim_put_be32(line_no_bytes, line_no);
    const struct oim_slice parts[] = {
        oim_slice(core->registry.meta.server_epoch.bytes, OIM_ID_SIZE),
        oim_slice(line_no_bytes, sizeof(line_no_bytes)),
    };
    struct oim_hash mac;
    crypto_mac(oim_slice(core->config.server_key.bytes, 32), "OIM-owner-line-v1", parts, OIM_COUNT(parts),
               &mac);
    memcpy(out, mac.bytes, INVITE_SECRET_SIZE);
    crypto_wipe(&mac, sizeof(mac));
}

bool load_owner_invite(const struct core *core, struct invite_line *out_line)
{
    memset(out_line, 0, sizeof(*out_line));
    if (!wants_owner(core)) {
        return false;
    }
    load_owner_secret(core, core->registry.meta.owner_line_no, out_line->secret);
    memcpy(out_line->host_port, core->config.address, sizeof(out_line->host_port));
    out_line->kind = LINE_OWNER;
    out_line->mode = core->config.mode;
    out_line->org_id = core->orglog.org_id;
    out_line->server_key_id = server_key_id(&core->server_pub);
    return true;
}

static void offer_owner_line(struct core *core)
{
    OIM_CLEANUP(invite_line_finish) struct invite_line line;
    if (!load_owner_invite(core, &line)) {
        return;
    }
    char *text = oim_arena_alloc(&core->step_arena, INVITE_LINE_SIZE_MAX);
    assert(text != NULL); /* the first thing of its step */
    invite_line_format(&line, text);
    core_effect(core, EFFECT_OWNER_LINE)->u.line.text = text;
}

static void finish(struct core *core)
{
    core->phase = PHASE_RUNNING;
    offer_owner_line(core);
    (void)core_effect(core, EFFECT_READY);
    waiters_run(core);
    waiters_look_everywhere(core);
    reset_go_on(core);
    user_erase_go_on(core);
}

/* ---- the first start ----------------------------------------------------------------------------------- */

static void on_meta_written(struct core *core, const uint64_t context[2])
{
    (void)context;
    if (core->phase == PHASE_LOADING) {
        finish(core);
    }
}

static void write_meta(struct core *core)
{
    struct server_meta meta = {0};
    oim_random_fill(&core->config.random, meta.server_epoch.bytes, OIM_ID_SIZE);
    if (change_open(core, NULL, NULL) != OIM_OK) {
        core_fail(core, "no memory for the first record");
        return;
    }
    change_put_meta(core, &meta);
    change_after(core, on_meta_written, 0, 0);
    change_commit(core);
}

static void finish_or_begin(struct core *core)
{
    if (core->registry.meta.version == 0) {
        write_meta(core);
    } else {
        finish(core);
    }
}

/* ---- chains -------------------------------------------------------------------------------------------- */

static void ask_chain(struct core *core, enum chain_name chain, pending_reply_fn *on_reply)
{
    struct pending *pending = pending_take(core, NULL, STORE_CHAIN, on_reply, 0);
    assert(pending != NULL); /* nothing else is at the store while loading */
    struct store_req *req = pending_submit(core, pending);
    req->u.chain.chain = chain;
    req->u.chain.from_n = 1;
    req->u.chain.entry_max = 1;
}

/* What waits at the start; later figures come from the store when somebody asks. */
static void on_count(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    (void)pending;
    if (!usable(core, reply)) {
        return;
    }
    core->figures.waiting_count = reply->u.count.count;
    core->figures.waiting_mailbox_count = reply->u.count.mailbox_count;
    finish_or_begin(core);
}

static void on_audit_chain(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    (void)pending;
    if (!usable(core, reply)) {
        return;
    }
    core->orglog.audit_n = reply->u.chain.length;
    core->orglog.audit_head = reply->u.chain.head;

    struct pending *count = pending_take(core, NULL, STORE_COUNT, on_count, 0);
    assert(count != NULL);
    pending_submit(core, count)->u.count.uid = 0;
}

static void on_org_chain(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    (void)pending;
    if (!usable(core, reply)) {
        return;
    }
    struct orglog *orglog = &core->orglog;
    orglog->seq = reply->u.chain.length;
    orglog->head = reply->u.chain.head;
    orglog->exists = orglog->seq > 0;
    if (orglog->exists) {
        struct log_entry genesis;
        struct log_body body;
        oim_arena_reset(&core->frame_arena);
        if (reply->u.chain.entry_count != 1 ||
            log_entry_decode(reply->u.chain.entries[0].entry, &core->frame_arena, &genesis, NULL) != OIM_OK ||
            log_body_decode(genesis.body, &core->frame_arena, &body, NULL) != OIM_OK) {
            core_fail(core, "the first entry of the organisation's log cannot be read");
            return;
        }
        if (memcmp(body.server_pub.bytes, core->server_pub.bytes, sizeof(body.server_pub.bytes)) != 0) {
            core_fail(
                core,
                "the key in the secret file is not the one that this organisation began with: every client "
                "would refuse it; start with the secret file that belongs to this data folder");
            return;
        }
        orglog->org_id = log_org_id(genesis.body);
    }
    ask_chain(core, CHAIN_AUDIT, on_audit_chain);
}

/* ---- records ------------------------------------------------------------------------------------------- */

static void on_scan(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    (void)pending;
    if (!usable(core, reply)) {
        return;
    }
    struct oim_error err;
    const struct store_record *records = reply->u.scan.records;
    size_t count = reply->u.scan.record_count;
    for (size_t i = 0; i < count; i++) {
        if (registry_apply(core, core->load_ns, records[i].key, records[i].value, records[i].version, &err) !=
            OIM_OK) {
            core_fail(core, err.text);
            return;
        }
    }
    if (reply->u.scan.more && count > 0) {
        scan_next(core, records[count - 1].key);
        return;
    }
    core->load_ns++;
    if (core->load_ns < RECORDS_NS_LIMIT) {
        scan_next(core, (struct oim_slice){NULL, 0});
        return;
    }
    ask_chain(core, CHAIN_ORG, on_org_chain);
}

static void scan_next(struct core *core, struct oim_slice after)
{
    struct pending *pending = pending_take(core, NULL, STORE_SCAN, on_scan, RECORDS_KEY_SIZE_MAX);
    assert(pending != NULL);
    assert(after.size <= RECORDS_KEY_SIZE_MAX);
    struct store_req *req = pending_submit(core, pending);
    if (after.size > 0) {
        memcpy(pending->block, after.data, after.size);
    }
    req->u.scan.ns = core->load_ns;
    req->u.scan.after = oim_slice(pending->block, after.size);
    req->u.scan.row_max = SCAN_ROW_COUNT;
}

void load_start(struct core *core)
{
    core->phase = PHASE_LOADING;
    core->load_ns = RECORDS_META;
    scan_next(core, (struct oim_slice){NULL, 0});
}
