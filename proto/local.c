/*
 * local.c - local.proto's bytes to and from plain structs; see local.h.
 *
 * Invariant: what decodes has only whole, valid UTF-8 texts and at most LOCAL_FIELD_COUNT_MAX fields, so that
 * the agent and the faces need not check again.
 */
#include "proto/local.h"

#include <assert.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/local.pb-c.h"

/* A frame's body as protobuf-c wants it: the message, and the arrays it points into. */
struct local_body {
    union {
        ProtobufCMessage base;
        OimLocal__Attach attach;
        OimLocal__Attached attached;
        OimLocal__Request request;
        OimLocal__Cancel cancel;
        OimLocal__Event event;
        OimLocal__End end;
        OimLocal__Shown shown;
        OimLocal__Active active;
    } u;
    OimLocal__Field fields[LOCAL_FIELD_COUNT_MAX];
    OimLocal__Field *field_pointers[LOCAL_FIELD_COUNT_MAX];
    ProtobufCBinaryData ids[LOCAL_SHOWN_ID_COUNT_MAX];
};

static const ProtobufCMessageDescriptor *descriptor_of(enum local_kind kind)
{
    switch (kind) {
    case LOCAL_ATTACH:
        return &oim_local__attach__descriptor;
    case LOCAL_REQUEST:
        return &oim_local__request__descriptor;
    case LOCAL_CANCEL:
        return &oim_local__cancel__descriptor;
    case LOCAL_SHOWN:
        return &oim_local__shown__descriptor;
    case LOCAL_ACTIVE:
        return &oim_local__active__descriptor;
    case LOCAL_ATTACHED:
        return &oim_local__attached__descriptor;
    case LOCAL_EVENT:
        return &oim_local__event__descriptor;
    case LOCAL_END:
        return &oim_local__end__descriptor;
    }
    return NULL;
}

static char *borrowed(const char *text)
{
    /* Its own empty string, which decoded texts are, protobuf-c takes for one that was not set. */
    return text != NULL && text[0] != '\0' ? (char *)(uintptr_t)text : (char *)(uintptr_t) "";
}

static ProtobufCBinaryData borrowed_data(struct oim_slice data)
{
    return (ProtobufCBinaryData){.len = data.size, .data = (uint8_t *)(uintptr_t)data.data};
}

static void field_to_pb(const struct local_field *field, OimLocal__Field *out)
{
    oim_local__field__init(out);
    out->name = borrowed(field->name);
    switch (field->type) {
    case LOCAL_TEXT:
        out->value_case = OIM_LOCAL__FIELD__VALUE_TEXT;
        out->text = borrowed(field->text);
        return;
    case LOCAL_NUMBER:
        out->value_case = OIM_LOCAL__FIELD__VALUE_NUMBER;
        out->number = field->number;
        return;
    case LOCAL_TRUTH:
        out->value_case = OIM_LOCAL__FIELD__VALUE_TRUTH;
        out->truth = field->truth;
        return;
    case LOCAL_DATA:
        out->value_case = OIM_LOCAL__FIELD__VALUE_DATA;
        out->data = borrowed_data(field->data);
        return;
    }
    assert(!"a field has one of four types");
}

