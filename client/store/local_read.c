/*
 * local_read.c - the reading half of local_store.h.
 */
#include <sqlite3.h>
#include <string.h>

#include "client/store/local_sqlite.h"

#define MESSAGE_COLUMNS                                                                                      \
    "SELECT "                                                                                                \
    "msg_id,peer,own,state,reason,who,reason_policy,reason_version,reason_text,reason_at_ms,reason_limit,"   \
    "text,sent_ms,server_ms,arrived_ms,shown_ms,read_ms,until_ms,k,n_devices,quiet,live,once,once_until_ms," \
    "held_until_ms,held_policy,stay,state_ms,erased_ms"                                                      \
    " FROM message "

enum oim_status local_prepare(struct local_store *store, const char *sql, sqlite3_stmt **out,
                              struct oim_error *err)
{
    if (sqlite3_prepare_v2(store->db, sql, -1, out, NULL) != SQLITE_OK) {
        return oim_fail(err, OIM_ERR_STORAGE, "the profile's store: %s", sqlite3_errmsg(store->db));
    }
    return OIM_OK;
}

static uint64_t get_number(sqlite3_stmt *row, int column)
{
    return (uint64_t)sqlite3_column_int64(row, column);
}

static const char *get_text(sqlite3_stmt *row, int column)
{
    const unsigned char *text = sqlite3_column_text(row, column);
    return text == NULL ? "" : (const char *)text;
}

static void get_bytes(sqlite3_stmt *row, int column, void *out, size_t size)
{
    if ((size_t)sqlite3_column_bytes(row, column) == size) {
        memcpy(out, sqlite3_column_blob(row, column), size);
    } else {
        memset(out, 0, size);
    }
}

static void get_name(sqlite3_stmt *row, int column, char *out, size_t out_size)
{
    const char *text = get_text(row, column);
    size_t size = strlen(text) < out_size ? strlen(text) : out_size - 1;
    memcpy(out, text, size);
    out[size] = '\0';
}

static void get_message(sqlite3_stmt *row, struct message *out)
{
    *out = (struct message){
        .own = get_number(row, 2) != 0,
        .state = (enum message_state)get_number(row, 3),
        .reason = (enum reason)get_number(row, 4),
        .who = (enum who)get_number(row, 5),
        .detail = {.policy = get_text(row, 6),
                   .min_version = get_text(row, 7),
                   .text = get_text(row, 8),
                   .at_ms = get_number(row, 9),
                   .limit = get_number(row, 10)},
        .text = get_text(row, 11),
        .sent_ms = get_number(row, 12),
        .server_ms = get_number(row, 13),
        .arrived_ms = get_number(row, 14),
        .shown_ms = get_number(row, 15),
        .read_ms = get_number(row, 16),
        .until_ms = get_number(row, 17),
        .k = (uint32_t)get_number(row, 18),
        .n = (uint32_t)get_number(row, 19),
        .quiet = get_number(row, 20) != 0,
        .live = get_number(row, 21) != 0,
        .once = get_text(row, 22),
        .once_until_ms = get_number(row, 23),
        .held_until_ms = get_number(row, 24),
        .held_policy = get_text(row, 25),
        .stay = (enum text_stay)get_number(row, 26),
        .state_ms = get_number(row, 27),
        .erased_ms = get_number(row, 28),
    };
    get_bytes(row, 0, &out->msg_id, sizeof(out->msg_id));
    get_bytes(row, 1, &out->peer, sizeof(out->peer));
}

static enum oim_status load_account(struct local_store *store, struct account *out, struct oim_error *err)
{
    STATEMENT row = NULL;
    STATEMENT ways = NULL;
    enum oim_status status = local_prepare(store, "SELECT * FROM account", &row, err);
    if (status == OIM_OK) {
        status = local_prepare(store, "SELECT host_port, mode, spki FROM way ORDER BY position", &ways, err);
    }
    if (status != OIM_OK || sqlite3_step(row) != SQLITE_ROW) {
        return status;
    }
    out->joined = true;
    get_bytes(row, 1, &out->org_id, sizeof(out->org_id));
    get_bytes(row, 2, &out->server_key, sizeof(out->server_key));
    get_bytes(row, 3, &out->server_epoch, sizeof(out->server_epoch));
    get_bytes(row, 4, &out->user_id, sizeof(out->user_id));
    get_bytes(row, 5, &out->device_id, sizeof(out->device_id));
    get_name(row, 6, out->login, sizeof(out->login));
    get_name(row, 7, out->display, sizeof(out->display));
    get_name(row, 8, out->label, sizeof(out->label));
    out->role = (enum role)get_number(row, 9);
    out->ways_version = get_number(row, 10);
    out->log_seq = get_number(row, 11);
    get_bytes(row, 12, &out->log_head, sizeof(out->log_head));
    out->conn_counter = get_number(row, 13);
    out->last_send_no = get_number(row, 14);
    out->cursor = get_number(row, 15);
    out->admin_no = get_number(row, 16);
    out->presence = (enum presence_state)get_number(row, 17);
    get_name(row, 18, out->note, sizeof(out->note));
    out->presence_until_ms = get_number(row, 19);
    while (out->way_count < WAY_COUNT_MAX && sqlite3_step(ways) == SQLITE_ROW) {
        struct known_way *way = &out->ways[out->way_count++];
        get_name(ways, 0, way->host_port, sizeof(way->host_port));
        way->mode = (enum way_mode)get_number(ways, 1);
        way->has_spki = sqlite3_column_bytes(ways, 2) == (int)sizeof(way->spki);
        get_bytes(ways, 2, way->spki, sizeof(way->spki));
    }
    return OIM_OK;
}

