#include "policy/setting.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "policy/name.h"

#define N_(text) text /* marks a sentence for translation; looked up where it is shown */

#define BOOL_DEFAULT(value)             \
    {                                   \
        .set = true, .boolean = (value) \
    }
#define UINT_DEFAULT(value)          \
    {                                \
        .set = true, .uint = (value) \
    }
#define NO_DEFAULT   \
    {                \
        .set = false \
    }

#define MEBIBYTE (UINT64_C(1) << 20)
#define GIBIBYTE (UINT64_C(1) << 30)

static const char *const dnd_choices[] = {"Hold", "Refuse", NULL};
static const char *const start_choices[] = {"Everyone", "Team", "None", NULL};

static const struct setting_info settings[SETTING_COUNT] = {
    [SETTING_ENABLE_IM_AUTO_ARCHIVING] =
        {"EnableIMAutoArchiving", SETTING_BOOL, 0, 0, NULL, BOOL_DEFAULT(true), "",
         N_("False: may not leave messages for people who are signed out (EnableOfflineIm overrides this)"),
         "False: no puede dejar mensajes a quien no está conectado (EnableOfflineIm prevalece)"},
    [SETTING_ENABLE_OFFLINE_IM] =
        {"EnableOfflineIm", SETTING_BOOL, 0, 0, NULL, NO_DEFAULT, "",
         N_("may leave messages for people who are signed out; unset: as EnableIMAutoArchiving says"),
         "puede dejar mensajes a quien no está conectado; sin valor: lo que diga EnableIMAutoArchiving"},
    [SETTING_ACCEPT_OFFLINE_IM] =
        {"AcceptOfflineIm", SETTING_BOOL, 0, 0, NULL, BOOL_DEFAULT(true), "",
         N_("False: nothing may wait for this person on the server; senders are refused"),
         "False: nada puede esperar a esta persona en el servidor; se rechaza a los remitentes"},
    [SETTING_OFFLINE_RETENTION_DAYS] = {"OfflineRetentionDays", SETTING_UINT, 1, 365, NULL, UINT_DEFAULT(14),
                                        "days", N_("how long a message waits before it expires"),
                                        "cuánto espera un mensaje antes de caducar"},
    [SETTING_OFFLINE_QUOTA_MESSAGES] = {"OfflineQuotaMessages", SETTING_UINT, 1, 1000000, NULL,
                                        UINT_DEFAULT(10000), "",
                                        N_("how many messages may wait for this person"),
                                        "cuántos mensajes pueden esperar a esta persona"},
    [SETTING_OFFLINE_QUOTA_BYTES] = {"OfflineQuotaBytes", SETTING_UINT, 65536, 64 * GIBIBYTE, NULL,
                                     UINT_DEFAULT(64 * MEBIBYTE), "bytes",
                                     N_("how many bytes may wait for this person"),
                                     "cuántos bytes pueden esperar a esta persona"},
    [SETTING_OFFLINE_SENDER_SHARE] = {"OfflineSenderShare", SETTING_UINT, 1, 100, NULL, UINT_DEFAULT(25), "%",
                                      N_("how much of the mailbox one sender may fill"),
                                      "qué parte del buzón puede llenar un solo remitente"},
    [SETTING_DND_ACTION] = {"DndAction", SETTING_CHOICE, 0, 0, dnd_choices, UINT_DEFAULT(0), "",
                            N_("Hold: deliver without alert during Do Not Disturb; Refuse: do not deliver"),
                            "Hold: entregar sin aviso durante No molestar; Refuse: no entregar"},
    [SETTING_TELL_SENDER_DND] = {"TellSenderDnd", SETTING_BOOL, 0, 0, NULL, BOOL_DEFAULT(true), "",
                                 N_("tell the sender that a message was delivered without alert"),
                                 "decir al remitente que el mensaje se entregó sin aviso"},
    [SETTING_MINIMUM_CLIENT_VERSION] = {"MinimumClientVersion", SETTING_VERSION, 0, 31, NULL, NO_DEFAULT, "",
                                        N_("older clients may not leave messages"),
                                        "los clientes anteriores no pueden dejar mensajes"},
    [SETTING_IM_WARNING] = {"IMWarning", SETTING_TEXT, 0, 256, NULL, NO_DEFAULT, "",
                            N_("a line shown before messages are read or written"),
                            "una línea que se muestra antes de leer o escribir mensajes"},
    [SETTING_DISABLE_SAVING_IM] = {"DisableSavingIM", SETTING_BOOL, 0, 0, NULL, BOOL_DEFAULT(false), "",
                                   N_("no effect yet: this oim has no command that saves conversations"),
                                   "aún sin efecto: este oim no tiene una orden que guarde conversaciones"},
    [SETTING_ENABLE_APPEAR_OFFLINE] = {"EnableAppearOffline", SETTING_BOOL, 0, 0, NULL, BOOL_DEFAULT(true),
                                       "", N_("may be signed in without being seen; False also ends it"),
                                       "puede estar conectado sin que se le vea; False también lo termina"},
    [SETTING_MAXIMUM_NUMBER_OF_CONTACTS] =
        {"MaximumNumberOfContacts", SETTING_UINT, 0, 1000, NULL, NO_DEFAULT, "",
         N_("how many contacts this person may have; 0: none; unset: no limit"),
         "cuántos contactos puede tener esta persona; 0: ninguno; sin valor: sin límite"},
    [SETTING_ENABLE_PRIVACY_MODE] = {"EnablePrivacyMode", SETTING_BOOL, 0, 0, NULL, BOOL_DEFAULT(false), "",
                                     N_("True: only this person's own contacts see the presence"),
                                     "True: solo sus propios contactos ven su presencia"},
    [SETTING_ENABLE_NOTIFICATION_FOR_NEW_SUBSCRIBERS] = {"EnableNotificationForNewSubscribers", SETTING_BOOL,
                                                         0, 0, NULL, BOOL_DEFAULT(true), "",
                                                         N_("tell this person who added them as a contact"),
                                                         "avisar a esta persona de quién la agrega"},
    [SETTING_ENABLE_READ_RECEIPTS] = {"EnableReadReceipts", SETTING_BOOL, 0, 0, NULL, BOOL_DEFAULT(true), "",
                                      N_("tell senders when this person has read their message"),
                                      "decir a los remitentes cuándo leyó su mensaje esta persona"},
    [SETTING_ENABLE_URL] = {"EnableURL", SETTING_BOOL, 0, 0, NULL, BOOL_DEFAULT(true), "",
                            N_("no effect in oim: links are always plain text, as typed"),
                            "sin efecto en oim: los enlaces son siempre texto, como se escribieron"},
    [SETTING_DISABLE_EMOTICONS] = {"DisableEmoticons", SETTING_BOOL, 0, 0, NULL, BOOL_DEFAULT(false), "",
                                   N_("no effect in oim: emoticons always stay as typed"),
                                   "sin efecto en oim: los emoticonos quedan siempre como se escribieron"},
    [SETTING_AUTO_DISCOVERY_RETRY_INTERVAL] =
        {"AutoDiscoveryRetryInterval", SETTING_UINT, 1, 3600, NULL, NO_DEFAULT, "seconds",
         N_("how long a client waits after a failed connection; unset: its own back-off"),
         "cuánto espera un cliente tras una conexión fallida; sin valor: su propia pauta"},
    [SETTING_DESCRIPTION] = {"Description", SETTING_TEXT, 0, 256, NULL, NO_DEFAULT, "",
                             N_("a remark for administrators"), "una nota para los administradores"},
};