static void body_fill(const struct local_frame *frame, struct local_body *body)
{
    size_t count = frame->fields.count;
    for (size_t i = 0; i < count; i++) {
        field_to_pb(&frame->fields.items[i], &body->fields[i]);
        body->field_pointers[i] = &body->fields[i];
    }
    switch (frame->kind) {
    case LOCAL_ATTACH:
        oim_local__attach__init(&body->u.attach);
        body->u.attach.version = frame->version;
        body->u.attach.class_ = frame->class;
        body->u.attach.lang = borrowed(frame->lang);
        return;
    case LOCAL_ATTACHED:
        oim_local__attached__init(&body->u.attached);
        body->u.attached.version = frame->version;
        body->u.attached.n_whoami = count;
        body->u.attached.whoami = body->field_pointers;
        return;
    case LOCAL_REQUEST:
        oim_local__request__init(&body->u.request);
        body->u.request.op = borrowed(frame->name);
        body->u.request.n_args = count;
        body->u.request.args = body->field_pointers;
        return;
    case LOCAL_CANCEL:
        oim_local__cancel__init(&body->u.cancel);
        return;
    case LOCAL_ACTIVE:
        oim_local__active__init(&body->u.active);
        return;
    case LOCAL_EVENT:
        oim_local__event__init(&body->u.event);
        body->u.event.what = borrowed(frame->name);
        body->u.event.n_fields = count;
        body->u.event.fields = body->field_pointers;
        return;
    case LOCAL_END:
        oim_local__end__init(&body->u.end);
        body->u.end.exit = frame->exit;
        body->u.end.n_fields = count;
        body->u.end.fields = body->field_pointers;
        return;
    case LOCAL_SHOWN:
        oim_local__shown__init(&body->u.shown);
        for (size_t i = 0; i < frame->msg_id_count; i++) {
            body->ids[i] = borrowed_data(oim_slice(frame->msg_ids[i].bytes, OIM_ID_SIZE));
        }
        body->u.shown.n_msg_ids = frame->msg_id_count;
        body->u.shown.msg_ids = body->ids;
        body->u.shown.read = frame->read;
        return;
    }
    assert(!"callers encode only the kinds there are");
}

enum oim_status local_encode(const struct local_frame *frame, struct oim_buf *out)
{
    if (frame->fields.count > LOCAL_FIELD_COUNT_MAX || frame->msg_id_count > LOCAL_SHOWN_ID_COUNT_MAX) {
        return OIM_ERR_LIMIT;
    }
    struct local_body body;
    body_fill(frame, &body);
    size_t body_size = protobuf_c_message_get_packed_size(&body.u.base);
    if (body_size > LOCAL_FRAME_SIZE_MAX - FRAME_HEADER_SIZE) {
        return OIM_ERR_LIMIT;
    }
    /* Growing by the whole frame at once keeps half a frame out of the stream. */
    size_t size_before = out->size;
    uint8_t *bytes = oim_buf_grow(out, FRAME_HEADER_SIZE + body_size);
    if (bytes == NULL) {
        return OIM_ERR_LIMIT;
    }
    assert(out->size == size_before + FRAME_HEADER_SIZE + body_size);
    oim_put_be32(bytes, (uint32_t)(FRAME_HEADER_SIZE - 4u + body_size));
    oim_put_be16(bytes + 4, (uint16_t)frame->kind);
    oim_put_be32(bytes + 6, frame->request);
    protobuf_c_message_pack(&body.u.base, bytes + FRAME_HEADER_SIZE);
    return OIM_OK;
}

static void *arena_alloc(void *context, size_t size)
{
    return oim_arena_alloc(context, size);
}

static void arena_free(void *context, void *memory)
{
    (void)context;
    (void)memory; /* the arena is reset as a whole */
}

static bool text_valid(const char *text)
{
    return oim_utf8_valid((const uint8_t *)text, strlen(text));
}

static enum oim_status field_from_pb(const OimLocal__Field *in, struct local_field *out,
                                     struct oim_error *err)
{
    if (in->name[0] == '\0' || !text_valid(in->name)) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "a field without a proper name");
    }
    *out = (struct local_field){.name = in->name, .text = ""};
    switch (in->value_case) {
    case OIM_LOCAL__FIELD__VALUE_TEXT:
        if (!text_valid(in->text)) {
            return oim_fail(err, OIM_ERR_PROTOCOL, "field '%s' is not valid UTF-8", in->name);
        }
        out->type = LOCAL_TEXT;
        out->text = in->text;
        return OIM_OK;
    case OIM_LOCAL__FIELD__VALUE_NUMBER:
        out->type = LOCAL_NUMBER;
        out->number = in->number;
        return OIM_OK;
    case OIM_LOCAL__FIELD__VALUE_TRUTH:
        out->type = LOCAL_TRUTH;
        out->truth = in->truth;
        return OIM_OK;
    case OIM_LOCAL__FIELD__VALUE_DATA:
        out->type = LOCAL_DATA;
        out->data = oim_slice(in->data.data, in->data.len);
        return OIM_OK;
    default:
        return oim_fail(err, OIM_ERR_PROTOCOL, "field '%s' has no value", in->name);
    }
}

