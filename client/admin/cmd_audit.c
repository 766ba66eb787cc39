/*
 * cmd_audit.c - the audit log: read it, check it without believing the server, write it to a file, check that
 * file.
 *
 * A file is text: a line "oim-audit-1 ORG", then for each entry "N HASH KEY ENTRY", the last three base64url:
 * the chain's hash with this entry, the public key of the device that signed it, the entry's bytes
 * (proto/audit.h).
 *
 * A chain whose end was cut off is as whole as before. So the head of every chain that was checked is
 * remembered in the profile, and the next check wants to pass it.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/admin/ctl.h"
#include "client/face/profile_path.h"
#include "proto/audit.h"

#define AUDIT_COUNT_DEFAULT 100
#define FILE_VERSION "oim-audit-1"
#define HASH_TEXT_SIZE (4 * (CRYPTO_HASH_SIZE + 2) / 3 + 1)
#define HEAD_NAME "audit_head"

/* A number of --NAME, 0 when it is not given. False: complained about. */
static bool number_take(struct ctl *ctl, const char *name, uint64_t max, uint64_t *out)
{
    const char *text = options_value(&ctl->options, name);
    *out = 0;
    if (text == NULL) {
        return true;
    }
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || number == 0 || number > max) {
        ctl_usage(ctl, "--%s is a number from 1 to %llu", name, (unsigned long long)max);
        return false;
    }
    *out = number;
    return true;
}

