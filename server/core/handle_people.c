/*
 * handle_people.c - Directory: who there is, by id, by name, or page by page; with devices, and whether a
 * message would be taken now.
 *
 * Every answer is a function of (viewer, person): who blocked the viewer looks signed out and as if accepting
 * nothing (BLUEPRINT B26). How full a mailbox is only the store knows; it is asked where the answer is about
 * one person, which is what somebody does who is about to write.
 */
#include <string.h>

#include "server/core/admin.h"
#include "server/core/handle.h"

#define PEOPLE_SIZE_MAX 24576u /* of one answer, so that it fits a frame */
#define PERSON_SIZE 1400u      /* one person's fields at most, without devices */
#define DEVICE_SIZE 220u

struct people {
    struct core *core;
    struct account *viewer;
    const struct device *device;
    struct account *persons[DIRECTORY_PAGE_MAX];
    size_t count;
    bool more;
};

static bool matches(const struct account *person, const char *words)
{
    return words[0] == '\0' ? !person->closed : admin_matches(person, words);
}

/* Keeps the first DIRECTORY_PAGE_MAX by login. */
static void collect(struct people *people, struct account *person)
{
    size_t at = people->count;
    while (at > 0 && strcmp(people->persons[at - 1]->login, person->login) > 0) {
        at--;
    }
    if (at == DIRECTORY_PAGE_MAX) {
        people->more = true;
        return;
    }
    if (people->count == DIRECTORY_PAGE_MAX) {
        people->count--;
        people->more = true;
    }
    memmove(&people->persons[at + 1], &people->persons[at],
            (people->count - at) * sizeof(people->persons[0]));
    people->persons[at] = person;
    people->count++;
}

static void find_by_words(struct people *people, const char *words, const char *after)
{
    const struct registry *registry = &people->core->registry;
    for (uint32_t uid = 1; uid <= registry->uid_last; uid++) {
        struct account *person = registry_person(registry, uid);
        if (person != NULL && strcmp(person->login, after) > 0 && matches(person, words)) {
            collect(people, person);
        }
    }
}

static void find_by_ids(struct people *people, const struct oim_id *ids, size_t id_count)
{
    for (size_t i = 0; i < id_count; i++) {
        struct account *person = registry_person_by_id(&people->core->registry, &ids[i]);
        if (person == NULL || registry_is_erased(person)) {
            continue;
        }
        if (people->count == DIRECTORY_PAGE_MAX) {
            people->more = true;
            return;
        }
        people->persons[people->count++] = person;
    }
}

static bool fill_devices(struct people *people, const struct account *subject, struct person *out)
{
    struct core *core = people->core;
    struct device_info *infos = oim_arena_zalloc(&core->frame_arena, DEVICES_PER_PERSON_MAX, sizeof(*infos));
    if (infos == NULL) {
        return false;
    }
    size_t count = 0;
    for (const struct device *device = registry_first_device(&core->registry, subject);
         device != NULL && count < DEVICES_PER_PERSON_MAX;
         device = registry_next_device(&core->registry, device)) {
        infos[count++] = (struct device_info){
            .device_id = device->device_id,
            .label = device->label,
            .ik = device->ik,
            .added_ms = device->added_ms,
            .seen_ms = people->viewer == subject ? seen_at_ms(core, device) : 0,
        };
    }
    out->devices = infos;
    out->device_count = count;
    return true;
}

static bool fill(struct people *people, struct account *subject, const struct quota_usage *room,
                 struct person *out)
{
    struct core *core = people->core;
    struct offline_verdict hint = judge_hint(core, people->viewer, people->device, subject, room);
    enum presence_state seen = presence_seen(core, people->viewer, subject);
    bool refused = hint.action == OFFLINE_REFUSE || hint.action == OFFLINE_KEEP_QUEUED;
    /* Note and since would tell of the invisible, and of those whom the viewer may not see. */
    bool shown = subject == people->viewer || (seen != PRESENCE_OFFLINE && seen != PRESENCE_UNKNOWN);
    *out = (struct person){
        .user_id = subject->user_id,
        .login = subject->login,
        .display = subject->display,
        .role = subject->role,
        .offline_ok = !refused && hint.action != OFFLINE_LIVE,
        .why = hint.reason,
        .who = hint.who,
        .presence = seen,
        .team = subject->team,
        .state = registry_person_state(subject),
        .invited_ms = subject->invited_ms,
        .closed_ms = subject->closed_ms,
        .say = subject->say,
        .user_seq = subject->user_seq,
        .user_prev = subject->user_prev,
        .note = shown && presence_own(core, subject) != PRESENCE_AVAILABLE ? subject->note : "",
        .since_ms = shown ? subject->state_since_ms : 0,
    };
    return fill_devices(people, subject, out);
}