static enum oim_status fields_from_pb(OimLocal__Field *const *in, size_t count, struct oim_arena *arena,
                                      struct local_fields *out, struct oim_error *err)
{
    if (count > LOCAL_FIELD_COUNT_MAX) {
        return oim_fail(err, OIM_ERR_LIMIT, "%zu fields in one frame; the limit is %u", count,
                        LOCAL_FIELD_COUNT_MAX);
    }
    if (count == 0) {
        return OIM_OK;
    }
    struct local_field *items = oim_arena_zalloc(arena, count, sizeof(*items));
    if (items == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "no room for %zu fields", count);
    }
    for (size_t i = 0; i < count; i++) {
        enum oim_status status = field_from_pb(in[i], &items[i], err);
        if (status != OIM_OK) {
            return status;
        }
    }
    *out = (struct local_fields){.items = items, .count = count};
    return OIM_OK;
}

static enum oim_status shown_from_pb(const OimLocal__Shown *in, struct oim_arena *arena,
                                     struct local_frame *out, struct oim_error *err)
{
    if (in->n_msg_ids > LOCAL_SHOWN_ID_COUNT_MAX) {
        return oim_fail(err, OIM_ERR_LIMIT, "%zu ids in one frame", in->n_msg_ids);
    }
    out->read = in->read;
    if (in->n_msg_ids == 0) {
        return OIM_OK;
    }
    struct oim_id *ids = oim_arena_zalloc(arena, in->n_msg_ids, sizeof(*ids));
    if (ids == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "no room for %zu ids", in->n_msg_ids);
    }
    for (size_t i = 0; i < in->n_msg_ids; i++) {
        if (in->msg_ids[i].len != OIM_ID_SIZE) {
            return oim_fail(err, OIM_ERR_PROTOCOL, "an id of %zu bytes", in->msg_ids[i].len);
        }
        memcpy(ids[i].bytes, in->msg_ids[i].data, OIM_ID_SIZE);
    }
    out->msg_ids = ids;
    out->msg_id_count = in->n_msg_ids;
    return OIM_OK;
}

static enum oim_status name_from_pb(const char *name, struct local_frame *out, struct oim_error *err)
{
    if (name[0] == '\0' || !text_valid(name)) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "a frame without a proper name");
    }
    out->name = name;
    return OIM_OK;
}

static enum oim_status frame_from_pb(const ProtobufCMessage *message, struct oim_arena *arena,
                                     struct local_frame *out, struct oim_error *err)
{
    enum oim_status status = OIM_OK;
    switch (out->kind) {
    case LOCAL_ATTACH: {
        const OimLocal__Attach *attach = (const OimLocal__Attach *)message;
        out->version = attach->version;
        out->class = attach->class_;
        out->lang = attach->lang;
        return text_valid(out->lang) ? OIM_OK : oim_fail(err, OIM_ERR_PROTOCOL, "lang is not valid UTF-8");
    }
    case LOCAL_ATTACHED: {
        const OimLocal__Attached *attached = (const OimLocal__Attached *)message;
        out->version = attached->version;
        return fields_from_pb(attached->whoami, attached->n_whoami, arena, &out->fields, err);
    }
    case LOCAL_REQUEST: {
        const OimLocal__Request *request = (const OimLocal__Request *)message;
        status = name_from_pb(request->op, out, err);
        return status != OIM_OK ? status
                                : fields_from_pb(request->args, request->n_args, arena, &out->fields, err);
    }
    case LOCAL_EVENT: {
        const OimLocal__Event *event = (const OimLocal__Event *)message;
        status = name_from_pb(event->what, out, err);
        return status != OIM_OK ? status
                                : fields_from_pb(event->fields, event->n_fields, arena, &out->fields, err);
    }
    case LOCAL_END: {
        const OimLocal__End *end = (const OimLocal__End *)message;
        out->exit = end->exit;
        return fields_from_pb(end->fields, end->n_fields, arena, &out->fields, err);
    }
    case LOCAL_SHOWN:
        return shown_from_pb((const OimLocal__Shown *)message, arena, out, err);
    case LOCAL_CANCEL:
    case LOCAL_ACTIVE:
        return OIM_OK;
    }
    return oim_fail(err, OIM_ERR_PROTOCOL, "unknown kind");
}

