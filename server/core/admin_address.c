/*
 * admin_address.c - the ways to this server that clients are told, so that it can move (USERS A8).
 *
 * The list is one record; clients take a newer version of it only, signed by the server's key. Its version is
 * the time at which it was written, and larger than the one before: who has not signed in since does not know
 * it yet.
 */
#include <string.h>

#include "proto/addresses.h"
#include "server/core/admin.h"

/* What is told now: the record, or the one address of the configuration while there is none. */
static enum oim_status list_now(struct admin_call *call, struct way ways[WAY_COUNT_MAX + 1],
                                struct address_list *out)
{
    struct core *core = call->core;
    *out = (struct address_list){.ways = ways};
    if (core->registry.addresses_size == 0) {
        if (core->config.address[0] != '\0') {
            ways[out->way_count++] =
                (struct way){.host_port = core->config.address, .mode = core->config.mode};
        }
        return OIM_OK;
    }
    struct oim_slice bytes = oim_slice(core->registry.addresses, core->registry.addresses_size);
    enum oim_status status = address_list_decode(bytes, &core->frame_arena, out, &core->error);
    if (status == OIM_OK) {
        memcpy(ways, out->ways, out->way_count * sizeof(*ways));
        out->ways = ways;
    }
    return status;
}

static size_t place_of(const struct address_list *list, const char *host_port)
{
    size_t at = 0;
    while (at < list->way_count && strcasecmp(list->ways[at].host_port, host_port) != 0) {
        at++;
    }
    return at;
}

static void say_list(struct audit_text *audit, const struct address_list *list)
{
    audit_text_add(audit, "addresses=");
    for (size_t i = 0; i < list->way_count; i++) {
        audit_text_add(audit, "%s%s%s", i == 0 ? "" : ",", list->ways[i].host_port,
                       list->ways[i].mode == WAY_PROXY ? "(proxy)" : "");
    }
}

static enum oim_status write_list(struct admin_call *call, struct address_list *list)
{
    struct core *core = call->core;
    list->version = list->version < core->wall_ms ? core->wall_ms : list->version + 1;
    uint8_t *bytes = oim_arena_alloc(&core->frame_arena, sizeof(core->registry.addresses));
    if (bytes == NULL) {
        return OIM_ERR_LIMIT;
    }
    struct oim_buf packed = {.data = bytes,
                             .capacity = sizeof(core->registry.addresses),
                             .size_max = sizeof(core->registry.addresses)};
    if (address_list_encode(list, &packed) != OIM_OK) {
        return oim_fail(&core->error, OIM_ERR_LIMIT, "there are too many addresses; remove one first");
    }
    admin_put(call, RECORDS_ADDRESS, OIM_SLICE_LITERAL("list"), oim_buf_slice(&packed),
              core->registry.addresses_version);
    core->admin_concern.addresses = true;
    say_list(&call->after, list);
    return OIM_OK;
}

static void list_rows(struct admin_call *call, const struct address_list *list)
{
    for (size_t i = 0; i < list->way_count && admin_row(call, 2); i++) {
        admin_text(call, "host_port", list->ways[i].host_port);
        admin_text(call, "mode", list->ways[i].mode == WAY_PROXY ? "proxy" : "direct");
    }
}

/* Those who may still look for the server at an address that goes: they have not been here since the list was
 * written. */
static void unaware_rows(struct admin_call *call, const struct address_list *list)
{
    struct core *core = call->core;
    for (uint32_t uid = 1; uid <= core->registry.uid_last; uid++) {
        const struct account *person = registry_person(&core->registry, uid);
        if (person == NULL || person->closed || !person->joined ||
            admin_last_seen_ms(core, person) >= list->version) {
            continue;
        }
        if (!admin_row(call, 3)) {
            return;
        }
        admin_text(call, "login", person->login);
        admin_text(call, "display", person->display);
        admin_time(call, "last_sign_in", admin_last_seen_ms(core, person));
    }
}

static enum oim_status add(struct admin_call *call, struct way *ways, struct address_list *list,
                           const char *host_port)
{
    if (place_of(list, host_port) < list->way_count) {
        return oim_fail(&call->core->error, OIM_ERR_CONFLICT, "%s is one of this server's addresses already",
                        host_port);
    }
    if (list->way_count == WAY_COUNT_MAX) {
        return oim_fail(&call->core->error, OIM_ERR_LIMIT, "there are %u addresses already; remove one first",
                        WAY_COUNT_MAX);
    }
    ways[list->way_count++] = (struct way){.host_port = host_port,
                                           .mode = call->op->mode == WAY_MODE_PROXY ? WAY_PROXY : WAY_DIRECT};
    return write_list(call, list);
}

static enum oim_status take_out(struct admin_call *call, struct way *ways, struct address_list *list,
                                const char *host_port)
{
    size_t at = place_of(list, host_port);
    if (at == list->way_count) {
        return oim_fail(&call->core->error, OIM_ERR_NOT_FOUND, "%s is none of this server's addresses",
                        host_port);
    }
    if (list->way_count == 1) {
        return oim_fail(
            &call->core->error, OIM_ERR_USAGE,
            "%s is the only address: nobody would find this server any more. Add the new one first",
            host_port);
    }
    unaware_rows(call, list);
    memmove(&ways[at], &ways[at + 1], (list->way_count - at - 1) * sizeof(*ways));
    list->way_count--;
    return write_list(call, list);
}

enum oim_status admin_address(struct admin_call *call)
{
    struct core *core = call->core;
    struct way ways[WAY_COUNT_MAX + 1];
    struct address_list list;
    char host_port[HOST_PORT_SIZE_MAX];
    enum oim_status status = list_now(call, ways, &list);
    if (status != OIM_OK) {
        return status;
    }
    if (call->op->address_op == ADDRESS_OP_LIST) {
        list_rows(call, &list);
        return OIM_OK;
    }
    status = host_port_parse(call->op->host_port, host_port, &core->error);
    if (status != OIM_OK) {
        return status;
    }
    say_list(&call->before, &list);
    return call->op->address_op == ADDRESS_OP_ADD ? add(call, ways, &list, host_port)
                                                  : take_out(call, ways, &list, host_port);
}
