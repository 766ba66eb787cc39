/*
 * random_message.c - walks a wire table and writes what each row allows.
 */
#include "tests/proto/random_message.h"

#include <string.h>

#include "proto/limits.h"
#include "proto/tables.h"
#include "tests/support/check.h"

enum { TEXT_POINTS_MAX = 24, BYTES_MAX = 80, ELEMENTS_MAX = 4 };

const struct kind_of_frame all_kinds[] = {
    {FRAME_HELLO, &wire_hello, true, false},
    {FRAME_SERVER_HELLO, &wire_server_hello, false, true},
    {FRAME_DEVICE_AUTH, &wire_device_auth, true, false},
    {FRAME_AUTH_OK, &wire_auth_ok, false, true},
    {FRAME_AUTH_ERR, &wire_auth_err, false, true},
    {FRAME_JOIN, &wire_join, true, false},
    {FRAME_LINK_REQUEST, &wire_link_request, true, false},
    {FRAME_JOIN_ASK, &wire_join_ask, true, false},
    {FRAME_LIMITS, &wire_limits, false, true},
    {FRAME_POLICY, &wire_policy, false, true},
    {FRAME_SUMMARY, &wire_summary, false, true},
    {FRAME_ADDRESSES, &wire_addresses, false, true},
    {FRAME_SUBMIT, &wire_submit, true, false},
    {FRAME_SUBMIT_RESULT, &wire_submit_result, false, true},
    {FRAME_DEVICE_SET_WRONG, &wire_device_set_wrong, false, true},
    {FRAME_DIRECTORY, &wire_directory, true, false},
    {FRAME_SYNC, &wire_sync, true, false},
    {FRAME_DELIVER, &wire_deliver, false, true},
    {FRAME_NOTICE, &wire_notice, false, true},
    {FRAME_GAP, &wire_gap, false, true},
    {FRAME_CAUGHT_UP, &wire_caught_up, false, true},
    {FRAME_ACK, &wire_ack, true, false},
    {FRAME_LIVE_RESULT, &wire_live_result, false, true},
    {FRAME_PRESENCES, &wire_presences, true, true},
    {FRAME_TYPING, &wire_typing, true, true},
    {FRAME_ATTEND, &wire_attend, true, false},
    {FRAME_CONTACT, &wire_contact, true, false},
    {FRAME_LINK_OFFER, &wire_link_offer, false, true},
    {FRAME_LINK_OPEN, &wire_link_open, true, false},
    {FRAME_LINK_BODY, &wire_link_body, true, true},
    {FRAME_LINK_SIGN, &wire_link_sign, true, false},
    {FRAME_ADMIN, &wire_admin, true, false},
    {FRAME_LOG_GET, &wire_log_get, true, false},
    {FRAME_LOG_APPEND, &wire_log_append, true, false},
    {FRAME_LOCAL, &wire_local, true, false},
    {FRAME_ERROR, &wire_error, true, true},
    {FRAME_PING, &wire_ping, true, true},
    {FRAME_BYE, &wire_bye, true, true},
    {FRAME_JOIN_OK, &wire_join_ok, false, true},
    {FRAME_JOIN_OFFER, &wire_join_offer, false, true},
    {FRAME_PEOPLE, &wire_people, false, true},
    {FRAME_CONTACTS, &wire_contacts, false, true},
    {FRAME_LINK_OPENED, &wire_link_opened, false, true},
    {FRAME_LINK_DONE, &wire_link_done, false, true},
    {FRAME_ADMIN_RESULT, &wire_admin_result, false, true},
    {FRAME_LOG_PAGE, &wire_log_page, false, true},
    {FRAME_LOG_APPENDED, &wire_log_appended, false, true},
    {FRAME_LOCAL_RESULT, &wire_local_result, false, true},
    {FRAME_PONG, &wire_ping, true, true},
};
const size_t all_kind_count = OIM_COUNT(all_kinds);

struct filler {
    struct fake_random *random;
    struct oim_arena *arena;
    enum fullness fullness;
};

static void *need(struct filler *filler, size_t count, size_t size)
{
    void *memory = oim_arena_zalloc(filler->arena, count, size);

    CHECK(memory != NULL);
    return memory;
}

static uint64_t below(struct filler *filler, uint64_t bound)
{
    return fake_random_below(filler->random, bound);
}

static bool wanted(struct filler *filler, const struct wire_field *field)
{
    return filler->fullness != FULL_SOME || field->must || below(filler, 4) != 0;
}

/* Letters of one to four bytes, never a control character. */
static const char *make_text(struct filler *filler, size_t size_max)
{
    static const char *const points[] = {"a", "Z", "0", " ", "-", "~", "é", "ß", "ñ", "€", "語", "🙂"};
    char *text = need(filler, 1, 4 * TEXT_POINTS_MAX + 1);
    size_t count = 1 + below(filler, TEXT_POINTS_MAX), size = 0;

    for (size_t i = 0; i < count; i++) {
        const char *point = points[below(filler, OIM_COUNT(points))];
        size_t more = strlen(point);
        if (size + more > size_max) {
            break;
        }
        memcpy(text + size, point, more);
        size += more;
    }
    return size == 0 ? "x" : text;
}

