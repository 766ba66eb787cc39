/*
 * codec.c - framing, and the one table of frame kinds. Adding a kind is a row here and a table of fields.
 */
#include "proto/codec.h"

#include <assert.h>
#include <inttypes.h>

#include "proto/limits.h"
#include "proto/tables.h"

enum { KIND_AND_REQUEST_SIZE = FRAME_HEADER_SIZE - 4 };
enum {
    TO_SERVER = BIT(CODEC_TO_SERVER),
    TO_CLIENT = BIT(CODEC_TO_CLIENT),
    BOTH_WAYS = TO_SERVER | TO_CLIENT
};
enum { BODY_SIZE_MAX = FRAME_SIZE_MAX - FRAME_HEADER_SIZE };
enum { EARLY_SIZE_MAX = FRAME_SIZE_MAX_BEFORE_AUTH - FRAME_HEADER_SIZE };

/* What rows cannot say: relations between fields. */
typedef enum oim_status (*frame_check)(const struct frame *frame, struct oim_error *err);

struct kind {
    const char *name;
    const struct wire_message *body;
    unsigned ways;
    uint32_t size_max; /* of the body; how often fields may repeat is in its table */
    frame_check check;
};

static enum oim_status check_submit_result(const struct frame *frame, struct oim_error *err)
{
    const struct frame_submit_result *result = &frame->u.submit_result;

    if (result->to_no < result->from_no || result->to_no - result->from_no >= UNANSWERED_MAX) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "SubmitResult answers %" PRIu64 " to %" PRIu64,
                        result->from_no, result->to_no);
    }
    return OIM_OK;
}

static enum oim_status check_gap(const struct frame *frame, struct oim_error *err)
{
    const struct frame_gap *gap = &frame->u.gap;

    if (gap->to_seq < gap->from_seq) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "Gap ends at %" PRIu64 ", before it begins", gap->to_seq);
    }
    return OIM_OK;
}