static const struct setting_info org_settings[ORG_SETTING_COUNT] = {
    [ORG_ENABLE_OFFLINE_IM] = {"EnableOfflineIm", SETTING_BOOL, 0, 0, NULL, BOOL_DEFAULT(true), "",
                               N_("False: nobody may leave messages, whatever the policies say"),
                               "False: nadie puede dejar mensajes, digan lo que digan las directivas"},
    [ORG_HISTORY_FOLLOWS_ARCHIVING] =
        {"HistoryFollowsArchiving", SETTING_BOOL, 0, 0, NULL, BOOL_DEFAULT(false), "",
         N_("True: where EnableIMAutoArchiving is False, people's computers keep no history either"),
         "True: donde EnableIMAutoArchiving sea False, los equipos tampoco conservan historial"},
    [ORG_START_CONTACTS] = {"StartContacts", SETTING_CHOICE, 0, 0, start_choices, UINT_DEFAULT(0), "",
                            N_("who is a contact from the start, up to 100 people"),
                            "quién es contacto desde el principio, hasta 100 personas"},
};

const struct setting_info *setting_info(enum setting_id id)
{
    assert((unsigned)id < SETTING_COUNT);
    return &settings[id];
}

const struct setting_info *org_setting_info(enum org_setting_id id)
{
    assert((unsigned)id < ORG_SETTING_COUNT);
    return &org_settings[id];
}

