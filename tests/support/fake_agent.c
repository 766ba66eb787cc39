/*
 * fake_agent.c - an agent that plays a script; see fake_agent.h.
 */
#include "tests/support/fake_agent.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/face/profile_path.h"
#include "proto/admin.h"
#include "proto/local.h"

#define LINE_SIZE_MAX 16384
#define IDLE_MS 1000
#define ROW_MAX 64
#define FIELD_MAX 32

struct fake {
    int fd;
    char script[512];
    char asked[512];
    int request_count; /* since a face attached */
    struct oim_arena arena;
    uint8_t input[LOCAL_FRAME_SIZE_MAX * 2];
    uint8_t memory[LOCAL_FRAME_SIZE_MAX * 4];
};

static void fake_send(const struct fake *fake, const struct local_frame *frame)
{
    struct oim_buf out;
    oim_buf_init(&out, LOCAL_FRAME_SIZE_MAX);
    if (local_encode(frame, &out) != OIM_OK || send(fake->fd, out.data, out.size, MSG_NOSIGNAL) < 0) {
        fprintf(stderr, "fake agent: could not send\n");
    }
    oim_buf_finish(&out);
}

/* Packs what the script wrote as rows. */
static void rows_pack(char *text, struct oim_buf *out)
{
    struct admin_row rows[ROW_MAX];
    struct admin_field fields[ROW_MAX][FIELD_MAX];
    struct admin_field notes[FIELD_MAX];
    struct admin_rows all = {.rows = rows, .notes = notes, .next = ""};
    char *next_row = NULL;
    for (char *row = strtok_r(text, "|", &next_row); row != NULL; row = strtok_r(NULL, "|", &next_row)) {
        size_t count = 0;
        char *next_field = NULL;
        for (char *word = strtok_r(row, ";", &next_field); word != NULL;
             word = strtok_r(NULL, ";", &next_field)) {
            char *value = strchr(word, '=');
            *value = '\0';
            if (word[0] == '!') {
                notes[all.note_count++] = (struct admin_field){.name = word + 1, .value = value + 1};
            } else {
                fields[all.row_count][count++] = (struct admin_field){.name = word, .value = value + 1};
            }
        }
        if (count > 0) {
            rows[all.row_count] = (struct admin_row){.fields = fields[all.row_count], .field_count = count};
            all.row_count++;
        }
    }
    if (admin_rows_encode(&all, out) != OIM_OK) {
        fprintf(stderr, "fake agent: rows do not pack\n");
    }
}

/* The fields of a script's line, from its rest on; they borrow the line, whose tabs and marks become ends. */
static struct local_fields fields_read(char *rest, struct local_builder *builder, struct oim_buf *packed)
{
    builder->count = 0;
    oim_buf_clear(packed);
    char *next = NULL;
    for (char *word = strtok_r(rest, "\t", &next); word != NULL; word = strtok_r(NULL, "\t", &next)) {
        char *mark = strpbrk(word, "=#?@");
        if (mark == NULL) {
            continue;
        }
        char type = *mark;
        *mark = '\0';
        if (type == '=') {
            for (char *c = mark + 1; *c != '\0'; c++) {
                *c = *c == '\x01' ? '\n' : *c; /* a line end inside a text is written as byte 1 */
            }
            local_add_text(builder, word, mark + 1);
        } else if (type == '#') {
            local_add_number(builder, word, atoll(mark + 1));
        } else if (type == '@') {
            rows_pack(mark + 1, packed);
            local_add_data(builder, word, oim_buf_slice(packed));
        } else {
            local_add_truth(builder, word, mark[1] == '1');
        }
    }
    return local_built(builder);
}

/* Send what stands under "whoami", or behind "on OP". */
static void script_play(const struct fake *fake, const char *op, uint32_t request)
{
    FILE *script = fopen(fake->script, "re");
    char line[LINE_SIZE_MAX];
    bool ours = false;
    struct oim_buf packed;
    oim_buf_init(&packed, 65536);
    while (script != NULL && fgets(line, sizeof(line), script) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *rest = NULL;
        char *verb = strtok_r(line, "\t", &rest);
        struct local_builder builder;
        if (verb == NULL) {
            continue;
        }
        if (strcmp(verb, "on") == 0) {
            const char *name = strtok_r(NULL, "\t", &rest);
            ours = strcmp(name, op) == 0 && (rest[0] == '\0' || atoi(rest) == fake->request_count);
        } else if (strcmp(verb, "whoami") == 0 && strcmp(op, "whoami attached") == 0) {
            struct local_frame attached = {.kind = LOCAL_ATTACHED, .version = LOCAL_VERSION};
            attached.fields = fields_read(rest, &builder, &packed);
            fake_send(fake, &attached);
        } else if (ours && strcmp(verb, "event") == 0) {
            struct local_frame event = {.kind = LOCAL_EVENT, .request = request};
            event.name = strtok_r(NULL, "\t", &rest);
            event.fields = fields_read(rest, &builder, &packed);
            fake_send(fake, &event);
        } else if (ours && strcmp(verb, "end") == 0) {
            struct local_frame end = {.kind = LOCAL_END, .request = request};
            end.exit = (uint32_t)atoi(strtok_r(NULL, "\t", &rest));
            end.fields = fields_read(rest, &builder, &packed);
            fake_send(fake, &end);
        }
    }
    if (script != NULL) {
        fclose(script);
    }
    oim_buf_finish(&packed);
}