enum oim_status local_decode(struct oim_slice *rest, struct oim_arena *arena, struct local_frame *out,
                             struct oim_error *err)
{
    if (rest->size < 4) {
        return OIM_AGAIN;
    }
    uint32_t length = oim_get_be32(rest->data);
    if (length < FRAME_HEADER_SIZE - 4u) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "a frame of %u bytes is shorter than its header", length);
    }
    if (length > LOCAL_FRAME_SIZE_MAX - 4u) {
        return oim_fail(err, OIM_ERR_LIMIT, "a frame of %u bytes; the limit is %u", length,
                        LOCAL_FRAME_SIZE_MAX - 4u);
    }
    if (rest->size - 4 < length) {
        return OIM_AGAIN;
    }
    uint16_t kind = oim_get_be16(rest->data + 4);
    const ProtobufCMessageDescriptor *descriptor = descriptor_of((enum local_kind)kind);
    if (descriptor == NULL) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "unknown kind %u", kind);
    }
    ProtobufCAllocator allocator = {.alloc = arena_alloc, .free = arena_free, .allocator_data = arena};
    size_t body_size = length - (FRAME_HEADER_SIZE - 4u);
    ProtobufCMessage *message =
        protobuf_c_message_unpack(descriptor, &allocator, body_size, rest->data + FRAME_HEADER_SIZE);
    if (message == NULL) {
        return oim_fail(err, OIM_ERR_PROTOCOL, "the body of a frame of kind %u does not parse", kind);
    }
    struct local_frame frame = {
        .kind = (enum local_kind)kind, .request = oim_get_be32(rest->data + 6), .lang = "", .name = ""};
    enum oim_status status = frame_from_pb(message, arena, &frame, err);
    if (status != OIM_OK) {
        return status;
    }
    *out = frame;
    *rest = oim_slice(rest->data + 4 + length, rest->size - 4 - length);
    return OIM_OK;
}

const struct local_field *local_field(const struct local_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (strcmp(fields->items[i].name, name) == 0) {
            return &fields->items[i];
        }
    }
    return NULL;
}

const char *local_text(const struct local_fields *fields, const char *name)
{
    const struct local_field *field = local_field(fields, name);
    return field != NULL && field->type == LOCAL_TEXT && field->text != NULL ? field->text : "";
}

int64_t local_number(const struct local_fields *fields, const char *name, int64_t absent)
{
    const struct local_field *field = local_field(fields, name);
    return field != NULL && field->type == LOCAL_NUMBER ? field->number : absent;
}

bool local_truth(const struct local_fields *fields, const char *name)
{
    const struct local_field *field = local_field(fields, name);
    return field != NULL && field->type == LOCAL_TRUTH && field->truth;
}

static struct local_field *builder_next(struct local_builder *builder, const char *name,
                                        enum local_value type)
{
    assert(builder->count < LOCAL_FIELD_COUNT_MAX); /* lists are bounded where they are taken in */
    struct local_field *field = &builder->items[builder->count];
    builder->count++;
    *field = (struct local_field){.name = name, .type = type, .text = ""};
    return field;
}

void local_add_text(struct local_builder *builder, const char *name, const char *text)
{
    assert(text != NULL);
    builder_next(builder, name, LOCAL_TEXT)->text = text;
}

void local_add_number(struct local_builder *builder, const char *name, int64_t number)
{
    builder_next(builder, name, LOCAL_NUMBER)->number = number;
}

void local_add_truth(struct local_builder *builder, const char *name, bool truth)
{
    builder_next(builder, name, LOCAL_TRUTH)->truth = truth;
}

void local_add_data(struct local_builder *builder, const char *name, struct oim_slice data)
{
    builder_next(builder, name, LOCAL_DATA)->data = data;
}

struct local_fields local_built(const struct local_builder *builder)
{
    return (struct local_fields){.items = builder->items, .count = builder->count};
}