static enum oim_status count_rows(struct local_store *store, const char *sql, size_t *out)
{
    STATEMENT row = NULL;
    enum oim_status status = local_prepare(store, sql, &row, NULL);
    if (status == OIM_OK && sqlite3_step(row) == SQLITE_ROW) {
        *out = (size_t)get_number(row, 0);
    }
    return status;
}

static enum oim_status load_outbox(struct local_store *store, struct oim_arena *arena,
                                   struct local_start *out, struct oim_error *err)
{
    size_t count = 0;
    STATEMENT row = NULL;
    enum oim_status status = count_rows(store, "SELECT count(*) FROM outbox", &count);
    if (status == OIM_OK) {
        status = local_prepare(
            store, "SELECT msg_id,to_user,cls,send_no,waits_join,made_ms,ct FROM outbox ORDER BY n", &row,
            err);
    }
    if (status != OIM_OK) {
        return status;
    }
    out->outbox = oim_arena_zalloc(arena, count + 1, sizeof(*out->outbox));
    if (out->outbox == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "the outbox does not fit into memory");
    }
    while (out->outbox_count < count && sqlite3_step(row) == SQLITE_ROW) {
        struct outbox_row *item = &out->outbox[out->outbox_count++];
        get_bytes(row, 0, &item->msg_id, sizeof(item->msg_id));
        get_bytes(row, 1, &item->to_user, sizeof(item->to_user));
        item->cls = (enum cls)get_number(row, 2);
        item->send_no = get_number(row, 3);
        item->waits_join = get_number(row, 4) != 0;
        item->made_ms = get_number(row, 5);
        size_t size = (size_t)sqlite3_column_bytes(row, 6);
        uint8_t *ct = oim_arena_alloc(arena, size + 1);
        if (ct == NULL) {
            return oim_fail(err, OIM_ERR_LIMIT, "the outbox does not fit into memory");
        }
        memcpy(ct, sqlite3_column_blob(row, 6), size);
        item->ct = oim_slice(ct, size);
    }
    return OIM_OK;
}

static enum oim_status load_people(struct local_store *store, struct oim_arena *arena,
                                   struct local_start *out, struct oim_error *err)
{
    size_t count = 0;
    STATEMENT row = NULL;
    enum oim_status status = count_rows(store, "SELECT count(*) FROM person", &count);
    if (status == OIM_OK) {
        status = local_prepare(store, "SELECT * FROM person ORDER BY contact DESC, login", &row, err);
    }
    if (status != OIM_OK) {
        return status;
    }
    out->people = oim_arena_zalloc(arena, count + 1, sizeof(*out->people));
    if (out->people == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "the people do not fit into memory");
    }
    while (out->person_count < count && sqlite3_step(row) == SQLITE_ROW) {
        struct person_row *person = &out->people[out->person_count++];
        get_bytes(row, 0, &person->user_id, sizeof(person->user_id));
        get_name(row, 1, person->login, sizeof(person->login));
        get_name(row, 2, person->display, sizeof(person->display));
        get_name(row, 3, person->team, sizeof(person->team));
        get_name(row, 4, person->say, sizeof(person->say));
        person->role = (enum role)get_number(row, 5);
        person->state = (enum person_state)get_number(row, 6);
        person->offline_ok = get_number(row, 7) != 0;
        person->why = (enum reason)get_number(row, 8);
        person->who = (enum who)get_number(row, 9);
        person->invited_ms = get_number(row, 10);
        person->closed_ms = get_number(row, 11);
        person->user_seq = get_number(row, 12);
        get_bytes(row, 13, &person->user_prev, sizeof(person->user_prev));
        size_t size = (size_t)sqlite3_column_bytes(row, 14);
        if (size <= sizeof(person->devices) && size % OIM_ID_SIZE == 0 && size > 0) {
            memcpy(person->devices, sqlite3_column_blob(row, 14), size);
            person->device_count = size / OIM_ID_SIZE;
        }
        person->contact = get_number(row, 15) != 0;
        person->blocked = get_number(row, 16) != 0;
    }
    return OIM_OK;
}