static const struct kind kinds[FRAME_KIND_LIMIT] = {
    [FRAME_HELLO] = {"Hello", &wire_hello, TO_SERVER, 2048, NULL},
    [FRAME_SERVER_HELLO] = {"ServerHello", &wire_server_hello, TO_CLIENT, 1024, NULL},
    [FRAME_DEVICE_AUTH] = {"DeviceAuth", &wire_device_auth, TO_SERVER, 2048, NULL},
    [FRAME_AUTH_OK] = {"AuthOk", &wire_auth_ok, TO_CLIENT, 1024, NULL},
    [FRAME_AUTH_ERR] = {"AuthErr", &wire_auth_err, TO_CLIENT, 2048, NULL},
    [FRAME_JOIN] = {"Join", &wire_join, TO_SERVER, EARLY_SIZE_MAX, NULL},
    [FRAME_JOIN_OK] = {"JoinOk", &wire_join_ok, TO_CLIENT, 1024, NULL},
    [FRAME_JOIN_ASK] = {"JoinAsk", &wire_join_ask, TO_SERVER, 256, NULL},
    [FRAME_JOIN_OFFER] = {"JoinOffer", &wire_join_offer, TO_CLIENT, 1024, NULL},
    [FRAME_LINK_REQUEST] = {"LinkRequest", &wire_link_request, TO_SERVER, 1024, NULL},
    [FRAME_LINK_OFFER] = {"LinkOffer", &wire_link_offer, TO_CLIENT, 1024, NULL},
    [FRAME_LINK_OPEN] = {"LinkOpen", &wire_link_open, TO_SERVER, 256, NULL},
    [FRAME_LINK_OPENED] = {"LinkOpened", &wire_link_opened, TO_CLIENT, 256, NULL},
    [FRAME_LINK_BODY] = {"LinkBody", &wire_link_body, BOTH_WAYS, 2048, NULL},
    [FRAME_LINK_SIGN] = {"LinkSign", &wire_link_sign, TO_SERVER, 256, NULL},
    [FRAME_LINK_DONE] = {"LinkDone", &wire_link_done, TO_CLIENT, 512, NULL},

    [FRAME_LIMITS] = {"Limits", &wire_limits, TO_CLIENT, 256, NULL},
    [FRAME_POLICY] = {"Policy", &wire_policy, TO_CLIENT, BODY_SIZE_MAX, NULL},
    [FRAME_SUMMARY] = {"Summary", &wire_summary, TO_CLIENT, BODY_SIZE_MAX, NULL},
    [FRAME_ADDRESSES] = {"Addresses", &wire_addresses, TO_CLIENT, 8192, NULL},

    [FRAME_SUBMIT] = {"Submit", &wire_submit, TO_SERVER, BODY_SIZE_MAX, NULL},
    [FRAME_SUBMIT_RESULT] = {"SubmitResult", &wire_submit_result, TO_CLIENT, 2048, check_submit_result},
    [FRAME_DEVICE_SET_WRONG] = {"DeviceSetWrong", &wire_device_set_wrong, TO_CLIENT, 2048, NULL},
    [FRAME_DIRECTORY] = {"Directory", &wire_directory, TO_SERVER, 2048, NULL},
    [FRAME_PEOPLE] = {"People", &wire_people, TO_CLIENT, BODY_SIZE_MAX, NULL},

    [FRAME_SYNC] = {"Sync", &wire_sync, TO_SERVER, 256, NULL},
    [FRAME_DELIVER] = {"Deliver", &wire_deliver, TO_CLIENT, BODY_SIZE_MAX, NULL},
    [FRAME_NOTICE] = {"Notice", &wire_notice, TO_CLIENT, 8192, NULL},
    [FRAME_GAP] = {"Gap", &wire_gap, TO_CLIENT, 256, check_gap},
    [FRAME_CAUGHT_UP] = {"CaughtUp", &wire_caught_up, TO_CLIENT, 256, NULL},
    [FRAME_ACK] = {"Ack", &wire_ack, TO_SERVER, 8192, NULL},
    [FRAME_LIVE_RESULT] = {"LiveResult", &wire_live_result, TO_CLIENT, 256, NULL},

    [FRAME_PRESENCES] = {"Presences", &wire_presences, BOTH_WAYS, BODY_SIZE_MAX, NULL},
    [FRAME_TYPING] = {"Typing", &wire_typing, BOTH_WAYS, 256, NULL},
    [FRAME_ATTEND] = {"Attend", &wire_attend, TO_SERVER, 256, NULL},
    [FRAME_CONTACT] = {"Contact", &wire_contact, TO_SERVER, 256, NULL},
    [FRAME_CONTACTS] = {"Contacts", &wire_contacts, TO_CLIENT, 16384, NULL},

    [FRAME_ADMIN] = {"Admin", &wire_admin, TO_SERVER, ADMIN_BODY_SIZE_MAX + 256, NULL},
    [FRAME_ADMIN_RESULT] = {"AdminResult", &wire_admin_result, TO_CLIENT, BODY_SIZE_MAX, NULL},
    [FRAME_LOG_GET] = {"LogGet", &wire_log_get, TO_SERVER, 256, NULL},
    [FRAME_LOG_PAGE] = {"LogPage", &wire_log_page, TO_CLIENT, BODY_SIZE_MAX, NULL},
    [FRAME_LOG_APPEND] = {"LogAppend", &wire_log_append, TO_SERVER, 2048, NULL},
    [FRAME_LOG_APPENDED] = {"LogAppended", &wire_log_appended, TO_CLIENT, 2048, NULL},

    [FRAME_LOCAL] = {"Local", &wire_local, TO_SERVER, 2048, NULL},
    [FRAME_LOCAL_RESULT] = {"LocalResult", &wire_local_result, TO_CLIENT, BODY_SIZE_MAX, NULL},

    [FRAME_ERROR] = {"Error", &wire_error, BOTH_WAYS, 2048, NULL},
    [FRAME_PING] = {"Ping", &wire_ping, BOTH_WAYS, 64, NULL},
    [FRAME_PONG] = {"Pong", &wire_ping, BOTH_WAYS, 64, NULL},
    [FRAME_BYE] = {"Bye", &wire_bye, BOTH_WAYS, 2048, NULL},
};