/* Each page says how long the log is and whether its part is whole: once is enough, and broken wins. */
static void chain_notes_join(struct admin_rows *io_rows)
{
    struct admin_field *notes =
        (struct admin_field *)(uintptr_t)io_rows->notes; /* ctl_ask's own, in the arena */
    bool is_broken = false;
    size_t count = 0;
    for (size_t i = 0; i < io_rows->note_count; i++) {
        size_t at = 0;
        while (at < count && strcmp(notes[at].name, notes[i].name) != 0) {
            at++;
        }
        is_broken = is_broken || (strcmp(notes[i].name, "chain") == 0 && strcmp(notes[i].value, "ok") != 0);
        bool is_once = strcmp(notes[i].name, "chain") == 0 || strcmp(notes[i].name, "length") == 0;
        if (at == count || !is_once) {
            notes[count++] = notes[i];
        } else {
            notes[at] = notes[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(notes[i].name, "chain") == 0) {
            notes[i].value = is_broken ? "broken" : "ok";
        }
    }
    io_rows->note_count = count;
}

/* As they are shown elsewhere; JSON has the whole of them. */
static void devices_shorten(struct ctl *ctl, struct admin_rows *io_rows)
{
    for (size_t i = 0; !ctl->console.json && i < io_rows->row_count; i++) {
        struct admin_field *fields =
            (struct admin_field *)(uintptr_t)io_rows->rows[i].fields; /* in the arena, likewise */
        for (size_t j = 0; j < io_rows->rows[i].field_count; j++) {
            if (strcmp(fields[j].name, "device") == 0) {
                const char *text =
                    oim_arena_printf(&ctl->arena, "%.*s", CTL_DEVICE_SHOWN_SIZE, fields[j].value);
                fields[j].value = text != NULL ? text : fields[j].value;
            }
        }
    }
}

int ctl_audit(struct ctl *ctl)
{
    struct admin_op op = admin_op_of(ADMIN_AUDIT_READ);
    uint64_t count = 0;
    if (!number_take(ctl, "from", UINT64_MAX, &op.from_n) || !number_take(ctl, "count", UINT32_MAX, &count)) {
        return EXIT_USAGE;
    }
    op.count_max = count != 0 ? (uint32_t)count : AUDIT_COUNT_DEFAULT;
    struct ctl_answer answer = ctl_ask(ctl, &op);
    chain_notes_join(&answer.rows);
    static const char *const columns[] = {"n", "at", "login", "device", "op", "old", "new", NULL};
    devices_shorten(ctl, &answer.rows);
    int exit_code = ctl_print_columns(ctl, &answer, columns);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    struct local_builder builder = {.count = 0};
    ctl_fields_of(answer.rows.notes, answer.rows.note_count, &builder);
    struct local_fields chain = local_built(&builder);
    console_say(&ctl->console, "audit_chain", &chain);
    return strcmp(local_text(&chain, "chain"), "broken") == 0 ? EXIT_TRUST : EXIT_DONE;
}

/* ---- following ----------------------------------------------------------------------------------------- */

struct following {
    struct ctl *ctl;
    char org[OIM_ID_TEXT_SIZE];
    struct oim_id org_id;
    struct audit_chain chain, remembered; /* remembered.n 0: nothing */
    FILE *out;                            /* NULL: only checked */
    int exit_code;
};

static void complain_of(struct following *following, const char *code, uint64_t n)
{
    struct local_builder builder = {.count = 0};
    local_add_number(&builder, "n", (int64_t)n);
    struct local_fields fields = local_built(&builder);
    console_complain(&following->ctl->console, code, &fields);
    following->exit_code = EXIT_TRUST;
}

/* The next entry. What is broken is complained of once; what comes behind it proves nothing any more. */
static void follow(struct following *following, const struct audit_link *link)
{
    static const char *const codes[] = {
        [AUDIT_ORDER] = "audit_order", [AUDIT_UNREADABLE] = "audit_unreadable", [AUDIT_HASH] = "audit_hash",
        [AUDIT_KEY] = "audit_key",     [AUDIT_SIGNATURE] = "audit_signature",
    };
    if (following->exit_code != EXIT_DONE) {
        return;
    }
    enum audit_fault fault = audit_follow(&following->chain, &following->org_id, link);
    if (fault != AUDIT_WHOLE) {
        complain_of(following, codes[fault], following->chain.n + 1);
        return;
    }
    if (following->chain.n == following->remembered.n &&
        !crypto_equal(following->chain.head.bytes, following->remembered.head.bytes, CRYPTO_HASH_SIZE)) {
        complain_of(following, "audit_replaced", following->chain.n);
    }
}

static void head_text(const struct audit_chain *chain, char out[HASH_TEXT_SIZE])
{
    oim_base64url_encode(chain->head.bytes, CRYPTO_HASH_SIZE, out);
}

static int say_whole(struct following *following, const char *code)
{
    char head[HASH_TEXT_SIZE];
    if (following->exit_code != EXIT_DONE) {
        return following->exit_code;
    }
    head_text(&following->chain, head);
    struct local_builder builder = {.count = 0};
    local_add_number(&builder, "entries", (int64_t)following->chain.n);
    local_add_text(&builder, "head", following->chain.n == 0 ? "" : head);
    struct local_fields fields = local_built(&builder);
    console_object(&following->ctl->console, "audit_whole", &fields, NULL);
    console_say(&following->ctl->console, code, &fields);
    return EXIT_DONE;
}

/* ---- the server's chain -------------------------------------------------------------------------------- */

static bool decode(const char *text, void *out, size_t size)
{
    size_t got = 0;
    return oim_base64url_decode(text, strlen(text), out, size, &got) == OIM_OK && got == size;
}

static const char *field_of(const struct admin_row *row, const char *name)
{
    return ctl_row_value(row, name);
}

/* In the arena; an entry that cannot be put together is empty, which is no entry. */
static struct oim_slice entry_of(struct ctl *ctl, const struct admin_row *row)
{
    uint8_t *bytes = oim_arena_alloc(&ctl->arena, AUDIT_ENTRY_SIZE_MAX);
    size_t size = 0;
    for (size_t i = 0; bytes != NULL && i < row->field_count; i++) {
        const struct admin_field *field = &row->fields[i];
        size_t got = 0;
        if (strcmp(field->name, "entry") != 0) {
            continue;
        }
        if (oim_base64url_decode(field->value, strlen(field->value), bytes + size,
                                 AUDIT_ENTRY_SIZE_MAX - size, &got) != OIM_OK) {
            return (struct oim_slice){0};
        }
        size += got;
    }
    return bytes == NULL ? (struct oim_slice){0} : oim_slice(bytes, size);
}

static void write_link(struct following *following, const struct admin_row *row, struct oim_slice entry)
{
    char *text = oim_arena_alloc(&following->ctl->arena, 4 * (AUDIT_ENTRY_SIZE_MAX + 2) / 3 + 1);
    if (following->out == NULL || text == NULL) {
        return;
    }
    oim_base64url_encode(entry.data, entry.size, text);
    fprintf(following->out, "%s %s %s %s\n", field_of(row, "n"), field_of(row, "hash"), field_of(row, "ik"),
            text);
}

static void take_row(struct following *following, const struct admin_row *row)
{
    struct audit_link link = {.n = strtoull(field_of(row, "n"), NULL, 10),
                              .entry = entry_of(following->ctl, row)};
    if (!decode(field_of(row, "hash"), link.hash.bytes, sizeof(link.hash.bytes)) ||
        !decode(field_of(row, "ik"), link.ik.bytes, sizeof(link.ik.bytes))) {
        memset(&link.ik, 0, sizeof(link.ik)); /* no device's */
    }
    write_link(following, row, link.entry);
    follow(following, &link);
}

/* All entries, page by page. Returns an exit code: whether they could be read, not whether they are whole. */
static int follow_server(struct following *following)
{
    struct ctl *ctl = following->ctl;
    struct admin_op op = admin_op_of(ADMIN_AUDIT_READ);
    bool more = true;
    op.raw = true;
    op.from_n = 1;
    while (more) {
        size_t used = ctl->arena.used;
        struct ctl_answer answer = ctl_ask_page(ctl, &op, &more);
        if (answer.exit_code != EXIT_DONE) {
            return answer.exit_code;
        }
        for (size_t i = 0; i < answer.rows.row_count; i++) {
            take_row(following, &answer.rows.rows[i]);
        }
        more = more && answer.rows.row_count > 0;
        op.from_n += answer.rows.row_count;
        ctl->arena.used = used;
    }
    return EXIT_DONE;
}

/* ---- what was seen before ------------------------------------------------------------------------------ */

static bool head_path(struct ctl *ctl, char out[PATH_MAX + sizeof(HEAD_NAME) + 8])
{
    struct profile_environment environment = profile_environment_read();
    const char *profile = options_value(&ctl->options, "profile");
    struct profile_path path;
    if (profile_path_resolve(&environment, profile != NULL ? profile : "default", &path, NULL) != OIM_OK) {
        return false;
    }
    snprintf(out, PATH_MAX + sizeof(HEAD_NAME) + 8, "%s/" HEAD_NAME, path.folder);
    return true;
}

static void head_recall(struct following *following)
{
    char path[PATH_MAX + sizeof(HEAD_NAME) + 8];
    char org[OIM_ID_TEXT_SIZE];
    char head[HASH_TEXT_SIZE];
    unsigned long long n = 0;
    FILE *file = head_path(following->ctl, path) ? fopen(path, "re") : NULL;
    if (file == NULL) {
        return;
    }
    if (fscanf(file, "%26s %llu %44s", org, &n, head) == 3 && strcmp(org, following->org) == 0 &&
        decode(head, following->remembered.head.bytes, CRYPTO_HASH_SIZE)) {
        following->remembered.n = n;
    }
    fclose(file);
}

/* Whole or not at all; that it cannot be kept costs only the next check its memory. */
static void head_keep(struct following *following)
{
    char path[PATH_MAX + sizeof(HEAD_NAME) + 8];
    char part[PATH_MAX + sizeof(HEAD_NAME) + 8];
    char head[HASH_TEXT_SIZE];
    if (following->chain.n == 0 || !head_path(following->ctl, path)) {
        return;
    }
    snprintf(part, sizeof(part), "%.*s~", (int)sizeof(part) - 2, path);
    FILE *file = fopen(part, "we");
    if (file == NULL) {
        return;
    }
    head_text(&following->chain, head);
    fprintf(file, "%s %llu %s\n", following->org, (unsigned long long)following->chain.n, head);
    if (fclose(file) != 0 || rename(part, path) != 0) {
        unlink(part);
    }
}

static int verify_server(struct following *following)
{
    int exit_code = follow_server(following);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    if (following->exit_code == EXIT_DONE && following->chain.n < following->remembered.n) {
        complain_of(following, "audit_shorter", following->remembered.n);
    }
    if (following->exit_code == EXIT_DONE) {
        head_keep(following);
    }
    return following->exit_code;
}

/* Attached, with the organisation this profile belongs to. Returns an exit code. */
static int begin(struct ctl *ctl, struct following *out)
{
    *out = (struct following){.ctl = ctl};
    int exit_code = ctl_attach(ctl);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    snprintf(out->org, sizeof(out->org), "%s", local_text(face_whoami(ctl->face), "org"));
    if (oim_id_from_text(out->org, &out->org_id) != OIM_OK) {
        return ctl_usage(ctl, "the agent does not say whose it is; is it as new as this program?");
    }
    head_recall(out);
    return EXIT_DONE;
}

/* ---- a file -------------------------------------------------------------------------------------------- */

/* One line of a file; false: it is none. */
static bool take_line(struct following *following, char *line)
{
    struct audit_link link = {0};
    char *rest = NULL;
    const char *words[4];
    for (size_t i = 0; i < OIM_COUNT(words); i++) {
        words[i] = strtok_r(i == 0 ? line : NULL, " \r\n", &rest);
        if (words[i] == NULL) {
            return false;
        }
    }
    char *end = NULL;
    link.n = strtoull(words[0], &end, 10);
    size_t used = following->ctl->arena.used;
    uint8_t *bytes = oim_arena_alloc(&following->ctl->arena, AUDIT_ENTRY_SIZE_MAX);
    size_t size = 0;
    bool good =
        *end == '\0' && bytes != NULL && decode(words[1], link.hash.bytes, sizeof(link.hash.bytes)) &&
        decode(words[2], link.ik.bytes, sizeof(link.ik.bytes)) &&
        oim_base64url_decode(words[3], strlen(words[3]), bytes, AUDIT_ENTRY_SIZE_MAX, &size) == OIM_OK;
    if (good) {
        link.entry = oim_slice(bytes, size);
        follow(following, &link);
    }
    following->ctl->arena.used = used;
    return good;
}

static int verify_file(struct ctl *ctl, const char *path)
{
    struct following following = {.ctl = ctl};
    char *line = NULL;
    size_t capacity = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return ctl_usage(ctl, "%s: %s", path, strerror(errno));
    }
    char version[16] = "";
    bool is_ours =
        getline(&line, &capacity, file) > 0 && sscanf(line, "%15s %26s", version, following.org) == 2 &&
        strcmp(version, FILE_VERSION) == 0 && oim_id_from_text(following.org, &following.org_id) == OIM_OK;
    while (is_ours && following.exit_code == EXIT_DONE && getline(&line, &capacity, file) > 0) {
        if (!take_line(&following, line)) {
            complain_of(&following, "audit_unreadable", following.chain.n + 1);
        }
    }
    free(line);
    fclose(file);
    if (!is_ours) {
        return ctl_usage(ctl, "%s was not written by 'oimctl audit export'", path);
    }
    return say_whole(&following, "audit_whole_file");
}