static enum oim_status load_policy(struct local_store *store, struct oim_arena *arena,
                                   struct change_policy *out, struct oim_error *err)
{
    size_t count = 0;
    STATEMENT row = NULL;
    STATEMENT source = NULL;
    *out = (struct change_policy){.name = "", .via = "", .rule = ""};
    enum oim_status status = count_rows(store, "SELECT count(*) FROM policy", &count);
    if (status == OIM_OK) {
        status = local_prepare(store, "SELECT name, value, origin FROM policy ORDER BY position", &row, err);
    }
    if (status == OIM_OK) {
        status = local_prepare(store, "SELECT name, via, may_leave, rule, told_ms FROM policy_source",
                               &source, err);
    }
    if (status != OIM_OK) {
        return status;
    }
    struct policy_row *rows = oim_arena_zalloc(arena, count + 1, sizeof(*rows));
    if (rows == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "the policy does not fit into memory");
    }
    out->rows = rows;
    while (out->row_count < count && sqlite3_step(row) == SQLITE_ROW) {
        struct policy_row *item = &rows[out->row_count++];
        get_name(row, 0, item->name, sizeof(item->name));
        get_name(row, 1, item->value, sizeof(item->value));
        get_name(row, 2, item->origin, sizeof(item->origin));
    }
    if (sqlite3_step(source) == SQLITE_ROW) {
        out->name = oim_arena_strdup(arena, oim_slice_text(get_text(source, 0)));
        out->via = oim_arena_strdup(arena, oim_slice_text(get_text(source, 1)));
        out->may_leave = get_number(source, 2) != 0;
        out->rule = oim_arena_strdup(arena, oim_slice_text(get_text(source, 3)));
        out->told_ms = get_number(source, 4);
    }
    if (out->name == NULL || out->via == NULL || out->rule == NULL) {
        return oim_fail(err, OIM_ERR_LIMIT, "the policy does not fit into memory");
    }
    return OIM_OK;
}

enum oim_status local_store_load(struct local_store *store, struct oim_arena *arena, struct local_start *out,
                                 struct oim_error *err)
{
    *out = (struct local_start){0};
    enum oim_status status = load_account(store, &out->account, err);
    if (status == OIM_OK) {
        status = load_outbox(store, arena, out, err);
    }
    if (status == OIM_OK) {
        status = load_people(store, arena, out, err);
    }
    if (status == OIM_OK) {
        status = load_policy(store, arena, &out->policy, err);
    }
    return status;
}

_Static_assert(MESSAGE_ERASED == 10 && REASON_ACCOUNT_RESET == 21, "as in statement and index");

enum oim_status local_store_each(struct local_store *store, const struct local_store_query *query,
                                 local_store_row_fn *row, void *context, struct oim_error *err)
{
    static const char *const statements[] = {
        [LOCAL_STORE_ALL] = MESSAGE_COLUMNS "WHERE (?1 OR peer = ?2) AND arrived_ms >= ?3 ORDER BY n DESC",
        [LOCAL_STORE_UNSHOWN] = MESSAGE_COLUMNS "WHERE (?1 OR peer = ?2) AND arrived_ms >= ?3 AND own = 0 AND"
                                                " read_ms = 0 AND shown_ms = 0 ORDER BY n",
        /* Of what another own device wrote, the time of arrival is not the writer's clock. */
        [LOCAL_STORE_RESEND] =
            MESSAGE_COLUMNS "WHERE (?1 OR peer = ?2) AND arrived_ms >= ?3 AND own = 1 AND"
                            " state = 10 AND reason = 21 AND sent_ms = arrived_ms ORDER BY n",
        [LOCAL_STORE_UNSENT] = MESSAGE_COLUMNS "WHERE (?1 OR peer = ?2) AND arrived_ms >= ?3 AND own = 1 AND"
                                               " state IN (1, 2, 7, 8, 9) ORDER BY n",
    };
    STATEMENT statement = NULL;
    enum oim_status status = local_prepare(store, statements[query->which], &statement, err);
    if (status != OIM_OK) {
        return status;
    }
    sqlite3_bind_int(statement, 1, oim_id_is_zero(&query->peer));
    sqlite3_bind_blob(statement, 2, query->peer.bytes, OIM_ID_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)query->since_ms);
    int rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct message message;
        get_message(statement, &message);
        if (!row(context, &message)) {
            return OIM_OK;
        }
    }
    if (rc != SQLITE_DONE) {
        return oim_fail(err, OIM_ERR_STORAGE, "the profile's store: %s", sqlite3_errmsg(store->db));
    }
    return OIM_OK;
}