static const struct kind *find_kind(uint32_t number)
{
    if (number >= FRAME_KIND_LIMIT || kinds[number].body == NULL) {
        return NULL;
    }
    return &kinds[number];
}

const char *frame_kind_name(uint32_t kind)
{
    const struct kind *row = find_kind(kind);

    return row == NULL ? "unknown" : row->name;
}

enum oim_status codec_decode(struct oim_slice *rest, enum codec_side side, struct oim_arena *arena,
                             struct frame *out, struct oim_error *err)
{
    if (rest->size < FRAME_HEADER_SIZE) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "%zu bytes are too few for a frame", rest->size);
    }
    uint32_t length = oim_get_be32(rest->data);
    if (length < KIND_AND_REQUEST_SIZE) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "a frame's length is %" PRIu32 ", at least %d are needed",
                        length, KIND_AND_REQUEST_SIZE);
    }
    if (length > FRAME_SIZE_MAX - 4) {
        return oim_fail(err, OIM_ERR_LIMIT, "a frame of %" PRIu32 " bytes, at most %u are allowed", length,
                        FRAME_SIZE_MAX - 4);
    }
    if (length > rest->size - 4) {
        return oim_fail(err, OIM_ERR_PROTOCOL,
                        "a frame of %" PRIu32 " bytes in a message that holds %zu more", length,
                        rest->size - 4);
    }
    uint16_t number = oim_get_be16(rest->data + 4);
    uint32_t request = oim_get_be32(rest->data + 6);
    struct oim_slice body = oim_slice(rest->data + FRAME_HEADER_SIZE, length - KIND_AND_REQUEST_SIZE);
    struct oim_slice behind = oim_slice(body.data + body.size, rest->size - FRAME_HEADER_SIZE - body.size);

    const struct kind *kind = find_kind(number);
    if (kind == NULL || (kind->ways & BIT(side)) == 0) {
        out->kind = (enum frame_kind)number;
        out->request = request;
        *rest = behind;
        return oim_fail(err, OIM_ERR_NOT_FOUND, "kind %u (%s) is not known here", number,
                        frame_kind_name(number));
    }
    if (body.size > kind->size_max) {
        return oim_fail(err, OIM_ERR_LIMIT, "%s is %zu bytes, at most %" PRIu32 " are allowed", kind->name,
                        body.size, kind->size_max);
    }
    uint32_t field_max =
        side == CODEC_TO_SERVER ? PRESCAN_FIELDS_MAX_TO_SERVER : PRESCAN_FIELDS_MAX_TO_CLIENT;
    out->kind = (enum frame_kind)number;
    out->request = request;
    enum oim_status status = wire_decode(kind->body, body, field_max, arena, &out->u, err);
    if (status == OIM_OK && kind->check != NULL) {
        status = kind->check(out, err);
    }
    if (status == OIM_OK) {
        *rest = behind;
    }
    return status;
}

enum oim_status codec_encode(const struct frame *frame, struct oim_buf *out)
{
    const struct kind *kind = find_kind(frame->kind);
    size_t start = out->size;

    assert(kind != NULL);
    if (oim_buf_grow(out, FRAME_HEADER_SIZE) == NULL) {
        return OIM_ERR_LIMIT;
    }
    enum oim_status status = wire_encode(kind->body, &frame->u, kind->size_max, out);
    if (status != OIM_OK) {
        out->size = start;
        return status;
    }
    size_t body_size = out->size - start - FRAME_HEADER_SIZE;
    uint8_t *header = out->data + start;
    oim_put_be32(header, (uint32_t)(body_size + KIND_AND_REQUEST_SIZE));
    oim_put_be16(header + 4, (uint16_t)frame->kind);
    oim_put_be32(header + 6, frame->request);
    return OIM_OK;
}