static void fill_bytes(struct filler *filler, uint8_t *out, size_t size)
{
    struct oim_random random = fake_random_of(filler->random);

    oim_random_fill(&random, out, size);
    if (size > 0) {
        out[0] |= 1; /* never all zero, which would be absent */
    }
}

static uint64_t make_number(struct filler *filler, uint64_t max)
{
    uint64_t bits = fake_random_u64(filler->random) >> below(filler, 64);

    bits = max == UINT64_MAX ? bits : bits % (max + 1);
    return bits == 0 ? 1 : bits;
}

static void fill(struct filler *filler, const struct wire_message *message, void *out);

static void fill_array(struct filler *filler, const struct wire_field *field, uint8_t *out)
{
    bool few = filler->fullness != FULL_MOST && field->max > ELEMENTS_MAX;
    size_t count = few ? ELEMENTS_MAX : field->max;
    size_t sizes[] = {[WIRE_U32S] = sizeof(uint32_t),
                      [WIRE_FIXEDS] = field->each,
                      [WIRE_TEXTS] = sizeof(char *),
                      [WIRE_MESSAGES] = field->sub == NULL ? 0 : field->sub->size};
    size_t size = sizes[field->type];
    uint8_t *elements = out + field->at;

    count = filler->fullness != FULL_SOME ? count : 1 + below(filler, count);
    if (!field->inside) {
        elements = need(filler, count, size);
        memcpy(out + field->at, &elements, sizeof(elements));
    }
    memcpy(out + field->count_at, &count, sizeof(count));
    for (size_t i = 0; i < count; i++, elements += size) {
        if (field->type == WIRE_U32S) {
            uint32_t number = (uint32_t)make_number(filler, UINT32_MAX);
            memcpy(elements, &number, sizeof(number));
        } else if (field->type == WIRE_FIXEDS) {
            fill_bytes(filler, elements, size);
        } else if (field->type == WIRE_TEXTS) {
            const char *text = make_text(filler, field->each);
            memcpy(elements, &text, sizeof(text));
        } else {
            fill(filler, field->sub, elements);
        }
    }
}

static void fill_field(struct filler *filler, const struct wire_field *field, uint8_t *out)
{
    uint8_t *to = out + field->at;
    uint64_t u64 = make_number(filler, UINT64_MAX);
    uint32_t u32 = (uint32_t)make_number(filler, field->type == WIRE_ENUM ? field->max : UINT32_MAX);

    if (field->type >= WIRE_U32S) {
        fill_array(filler, field, out);
    } else if (field->type == WIRE_MESSAGE) {
        bool yes = true;
        enum fullness before = filler->fullness;
        if (field->has) {
            memcpy(out + field->count_at, &yes, sizeof(yes));
        }
        filler->fullness = before == FULL_SOME && field->must ? FULL_ALL : before;
        fill(filler, field->sub, to);
        filler->fullness = before;
    } else if (field->type == WIRE_BOOL) {
        bool yes = true;
        memcpy(to, &yes, sizeof(yes));
    } else if (field->type == WIRE_U64) {
        memcpy(to, &u64, sizeof(u64));
    } else if (field->type == WIRE_U32 || field->type == WIRE_ENUM) {
        memcpy(to, &u32, sizeof(u32));
    } else if (field->type == WIRE_FIXED) {
        fill_bytes(filler, to, field->max);
    } else if (field->type == WIRE_TEXT) {
        const char *text = make_text(filler, field->max);
        memcpy(to, &text, sizeof(text));
    } else {
        size_t most = field->max < BYTES_MAX ? field->max : BYTES_MAX;
        size_t size = field->exact ? field->max : 1 + below(filler, most);
        uint8_t *bytes = need(filler, size, 1);
        fill_bytes(filler, bytes, size);
        struct oim_slice slice = oim_slice(bytes, size);
        memcpy(to, &slice, sizeof(slice));
    }
}

static void empty_texts(const struct wire_message *message, uint8_t *out)
{
    for (size_t i = 0; i < message->field_count; i++) {
        const struct wire_field *field = &message->fields[i];
        const char *empty = "";
        if (field->type == WIRE_TEXT) {
            memcpy(out + field->at, &empty, sizeof(empty));
        } else if (field->type == WIRE_MESSAGE) {
            empty_texts(field->sub, out + field->at);
        }
    }
}