static bool keep_texts(struct message *message, struct oim_arena *arena)
{
    const char **texts[] = {&message->text,
                            &message->once,
                            &message->held_policy,
                            &message->detail.policy,
                            &message->detail.min_version,
                            &message->detail.text};
    for (size_t i = 0; i < OIM_COUNT(texts); i++) {
        *texts[i] = oim_arena_strdup(arena, oim_slice_text(*texts[i]));
        if (*texts[i] == NULL) {
            return false;
        }
    }
    return true;
}

static enum oim_status take_one(sqlite3_stmt *statement, struct oim_arena *arena, struct message *out)
{
    int rc = sqlite3_step(statement);
    if (rc != SQLITE_ROW) {
        return rc == SQLITE_DONE ? OIM_ERR_NOT_FOUND : OIM_ERR_STORAGE;
    }
    struct message message;
    get_message(statement, &message);
    if (!keep_texts(&message, arena)) {
        return OIM_ERR_LIMIT;
    }
    *out = message;
    return OIM_OK;
}

enum oim_status local_store_message(struct local_store *store, const struct oim_id *msg_id,
                                    struct oim_arena *arena, struct message *out)
{
    STATEMENT statement = NULL;
    enum oim_status status = local_prepare(store, MESSAGE_COLUMNS "WHERE msg_id = ?", &statement, NULL);
    if (status != OIM_OK) {
        return status;
    }
    sqlite3_bind_blob(statement, 1, msg_id->bytes, OIM_ID_SIZE, SQLITE_STATIC);
    return take_one(statement, arena, out);
}

enum oim_status local_store_once(struct local_store *store, const char *key, const struct oim_id *peer,
                                 uint64_t wall_ms, struct oim_arena *arena, struct message *out)
{
    STATEMENT statement = NULL;
    enum oim_status status = local_prepare(
        store, MESSAGE_COLUMNS "WHERE once = ? AND peer = ? AND once_until_ms >= ?", &statement, NULL);
    if (status != OIM_OK) {
        return status;
    }
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, peer->bytes, OIM_ID_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)wall_ms);
    return take_one(statement, arena, out);
}

enum oim_status local_store_find(struct local_store *store, const char *prefix, struct oim_id *out_msg_id)
{
    STATEMENT statement = NULL;
    enum oim_status status =
        local_prepare(store, "SELECT msg_id FROM message ORDER BY n DESC", &statement, NULL);
    if (status != OIM_OK) {
        return status;
    }
    size_t found = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        struct oim_id id;
        get_bytes(statement, 0, &id, sizeof(id));
        if (oim_id_has_prefix(&id, prefix)) {
            *out_msg_id = id;
            found++;
        }
    }
    return found == 0 ? OIM_ERR_NOT_FOUND : found == 1 ? OIM_OK : OIM_ERR_CONFLICT;
}

static void take_talks(sqlite3_stmt *row, struct local_talk *out_talks, size_t talk_max, size_t *out_count)
{
    size_t count = 0;
    while (count < talk_max && sqlite3_step(row) == SQLITE_ROW) {
        struct local_talk *talk = &out_talks[count++];
        get_bytes(row, 0, &talk->peer, sizeof(talk->peer));
        talk->count = (uint32_t)get_number(row, 1);
        talk->quiet = (uint32_t)get_number(row, 2);
        talk->first_ms = get_number(row, 3);
        talk->last_ms = get_number(row, 4);
    }
    *out_count = count;
}

#define TALKS_WHERE "SELECT peer, count(*), sum(quiet), min(server_ms), max(server_ms) FROM message WHERE "
#define TALKS_ORDER " GROUP BY peer ORDER BY max(n) DESC"

enum oim_status local_store_unread(struct local_store *store, struct local_talk *out_talks, size_t talk_max,
                                   size_t *out_count)
{
    STATEMENT row = NULL;
    enum oim_status status =
        local_prepare(store, TALKS_WHERE "own = 0 AND read_ms = 0 AND shown_ms = 0" TALKS_ORDER, &row, NULL);
    if (status == OIM_OK) {
        take_talks(row, out_talks, talk_max, out_count);
    }
    return status;
}

enum oim_status local_store_missed(struct local_store *store, bool unshown, uint64_t quiet_since_ms,
                                   struct local_talk *out_talks, size_t talk_max, size_t *out_count)
{
    STATEMENT row = NULL;
    enum oim_status status = local_prepare(store,
                                           TALKS_WHERE "own = 0 AND ((?1 AND read_ms = 0 AND shown_ms = 0)"
                                                       " OR (quiet AND server_ms >= ?2))" TALKS_ORDER,
                                           &row, NULL);
    if (status == OIM_OK) {
        sqlite3_bind_int(row, 1, unshown);
        sqlite3_bind_int64(row, 2, (sqlite3_int64)quiet_since_ms);
        take_talks(row, out_talks, talk_max, out_count);
    }
    return status;
}
