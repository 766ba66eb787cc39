/*
 * people_file.h - a file of people to invite: one a line, columns parted by commas (or semicolons, as
 * spreadsheets in some countries write them), quoted as RFC 4180 has it.
 *
 * The first line may name the columns (login, display, team, mail, role), in any order and not all of them;
 * without it they are taken in this order. Empty lines are skipped. Other encodings than UTF-8 are refused:
 * guessing them would damage names. Pure: text in, people out.
 */
#ifndef OIM_CLIENT_ADMIN_PEOPLE_FILE_H
#define OIM_CLIENT_ADMIN_PEOPLE_FILE_H

#include "common/arena.h"
#include "common/bytes.h"
#include "common/error.h"
#include "proto/enums.h"

struct people_line {
    size_t line;         /* counted from 1, for complaints */
    const char *login;   /* valid */
    const char *display; /* valid; the login where the file has none */
    const char *team;    /* "" none */
    const char *mail;    /* "" none */
    enum role role;
    bool renew; /* for whoever invites: they were invited before; false when read */
};

#define PEOPLE_FILE_LINES_MAX 10000u

/** What is wrong with a line: a code of words_admin.c and the text it is about. */
typedef void people_complain(void *context, size_t line, const char *code, const char *value);

/**
 * Read all of text, complaining about every line that cannot be used. In *out, in the arena; only when there
 * was nothing to complain about.
 * Errors: OIM_ERR_USAGE, complained about; OIM_ERR_LIMIT no memory, or more than PEOPLE_FILE_LINES_MAX.
 */
OIM_MUST_CHECK enum oim_status people_file_read(struct oim_slice text, struct oim_arena *arena,
                                                people_complain *complain, void *context,
                                                struct people_line **out, size_t *out_count);

#endif