static void fill(struct filler *filler, const struct wire_message *message, void *out)
{
    size_t choices = 0;

    empty_texts(message, out);
    for (size_t i = 0; i < message->field_count; i++) {
        choices += message->fields[i].one_of;
    }
    size_t chosen = choices == 0 ? 0 : below(filler, choices);
    for (size_t i = 0; i < message->field_count; i++) {
        const struct wire_field *field = &message->fields[i];
        if (field->one_of) {
            if (chosen-- != 0) {
                continue;
            }
            memcpy((uint8_t *)out + field->kind_at, &field->kind, sizeof(field->kind));
            fill_field(filler, field, out);
        } else if (wanted(filler, field)) {
            fill_field(filler, field, out);
        }
    }
}

void random_message(const struct wire_message *message, struct fake_random *random, enum fullness fullness,
                    struct oim_arena *arena, void *out)
{
    struct filler filler = {.random = random, .arena = arena, .fullness = fullness};

    memset(out, 0, message->size);
    fill(&filler, message, out);
}

void random_frame(enum frame_kind kind, const struct wire_message *body, struct fake_random *random,
                  struct oim_arena *arena, struct frame *out)
{
    memset(out, 0, sizeof(*out));
    out->kind = kind;
    out->request = (uint32_t)fake_random_u64(random);
    random_message(body, random, fake_random_below(random, 2) == 0 ? FULL_ALL : FULL_SOME, arena, &out->u);
    if (kind == FRAME_SUBMIT_RESULT) {
        out->u.submit_result.from_no >>= 1;
        out->u.submit_result.from_no += 1;
        out->u.submit_result.to_no = out->u.submit_result.from_no + fake_random_below(random, UNANSWERED_MAX);
    } else if (kind == FRAME_GAP) {
        out->u.gap.from_seq >>= 1;
        out->u.gap.from_seq += 1;
        out->u.gap.to_seq = out->u.gap.from_seq + fake_random_below(random, 1000);
    }
}

static bool same_array(const struct wire_field *field, const uint8_t *a, const uint8_t *b)
{
    size_t count_a, count_b;
    const uint8_t *in_a = a + field->at, *in_b = b + field->at;

    memcpy(&count_a, a + field->count_at, sizeof(count_a));
    memcpy(&count_b, b + field->count_at, sizeof(count_b));
    if (count_a != count_b) {
        return false;
    }
    if (!field->inside) {
        memcpy(&in_a, in_a, sizeof(in_a));
        memcpy(&in_b, in_b, sizeof(in_b));
    }
    for (size_t i = 0; i < count_a; i++) {
        if (field->type == WIRE_MESSAGES) {
            size_t at = i * field->sub->size;
            if (!same_message(field->sub, in_a + at, in_b + at)) {
                return false;
            }
        } else if (field->type == WIRE_TEXTS) {
            if (strcmp(((const char *const *)(const void *)in_a)[i],
                       ((const char *const *)(const void *)in_b)[i]) != 0) {
                return false;
            }
        } else {
            size_t size = field->type == WIRE_U32S ? sizeof(uint32_t) : field->each;
            if (memcmp(in_a + i * size, in_b + i * size, size) != 0) {
                return false;
            }
        }
    }
    return true;
}

static bool same_field(const struct wire_field *field, const uint8_t *a, const uint8_t *b)
{
    const uint8_t *in_a = a + field->at, *in_b = b + field->at;
    struct oim_slice slice_a, slice_b;
    const char *text_a, *text_b;

    switch (field->type) {
    case WIRE_BOOL:
        return *in_a == *in_b;
    case WIRE_U32:
    case WIRE_ENUM:
        return memcmp(in_a, in_b, sizeof(uint32_t)) == 0;
    case WIRE_U64:
        return memcmp(in_a, in_b, sizeof(uint64_t)) == 0;
    case WIRE_FIXED:
        return memcmp(in_a, in_b, field->max) == 0;
    case WIRE_BYTES:
        memcpy(&slice_a, in_a, sizeof(slice_a));
        memcpy(&slice_b, in_b, sizeof(slice_b));
        return oim_slice_equal(slice_a, slice_b);
    case WIRE_TEXT:
        memcpy(&text_a, in_a, sizeof(text_a));
        memcpy(&text_b, in_b, sizeof(text_b));
        return strcmp(text_a, text_b) == 0;
    case WIRE_MESSAGE:
        if (field->has && a[field->count_at] != b[field->count_at]) {
            return false;
        }
        return same_message(field->sub, in_a, in_b);
    case WIRE_U32S:
    case WIRE_FIXEDS:
    case WIRE_TEXTS:
    case WIRE_MESSAGES:
        break;
    }
    return same_array(field, a, b);
}

bool same_message(const struct wire_message *message, const void *a, const void *b)
{
    for (size_t i = 0; i < message->field_count; i++) {
        const struct wire_field *field = &message->fields[i];
        if (field->one_of && memcmp((const uint8_t *)a + field->kind_at, (const uint8_t *)b + field->kind_at,
                                    sizeof(uint32_t)) != 0) {
            return false;
        }
        if (!same_field(field, a, b)) {
            return false;
        }
    }
    return true;
}