/* ---- commands ------------------------------------------------------------------------------------------ */

int ctl_audit_verify(struct ctl *ctl)
{
    if (ctl_operand(ctl, 0) != NULL) {
        return verify_file(ctl, ctl_operand(ctl, 0));
    }
    struct following following;
    int exit_code = begin(ctl, &following);
    if (exit_code == EXIT_DONE) {
        exit_code = verify_server(&following);
    }
    return exit_code != EXIT_DONE ? exit_code : say_whole(&following, "audit_whole");
}

int ctl_audit_export(struct ctl *ctl)
{
    const char *path = ctl_operand(ctl, 0);
    struct following following;
    int exit_code = begin(ctl, &following);
    if (exit_code != EXIT_DONE) {
        return exit_code;
    }
    following.out = fopen(path, "wxe"); /* nothing is overwritten */
    if (following.out == NULL) {
        return ctl_usage(ctl, "%s: %s", path, strerror(errno));
    }
    fprintf(following.out, FILE_VERSION " %s\n", following.org);
    exit_code = verify_server(&following);
    bool is_written = ferror(following.out) == 0;
    is_written = fclose(following.out) == 0 && is_written;
    int reason = errno;
    /* All of a broken chain is evidence; a part of any would be in the way of the next export. */
    if (!is_written || (exit_code != EXIT_DONE && exit_code != EXIT_TRUST)) {
        unlink(path);
    }
    if (!is_written) {
        return ctl_usage(ctl, "%s: it could not be written whole: %s", path, strerror(reason));
    }
    return exit_code != EXIT_DONE ? exit_code : say_whole(&following, "audit_exported");
}
