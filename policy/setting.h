/*
 * setting.h - the settings in one table: name, kind, range, built-in default, a line of help.
 *
 * Every consumer (server, clients, oimctl, man pages) reads this table; nothing else lists settings.
 */
#ifndef OIM_POLICY_SETTING_H
#define OIM_POLICY_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "proto/frame.h"

enum setting_id {
    SETTING_ENABLE_IM_AUTO_ARCHIVING,
    SETTING_ENABLE_OFFLINE_IM,
    SETTING_ACCEPT_OFFLINE_IM,
    SETTING_OFFLINE_RETENTION_DAYS,
    SETTING_OFFLINE_QUOTA_MESSAGES,
    SETTING_OFFLINE_QUOTA_BYTES,
    SETTING_OFFLINE_SENDER_SHARE, /* percent */
    SETTING_DND_ACTION,           /* choice: Hold, Refuse */
    SETTING_TELL_SENDER_DND,
    SETTING_MINIMUM_CLIENT_VERSION,
    SETTING_IM_WARNING,
    SETTING_DISABLE_SAVING_IM,
    SETTING_ENABLE_APPEAR_OFFLINE,
    SETTING_MAXIMUM_NUMBER_OF_CONTACTS,
    SETTING_ENABLE_PRIVACY_MODE,
    SETTING_ENABLE_NOTIFICATION_FOR_NEW_SUBSCRIBERS,
    SETTING_ENABLE_READ_RECEIPTS,
    SETTING_ENABLE_URL,
    SETTING_DISABLE_EMOTICONS,
    SETTING_AUTO_DISCOVERY_RETRY_INTERVAL, /* seconds */
    SETTING_DESCRIPTION,
    SETTING_COUNT
};

/* Organisation-wide: CsImConfiguration. */
enum org_setting_id {
    ORG_ENABLE_OFFLINE_IM,
    ORG_HISTORY_FOLLOWS_ARCHIVING,
    ORG_START_CONTACTS, /* choice: Everyone, Team, None */
    ORG_SETTING_COUNT
};

enum setting_kind { SETTING_BOOL, SETTING_UINT, SETTING_TEXT, SETTING_CHOICE, SETTING_VERSION };

#define SETTING_TEXT_SIZE_MAX 257 /* with the terminator */

struct setting_value_s {
    bool set;
    bool boolean;
    uint64_t uint; /* UINT; CHOICE: index */
    char text[SETTING_TEXT_SIZE_MAX];
};

struct setting_info {
    const char *name; /* as administrators of the original know it; matched without case */
    enum setting_kind kind;
    uint64_t min, max;           /* UINT; TEXT: most bytes */
    const char *const *choices;  /* CHOICE: NULL-terminated */
    struct setting_value_s built_in; /* what counts when nothing is set; set = false: none (texts) */
    const char *unit;            /* "days", "bytes", "%", "" */
    const char *help;            /* one line, English, gettext-marked */
    const char *help_es;
};

const struct setting_info *setting_info(enum setting_id id);
const struct setting_info *org_setting_info(enum org_setting_id id);
/** Without case; unambiguous beginnings are accepted. Errors: OIM_ERR_NOT_FOUND, naming the nearest. */
OIM_MUST_CHECK enum oim_status setting_find(const char *name, enum setting_id *out, struct oim_error *err);
OIM_MUST_CHECK enum oim_status org_setting_find(const char *name, enum org_setting_id *out, struct oim_error *err);

/**
 * Read a value as people write it ("True", "$false", "14", "14d" for days, "64MiB", "Hold", "" or "$Null": unset).
 * Errors: OIM_ERR_USAGE, saying what is allowed.
 */
OIM_MUST_CHECK enum oim_status setting_parse(const struct setting_info *info, const char *text,
                                             struct setting_value_s *out, struct oim_error *err);
/** As Get prints it: "True", "14", "Hold"; "" when unset. out_size >= SETTING_TEXT_SIZE_MAX. */
void setting_format(const struct setting_info *info, const struct setting_value_s *value, char *out,
                    size_t out_size);

/** In range, well formed? Unset always is. Errors: OIM_ERR_USAGE, saying what is allowed. */
OIM_MUST_CHECK enum oim_status setting_value_check(const struct setting_info *info,
                                                   const struct setting_value_s *value, struct oim_error *err);

bool version_valid(const char *text); /* "1", "1.10.2" */

/** Wire form; borrows the text of *value. */
void setting_to_wire(const struct setting_info *info, const struct setting_value_s *value,
                     struct wire_setting *out);
OIM_MUST_CHECK enum oim_status setting_from_wire(const struct setting_info *info, const struct wire_setting *wire,
                                                 struct setting_value_s *out, struct oim_error *err);

#endif