/* ---- names
 * --------------------------------------------------------------------------------------------------- */

struct table {
    const struct setting_info *infos;
    size_t count;
    const char *of; /* what they are settings of */
};

static const char *table_name(const void *context, size_t index)
{
    const struct table *table = context;
    return index < table->count ? table->infos[index].name : NULL;
}

static enum oim_status table_find(const struct table *table, const char *name, size_t *out,
                                  struct oim_error *err)
{
    struct name_search search = name_search(name, table_name, table);
    char names[400];
    if (search.found) {
        *out = search.index;
        return OIM_OK;
    }
    if (search.prefix_count > 1) {
        name_list(name, table_name, table, names, sizeof(names));
        return oim_fail(err, OIM_ERR_NOT_FOUND, "'%.64s' is the beginning of several settings: %s", name,
                        names);
    }
    if (search.suggestion != NULL) {
        return oim_fail(err, OIM_ERR_NOT_FOUND, "there is no setting '%.64s' in %s; did you mean %s?", name,
                        table->of, search.suggestion);
    }
    name_list("", table_name, table, names, sizeof(names));
    return oim_fail(err, OIM_ERR_NOT_FOUND, "there is no setting '%.64s' in %s; there are: %s", name,
                    table->of, names);
}

enum oim_status setting_find(const char *name, enum setting_id *out, struct oim_error *err)
{
    static const struct table table = {settings, SETTING_COUNT, "a policy"};
    size_t index = 0;
    enum oim_status status = table_find(&table, name, &index, err);
    if (status == OIM_OK) {
        *out = (enum setting_id)index;
    }
    return status;
}

enum oim_status org_setting_find(const char *name, enum org_setting_id *out, struct oim_error *err)
{
    static const struct table table = {org_settings, ORG_SETTING_COUNT, "the organisation's configuration"};
    size_t index = 0;
    enum oim_status status = table_find(&table, name, &index, err);
    if (status == OIM_OK) {
        *out = (enum org_setting_id)index;
    }
    return status;
}

/* ---- values as people write them
 * ------------------------------------------------------------------------------- */

struct word {
    const char *text;
    uint64_t value;
};

static const struct word bool_words[] = {{"True", 1}, {"False", 0}, {"$True", 1}, {"$False", 0}, {"yes", 1},
                                         {"no", 0},   {"on", 1},    {"off", 0},   {"1", 1},      {"0", 0}};

static const struct word day_units[] = {{"d", 1}, {"day", 1},  {"days", 1},
                                        {"w", 7}, {"week", 7}, {"weeks", 7}};
static const struct word second_units[] = {{"s", 1},  {"second", 1}, {"seconds", 1},
                                           {"m", 60}, {"min", 60},   {"h", 3600}};
static const struct word percent_units[] = {{"%", 1}};
static const struct word byte_units[] = {
    {"b", 1},        {"bytes", 1},      {"k", 1024},  {"kib", 1024},   {"m", MEBIBYTE},   {"mib", MEBIBYTE},
    {"g", GIBIBYTE}, {"gib", GIBIBYTE}, {"kb", 1000}, {"mb", 1000000}, {"gb", 1000000000}};

static const struct word *word_find(const struct word *words, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (name_equal(words[i].text, text)) {
            return &words[i];
        }
    }
    return NULL;
}

static const struct word *unit_find(const char *unit, const char *text)
{
    if (strcmp(unit, "days") == 0) {
        return word_find(day_units, OIM_COUNT(day_units), text);
    }
    if (strcmp(unit, "seconds") == 0) {
        return word_find(second_units, OIM_COUNT(second_units), text);
    }
    if (strcmp(unit, "bytes") == 0) {
        return word_find(byte_units, OIM_COUNT(byte_units), text);
    }
    if (strcmp(unit, "%") == 0) {
        return word_find(percent_units, OIM_COUNT(percent_units), text);
    }
    return NULL;
}

/* "00:00:30", as the original writes a span of time: hours, minutes, seconds. */
static bool span_parse(const char *text, uint64_t *out_s)
{
    unsigned parts[3];
    char rest;
    if (strspn(text, "0123456789:") != strlen(text) ||
        sscanf(text, "%2u:%2u:%2u%c", &parts[0], &parts[1], &parts[2], &rest) != 3 || parts[1] > 59 ||
        parts[2] > 59) {
        return false;
    }
    *out_s = 3600u * parts[0] + 60u * parts[1] + parts[2];
    return true;
}