static enum oim_status answer(struct people *people, struct session *session, uint32_t request,
                              const struct quota_usage *room)
{
    struct core *core = people->core;
    struct person *persons = oim_arena_zalloc(&core->frame_arena, people->count, sizeof(*persons));
    if (persons == NULL) {
        return OIM_ERR_LIMIT;
    }
    size_t size = 0;
    size_t count = 0;
    while (count < people->count && size + PERSON_SIZE <= PEOPLE_SIZE_MAX) {
        if (!fill(people, people->persons[count], room, &persons[count])) {
            return OIM_ERR_LIMIT;
        }
        size += PERSON_SIZE / 2 + persons[count].device_count * DEVICE_SIZE;
        count++;
    }
    struct frame frame = {.kind = FRAME_PEOPLE, .request = request};
    frame.u.people = (struct frame_people){
        .persons = persons,
        .person_count = count,
        .more = people->more || count < people->count,
        .log_seq = core->orglog.seq,
    };
    (void)outbox_push(core, session, &frame);
    return OIM_OK;
}

static struct people people_for(struct core *core, const struct session *session)
{
    return (struct people){
        .core = core,
        .viewer = session_person(core, session),
        .device = session_device(core, session),
    };
}

static void on_room(struct core *core, struct pending *pending, const struct store_reply *reply)
{
    struct session *session = session_find(core, pending->conn);
    struct account *subject = registry_person(&core->registry, (uint32_t)pending->u.any.a);
    if (session == NULL || session->state != SESSION_READY || subject == NULL) {
        return;
    }
    struct people people = people_for(core, session);
    if (!registry_is_erased(subject)) { /* that may have happened meanwhile */
        people.persons[people.count++] = subject;
    }
    people.more = pending->u.any.b != 0;
    const struct quota_usage room = judge_room(reply);
    oim_arena_reset(&core->frame_arena);
    enum oim_status status =
        answer(&people, session, pending->request, reply->result == STORE_OK ? &room : NULL);
    assert(status == OIM_OK); /* one person fits into any frame */
}

/* False: the store has enough to do. */
static bool ask_for_room(struct people *people, struct session *session, uint32_t request)
{
    struct pending *pending = pending_take(people->core, session, STORE_COUNT, on_room, 0);
    if (pending == NULL) {
        return false;
    }
    pending->request = request;
    pending->u.any.a = people->persons[0]->uid;
    pending->u.any.b = people->more;
    struct store_req *req = pending_submit(people->core, pending);
    req->u.count.uid = people->persons[0]->uid;
    req->u.count.src_uid = people->viewer->uid;
    return true;
}

enum oim_status handle_directory(struct core *core, struct session *session, const struct frame *frame)
{
    const struct frame_directory *ask = &frame->u.directory;
    struct people people = people_for(core, session);
    if (people.viewer->role == ROLE_BOT && ask->user_id_count == 0) {
        return oim_fail(&core->error, OIM_ERR_DENIED, "bots have no directory");
    }
    if (ask->user_id_count > 0) {
        find_by_ids(&people, ask->user_ids, ask->user_id_count);
    } else {
        find_by_words(&people, ask->words, ask->after);
    }
    bool is_one = people.count == 1 && people.persons[0] != people.viewer;
    if (is_one && ask_for_room(&people, session, frame->request)) {
        return OIM_OK; /* answered with what the store says */
    }
    return answer(&people, session, frame->request, NULL);
}