/* An administrative request by its words: what tests ask about. */
static void asked_write_op(FILE *asked, struct oim_slice packed)
{
    static uint8_t memory[65536];
    struct oim_arena arena;
    struct admin_op op;
    oim_arena_init(&arena, memory, sizeof(memory));
    if (admin_op_decode(packed, &arena, &op, NULL) != OIM_OK) {
        fputs("\tdoes not decode", asked);
        return;
    }
    fprintf(asked, "\t%s", admin_op_name(&op));
    const char *texts[] = {op.who, op.login, op.display, op.team, op.identity, op.from, op.policy, op.say};
    for (size_t i = 0; i < OIM_COUNT(texts); i++) {
        if (texts[i][0] != '\0') {
            fprintf(asked, "\t%s", texts[i]);
        }
    }
    for (size_t i = 0; i < op.who_count; i++) {
        fprintf(asked, "\t%s", op.whos[i]);
    }
    for (size_t i = 0; i < op.setting_count; i++) {
        fprintf(asked, "\t%s=%d", op.settings[i].name, (int)op.settings[i].tri);
    }
    if (op.on != TRI_UNSET) {
        fprintf(asked, "\t%s", op.on == TRI_TRUE ? "on" : "off");
    }
    if (op.what_if) {
        fputs("\twhat if", asked);
    }
}

static void asked_write(const struct fake *fake, const struct local_frame *frame)
{
    FILE *asked = fopen(fake->asked, "ae");
    if (asked == NULL) {
        return;
    }
    for (size_t i = 0; i < frame->msg_id_count;
         i++) { /* one line each: how they are batched is the face's own */
        char id[OIM_ID_TEXT_SIZE];
        oim_id_to_text(&frame->msg_ids[i], id);
        fprintf(asked, "shown\t%.6s\t%s\n", id, frame->read ? "read" : "not read");
    }
    if (frame->kind == LOCAL_SHOWN) {
        fclose(asked);
        return;
    }
    fputs(frame->name, asked);
    for (size_t i = 0; i < frame->fields.count; i++) {
        const struct local_field *field = &frame->fields.items[i];
        if (field->type == LOCAL_TEXT) {
            fprintf(asked, "\t%s=%s", field->name, field->text);
        } else if (field->type == LOCAL_NUMBER) {
            fprintf(asked, "\t%s#%lld", field->name, (long long)field->number);
        } else if (field->type == LOCAL_TRUTH) {
            fprintf(asked, "\t%s?%d", field->name, field->truth);
        } else {
            asked_write_op(asked, field->data);
        }
    }
    fputs("\n", asked);
    fclose(asked);
}

static void fake_serve(struct fake *fake)
{
    size_t have = 0;
    ssize_t size = 0;
    while ((size = recv(fake->fd, fake->input + have, sizeof(fake->input) - have, 0)) > 0) {
        struct oim_slice rest = oim_slice(fake->input, have + (size_t)size);
        struct local_frame frame;
        oim_arena_reset(&fake->arena);
        while (local_decode(&rest, &fake->arena, &frame, NULL) == OIM_OK) {
            if (frame.kind == LOCAL_ATTACH) {
                fake->request_count = 0;
                script_play(fake, "whoami attached", 0);
            } else if (frame.kind == LOCAL_REQUEST) {
                asked_write(fake, &frame);
                fake->request_count++;
                script_play(fake, frame.name, frame.request);
            } else if (frame.kind == LOCAL_SHOWN) {
                asked_write(fake, &frame);
            }
        }
        memmove(fake->input, rest.data, rest.size);
        have = rest.size;
    }
    close(fake->fd);
}

int fake_agent_main(int argc, char **argv)
{
    if (argc != 4 || strcmp(argv[2], "--profile") != 0) {
        return 5;
    }
    struct fake *fake = calloc(1, sizeof(*fake));
    if (fake == NULL) {
        return 8;
    }
    oim_arena_init(&fake->arena, fake->memory, sizeof(fake->memory));
    struct profile_environment environment = profile_environment_read();
    snprintf(fake->script, sizeof(fake->script), "%s/script", environment.oim_home);
    snprintf(fake->asked, sizeof(fake->asked), "%s/asked", environment.oim_home);
    struct profile_path path;
    int folder_fd = -1;
    if (profile_path_resolve(&environment, argv[3], &path, NULL) != OIM_OK ||
        profile_folder_open(&path, false, &folder_fd, NULL) != OIM_OK) {
        return 6;
    }
    int lock_fd = openat(folder_fd, PROFILE_LOCK_FILE, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (flock(lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return 0;
    }
    struct sockaddr_un address = profile_socket_address(folder_fd);
    int listen_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    unlinkat(folder_fd, PROFILE_SOCKET_FILE, 0);
    if (bind(listen_fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(listen_fd, 64) != 0) {
        return 7;
    }
    struct pollfd incoming = {.fd = listen_fd, .events = POLLIN};
    while (poll(&incoming, 1, IDLE_MS) > 0) {
        fake->fd = accept(listen_fd, NULL, NULL);
        fake_serve(fake);
    }
    unlinkat(folder_fd, PROFILE_SOCKET_FILE, 0);
    free(fake);
    return 0;
}
