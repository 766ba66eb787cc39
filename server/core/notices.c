/*
 * notices.c - the server's own rows: delivered, expired, joined, added as a contact.
 *
 * They ride along with the request that causes them, in its transaction, or go alone (STORE_NOTE). Like
 * messages they are committed first and pushed then, and wait for those who are away.
 */
#include <assert.h>
#include <string.h>

#include "policy/retention.h"
#include "server/core/core_internal.h"

#define NOTE_TRY_COUNT_MAX 3u

size_t notice_list_block_size(size_t notice_count, size_t msg_id_count)
{
    return notice_count * (sizeof(struct store_target) + notice_size(0)) + msg_id_count * OIM_ID_SIZE;
}

void notice_list_init(struct notice_list *list, uint8_t *block, size_t block_size, size_t notice_count_max)
{
    size_t targets_size = notice_count_max * sizeof(*list->targets);
    assert(targets_size <= block_size);
    *list = (struct notice_list){
        .targets = (struct store_target *)(void *)block,
        .target_count_max = notice_count_max,
        .bytes = block + targets_size,
        .size_max = block_size - targets_size,
    };
}

static void push_unstored(struct core *core, struct account *to, const struct notice *notice)
{
    uint8_t *bytes = oim_arena_alloc(&core->step_arena, notice_size(notice->msg_id_count));
    if (bytes == NULL) {
        return;
    }
    notice_encode(notice, bytes);
    const struct store_row row = {
        .kind = STORE_ROW_NOTICE,
        .cls = CLS_NOTICE,
        .server_ms = core->wall_ms,
        .env = oim_slice(bytes, notice_size(notice->msg_id_count)),
    };
    (void)mailbox_push_live(core, to, &row);
}

bool notice_list_add(struct core *core, struct notice_list *list, struct account *to,
                     const struct notice *notice, uint64_t aux, uint64_t aux_dev)
{
    if (registry_is_erased(to)) {
        return true; /* nobody to tell */
    }
    const struct effective *effective = policies_effective(&core->policies, to);
    size_t size = notice_size(notice->msg_id_count);
    if (!effective->accepts) {
        push_unstored(core, to, notice);
        return true;
    }
    if (list->target_count == list->target_count_max || size > list->size_max - list->size) {
        return false;
    }
    uint8_t *bytes = list->bytes + list->size;
    notice_encode(notice, bytes);
    list->size += size;
    uint64_t expires_ms = retention_expires_ms(core->wall_ms, effective->retention_ms, 0, CLS_NOTICE);
    list->targets[list->target_count++] = (struct store_target){
        .uid = to->uid,
        .kind = STORE_ROW_NOTICE,
        .cls = CLS_NOTICE,
        .code = notice->what,
        .expires_ms = expires_ms == UINT64_MAX ? 0 : expires_ms,
        .aux = aux,
        .aux_dev = aux_dev,
        .env = oim_slice(bytes, size),
        .quota = {.courtesy_count_max = effective->quota_count, .courtesy_size_max = effective->quota_size},
    };
    return true;
}

void notices_on_stored(struct core *core, const struct store_target *targets, size_t target_count,
                       const struct store_reply *reply, uint64_t server_ms)
{
    for (size_t i = 0; i < target_count && i < reply->u.note.seq_count; i++) {
        mailbox_on_target(core, &targets[i], reply->u.note.seqs[i], 0, 0, server_ms);
    }
}

static void submit_note(struct core *core, struct pending *pending)
{
    struct store_req *req = pending_submit(core, pending);
    req->u.note.targets = pending->u.notices.notices;
    req->u.note.target_count = pending->u.notices.notice_count;
    req->u.note.server_ms = pending->u.notices.server_ms;
}

static void on_note(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    if (reply->result == STORE_RETRY && pending->u.notices.try_count++ < NOTE_TRY_COUNT_MAX) {
        pending_keep(pending);
        submit_note(core, pending);
    } else if (reply->result == STORE_OK) {
        notices_on_stored(core, pending->u.notices.notices, pending->u.notices.notice_count, reply,
                          pending->u.notices.server_ms);
    } else if (reply->result == STORE_UNKNOWN) {
        mailbox_on_unknown(core, pending->u.notices.notices, pending->u.notices.notice_count);
    }
}

bool notices_send(struct core *core, uint32_t to_uid, const struct notice *notice)
{
    struct account *to = registry_person(&core->registry, to_uid);
    size_t block_size = notice_list_block_size(1, notice->msg_id_count);
    if (to == NULL) {
        return true;
    }
    struct pending *pending = pending_take(core, NULL, STORE_NOTE, on_note, block_size);
    if (pending == NULL) {
        return false;
    }
    struct notice_list list;
    notice_list_init(&list, pending->block, block_size, 1);
    bool added = notice_list_add(core, &list, to, notice, 0, 0);
    assert(added);
    (void)added;
    if (list.target_count == 0) {
        pending_give(core, pending);
        return true;
    }
    pending->u.notices.notices = list.targets;
    pending->u.notices.notice_count = list.target_count;
    pending->u.notices.server_ms = core->wall_ms;
    submit_note(core, pending);
    return true;
}