/* "64MiB" and "14 days": digits, then one of the unit's words. False when it is not a number or overflows. */
static bool uint_parse(const char *unit, const char *text, uint64_t *out)
{
    uint64_t number = 0;
    const char *cursor = text;
    if (strcmp(unit, "seconds") == 0 && span_parse(text, out)) {
        return true;
    }
    for (; *cursor >= '0' && *cursor <= '9'; cursor++) {
        uint64_t digit = (uint64_t)(*cursor - '0');
        if (number > (UINT64_MAX - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    if (cursor == text) {
        return false;
    }
    while (*cursor == ' ') {
        cursor++;
    }
    if (*cursor != '\0') {
        const struct word *word = unit_find(unit, cursor);
        if (word == NULL || number > UINT64_MAX / word->value) {
            return false;
        }
        number *= word->value;
    }
    *out = number;
    return true;
}

static bool text_has_control(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            return true;
        }
    }
    return false;
}

bool version_valid(const char *text)
{
    bool digit_before = false;
    for (; *text != '\0'; text++) {
        bool digit = *text >= '0' && *text <= '9';
        if (!digit && !(*text == '.' && digit_before)) {
            return false;
        }
        digit_before = digit;
    }
    return digit_before;
}

static enum oim_status fail_range(const struct setting_info *info, const char *text, struct oim_error *err)
{
    const char *blank = info->unit[0] != '\0' ? " " : "";
    return oim_fail(err, OIM_ERR_USAGE, "%s is a number from %" PRIu64 " to %" PRIu64 "%s%s, not '%.64s'",
                    info->name, info->min, info->max, blank, info->unit, text);
}

static enum oim_status fail_choice(const struct setting_info *info, const char *text, struct oim_error *err)
{
    char allowed[128];
    size_t used = 0;
    for (size_t i = 0; info->choices[i] != NULL; i++) {
        const char *joint = i == 0 ? "" : info->choices[i + 1] == NULL ? " or " : ", ";
        int written = snprintf(allowed + used, sizeof(allowed) - used, "%s%s", joint, info->choices[i]);
        assert(written > 0 && (size_t)written < sizeof(allowed) - used);
        used += (size_t)written;
    }
    return oim_fail(err, OIM_ERR_USAGE, "%s is %s, not '%.64s'", info->name, allowed, text);
}

static enum oim_status text_check(const struct setting_info *info, const char *text, struct oim_error *err)
{
    size_t size = strlen(text);
    if (size > info->max) {
        return oim_fail(err, OIM_ERR_USAGE, "%s holds at most %" PRIu64 " bytes; this text has %zu",
                        info->name, info->max, size);
    }
    if (text_has_control(text) || !oim_utf8_valid((const uint8_t *)text, size)) {
        return oim_fail(err, OIM_ERR_USAGE, "%s is one line of text without control characters", info->name);
    }
    if (info->kind == SETTING_VERSION && !version_valid(text)) {
        return oim_fail(err, OIM_ERR_USAGE, "%s is a version such as 1.2, not '%.64s'", info->name, text);
    }
    return OIM_OK;
}

enum oim_status setting_value_check(const struct setting_info *info, const struct setting_value_s *value,
                                    struct oim_error *err)
{
    char number[24];
    if (!value->set) {
        return OIM_OK;
    }
    snprintf(number, sizeof(number), "%" PRIu64, value->uint);
    switch (info->kind) {
    case SETTING_BOOL:
        return OIM_OK;
    case SETTING_UINT:
        return value->uint >= info->min && value->uint <= info->max ? OIM_OK : fail_range(info, number, err);
    case SETTING_CHOICE:
        for (size_t i = 0; info->choices[i] != NULL; i++) {
            if (i == value->uint) {
                return OIM_OK;
            }
        }
        return fail_choice(info, number, err);
    case SETTING_TEXT:
    case SETTING_VERSION:
        return text_check(info, value->text, err);
    }
    return OIM_ERR_USAGE;
}

enum oim_status setting_parse(const struct setting_info *info, const char *text, struct setting_value_s *out,
                              struct oim_error *err)
{
    struct setting_value_s value = {.set = true};
    if (text[0] == '\0' || name_equal(text, "$Null")) {
        *out = (struct setting_value_s){.set = false};
        return OIM_OK;
    }
    switch (info->kind) {
    case SETTING_BOOL: {
        const struct word *word = word_find(bool_words, OIM_COUNT(bool_words), text);
        if (word == NULL) {
            return oim_fail(err, OIM_ERR_USAGE, "%s is True or False ($Null: unset), not '%.64s'", info->name,
                            text);
        }
        value.boolean = word->value != 0;
        break;
    }
    case SETTING_UINT:
        if (!uint_parse(info->unit, text, &value.uint)) {
            return fail_range(info, text, err);
        }
        break;
    case SETTING_CHOICE:
        while (info->choices[value.uint] != NULL && !name_equal(info->choices[value.uint], text)) {
            value.uint++;
        }
        if (info->choices[value.uint] == NULL) {
            return fail_choice(info, text, err);
        }
        break;
    case SETTING_TEXT:
    case SETTING_VERSION: {
        enum oim_status status = text_check(info, text, err);
        if (status != OIM_OK) {
            return status;
        }
        assert(strlen(text) < sizeof(value.text));
        memcpy(value.text, text, strlen(text) + 1);
        break;
    }
    }
    enum oim_status status = setting_value_check(info, &value, err);
    if (status == OIM_OK) {
        *out = value;
    }
    return status;
}

void setting_format(const struct setting_info *info, const struct setting_value_s *value, char *out,
                    size_t out_size)
{
    assert(out_size >= SETTING_TEXT_SIZE_MAX);
    out[0] = '\0';
    if (!value->set) {
        return;
    }
    switch (info->kind) {
    case SETTING_BOOL:
        snprintf(out, out_size, "%s", value->boolean ? "True" : "False");
        return;
    case SETTING_UINT:
        snprintf(out, out_size, "%" PRIu64, value->uint);
        return;
    case SETTING_CHOICE:
        snprintf(out, out_size, "%s", info->choices[value->uint]);
        return;
    case SETTING_TEXT:
    case SETTING_VERSION:
        snprintf(out, out_size, "%s", value->text);
        return;
    }
}

/* ---- values on the wire
 * ---------------------------------------------------------------------------------------- */

void setting_to_wire(const struct setting_info *info, const struct setting_value_s *value,
                     struct wire_setting *out)
{
    *out = (struct wire_setting){.name = info->name, .value = SETTING_VALUE_UNSET, .text = "", .origin = ""};
    if (!value->set) {
        return;
    }
    switch (info->kind) {
    case SETTING_BOOL:
        out->value = SETTING_VALUE_TRI;
        out->tri = value->boolean ? TRI_TRUE : TRI_FALSE;
        return;
    case SETTING_UINT:
        out->value = SETTING_VALUE_UINT;
        out->uint = value->uint;
        return;
    case SETTING_CHOICE: /* by its word: a client of another version may number them differently */
        out->value = SETTING_VALUE_TEXT;
        out->text = info->choices[value->uint];
        return;
    case SETTING_TEXT:
    case SETTING_VERSION:
        out->value = SETTING_VALUE_TEXT;
        out->text = value->text;
        return;
    }
}

enum oim_status setting_from_wire(const struct setting_info *info, const struct wire_setting *wire,
                                  struct setting_value_s *out, struct oim_error *err)
{
    static const enum setting_value carried_as[] = {
        [SETTING_BOOL] = SETTING_VALUE_TRI,     [SETTING_UINT] = SETTING_VALUE_UINT,
        [SETTING_TEXT] = SETTING_VALUE_TEXT,    [SETTING_CHOICE] = SETTING_VALUE_TEXT,
        [SETTING_VERSION] = SETTING_VALUE_TEXT,
    };
    struct setting_value_s value = {.set = false};
    if (wire->value == SETTING_VALUE_UNSET || (wire->value == SETTING_VALUE_TRI && wire->tri == TRI_UNSET)) {
        *out = value;
        return OIM_OK;
    }
    if (wire->value != carried_as[info->kind]) {
        return oim_fail(err, OIM_ERR_USAGE, "%s came with a value of another kind", info->name);
    }
    if (wire->value == SETTING_VALUE_TEXT && info->kind == SETTING_CHOICE) {
        return setting_parse(info, wire->text, out, err);
    }
    value.set = true;
    value.boolean = wire->value == SETTING_VALUE_TRI && wire->tri == TRI_TRUE;
    value.uint = wire->value == SETTING_VALUE_UINT ? wire->uint : 0;
    if (wire->value == SETTING_VALUE_TEXT) {
        enum oim_status status = text_check(info, wire->text, err);
        if (status != OIM_OK) {
            return status;
        }
        memcpy(value.text, wire->text, strlen(wire->text) + 1);
        value.set = wire->text[0] != '\0';
    }
    enum oim_status status = setting_value_check(info, &value, err);
    if (status == OIM_OK) {
        *out = value;
    }
    return status;
}
