/*
 * invite.c - invite and link lines, what is derived from their secret, and which names are allowed.
 *
 * A line travels by mail and chat, so reading forgives what those do to it: blanks, line breaks, a lost
 * slash.
 */
#include "proto/handshake.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/bytes.h"

#define SCHEME "oim://"

enum { LINE_VERSION = 1, SPKI_SIZE = 32 };
/* version, kind, mode, org_id, server_key_id, secret, spki_size */
enum { PAYLOAD_SIZE_MIN = 3 + OIM_ID_SIZE + OIM_ID_SIZE + INVITE_SECRET_SIZE + 1 };
enum { PAYLOAD_SIZE_MAX = PAYLOAD_SIZE_MIN + SPKI_SIZE + LOGIN_SIZE_MAX };
enum { PORT_DIGITS_MAX = 5 };

_Static_assert(sizeof(SCHEME) + HOST_PORT_SIZE_MAX + 2 + 4 * ((PAYLOAD_SIZE_MAX + 2) / 3) <=
                   INVITE_LINE_SIZE_MAX,
               "the longest line fits");

/* The line without what mail programs put into it; holds a secret. */
struct squeezed {
    char text[INVITE_LINE_SIZE_MAX];
};
struct line_payload {
    uint8_t bytes[PAYLOAD_SIZE_MAX];
};

static void squeezed_finish(struct squeezed *squeezed)
{
    crypto_wipe(squeezed, sizeof(*squeezed));
}

static void line_payload_finish(struct line_payload *payload)
{
    crypto_wipe(payload, sizeof(*payload));
}

void invite_line_finish(struct invite_line *line)
{
    if (line != NULL) {
        crypto_wipe(line, sizeof(*line));
    }
}

void invite_line_format(const struct invite_line *line, char out[INVITE_LINE_SIZE_MAX])
{
    OIM_CLEANUP(line_payload_finish) struct line_payload payload = {0};
    uint8_t *to = payload.bytes;
    size_t login_size = strlen(line->login);

    assert(login_size <= LOGIN_SIZE_MAX);
    assert(strlen(line->host_port) < HOST_PORT_SIZE_MAX);
    *to++ = LINE_VERSION;
    *to++ = (uint8_t)line->kind;
    *to++ = (uint8_t)line->mode;
    to = (uint8_t *)mempcpy(to, line->org_id.bytes, OIM_ID_SIZE);
    to = (uint8_t *)mempcpy(to, line->server_key_id.bytes, OIM_ID_SIZE);
    to = (uint8_t *)mempcpy(to, line->secret, INVITE_SECRET_SIZE);
    *to++ = line->has_spki ? SPKI_SIZE : 0;
    if (line->has_spki) {
        to = (uint8_t *)mempcpy(to, line->spki, SPKI_SIZE);
    }
    to = (uint8_t *)mempcpy(to, line->login, login_size);

    int start = snprintf(out, INVITE_LINE_SIZE_MAX, SCHEME "%s/#", line->host_port);
    oim_base64url_encode(payload.bytes, (size_t)(to - payload.bytes), out + start);
}

static enum oim_status squeeze(const char *text, struct squeezed *out, struct oim_error *err)
{
    size_t size = 0;

    for (; *text != '\0'; text++) {
        if (strchr(" \t\r\n", *text) != NULL) {
            continue;
        }
        if (size == sizeof(out->text) - 1) {
            return oim_fail(err, OIM_ERR_USAGE, "it is too long");
        }
        out->text[size++] = *text;
    }
    out->text[size] = '\0';
    return OIM_OK;
}

static bool port_valid(const char *port)
{
    size_t digits = strspn(port, "0123456789");
    unsigned number = 0;

    if (digits == 0 || digits > PORT_DIGITS_MAX || port[digits] != '\0') {
        return false;
    }
    for (; *port != '\0'; port++) {
        number = number * 10 + (unsigned)(*port - '0');
    }
    return number > 0 && number <= UINT16_MAX;
}

/* text is a name, an IPv4 or an [IPv6] address, with or without a port. */
static enum oim_status parse_host(const char *text, size_t size, char out[HOST_PORT_SIZE_MAX],
                                  struct oim_error *err)
{
    static const char name_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    static const char v6_letters[] = "0123456789abcdefABCDEF:.";
    bool is_v6 = size > 0 && text[0] == '[';
    size_t name_size = is_v6 ? 1 + strspn(text + 1, v6_letters) : strspn(text, name_letters);

    if (is_v6) {
        if (name_size < 3 || text[name_size] != ']') {
            return oim_fail(err, OIM_ERR_USAGE, "the address is no IPv6 address in brackets");
        }
        name_size++;
    }
    if (name_size == 0) {
        return oim_fail(err, OIM_ERR_USAGE, "the address names no server");
    }
    if (size + 1 + PORT_DIGITS_MAX >= HOST_PORT_SIZE_MAX) {
        return oim_fail(err, OIM_ERR_USAGE, "the address is too long");
    }
    memcpy(out, text, size);
    out[size] = '\0';
    if (name_size == size) {
        (void)snprintf(out + size, HOST_PORT_SIZE_MAX - size, ":%d", OIM_PORT_DEFAULT);
        return OIM_OK;
    }
    if (out[name_size] != ':' || !port_valid(out + name_size + 1)) {
        return oim_fail(err, OIM_ERR_USAGE, "'%s' is not HOST or HOST:PORT", out);
    }
    return OIM_OK;
}

enum oim_status host_port_parse(const char *text, char out[HOST_PORT_SIZE_MAX], struct oim_error *err)
{
    return parse_host(text, strlen(text), out, err);
}

static enum oim_status parse_payload(const uint8_t *bytes, size_t size, struct invite_line *out,
                                     struct oim_error *err)
{
    const uint8_t *at = bytes;
    const uint8_t *end = bytes + size;

    if (size > 0 && bytes[0] != LINE_VERSION) {
        return oim_fail(err, OIM_ERR_USAGE, "the line was made by a newer oim (version %u): update this one",
                        bytes[0]);
    }
    if (size < PAYLOAD_SIZE_MIN) {
        return oim_fail(err, OIM_ERR_USAGE, "the line is cut short: copy it whole, to its last letter");
    }
    at++;
    uint8_t kind = *at++, mode = *at++;
    if (kind < LINE_INVITE || kind > LINE_LINK || mode < WAY_DIRECT || mode > WAY_PROXY) {
        return oim_fail(err, OIM_ERR_USAGE, "the line is damaged: ask for it again, or copy it again");
    }
    out->kind = (enum line_kind)kind;
    out->mode = (enum way_mode)mode;
    memcpy(out->org_id.bytes, at, OIM_ID_SIZE);
    at += OIM_ID_SIZE;
    memcpy(out->server_key_id.bytes, at, OIM_ID_SIZE);
    at += OIM_ID_SIZE;
    memcpy(out->secret, at, INVITE_SECRET_SIZE);
    at += INVITE_SECRET_SIZE;
    uint8_t spki_size = *at++;
    if ((spki_size != 0 && spki_size != SPKI_SIZE) || spki_size > end - at) {
        return oim_fail(err, OIM_ERR_USAGE, "the line is cut short: copy it whole, to its last letter");
    }
    out->has_spki = spki_size != 0;
    memcpy(out->spki, at, spki_size);
    at += spki_size;
    size_t login_size = (size_t)(end - at);
    if (login_size > LOGIN_SIZE_MAX || memchr(at, '\0', login_size) != NULL) {
        return oim_fail(err, OIM_ERR_USAGE, "the line is damaged: ask for it again, or copy it again");
    }
    memcpy(out->login, at, login_size);
    if (login_size > 0 && !login_valid(out->login)) {
        return oim_fail(err, OIM_ERR_USAGE, "the line is damaged: ask for it again, or copy it again");
    }
    return OIM_OK;
}

enum oim_status invite_line_parse(const char *text, struct invite_line *out, struct oim_error *err)
{
    OIM_CLEANUP(squeezed_finish) struct squeezed line = {0};
    OIM_CLEANUP(line_payload_finish) struct line_payload payload = {0};
    OIM_CLEANUP(invite_line_finish) struct invite_line parsed = {0};
    size_t payload_size = 0;

    enum oim_status status = squeeze(text, &line, err);
    if (status != OIM_OK) {
        return status;
    }
    if (strncasecmp(line.text, SCHEME, strlen(SCHEME)) != 0) {
        return oim_fail(err, OIM_ERR_USAGE, "one begins with %s", SCHEME);
    }
    const char *host = line.text + strlen(SCHEME);
    const char *hash = strchr(host, '#');
    if (hash == NULL) {
        return oim_fail(err, OIM_ERR_USAGE,
                        "the line is cut short: the part from # on is missing "
                        "(in a shell, put the line in quotes)");
    }
    status = parse_host(host, strcspn(host, "/#"), parsed.host_port, err);
    if (status != OIM_OK) {
        return status;
    }
    status =
        oim_base64url_decode(hash + 1, strlen(hash + 1), payload.bytes, sizeof(payload.bytes), &payload_size);
    if (status != OIM_OK) {
        return oim_fail(err, OIM_ERR_USAGE,
                        "the line is damaged behind its #: copy it whole, and nothing more");
    }
    status = parse_payload(payload.bytes, payload_size, &parsed, err);
    if (status == OIM_OK) {
        *out = parsed;
    }
    return status;
}

struct oim_id server_key_id(const struct sign_public *server_key)
{
    const struct oim_slice part = oim_slice(server_key->bytes, sizeof(server_key->bytes));
    struct oim_id id;

    crypto_hash128("OIM-server-key-id-v1", &part, 1, &id);
    return id;
}

void invite_key(const struct oim_id *org_id, const uint8_t secret[INVITE_SECRET_SIZE],
                struct sign_secret *out)
{
    uint8_t seed[32];

    crypto_hkdf(oim_slice(org_id->bytes, OIM_ID_SIZE), oim_slice(secret, INVITE_SECRET_SIZE), "OIM-Invite-v1",
                seed, sizeof(seed));
    sign_secret_from_seed(out, seed);
    crypto_wipe(seed, sizeof(seed));
}

struct oim_id invite_id(const struct sign_public *invite_pub)
{
    const struct oim_slice part = oim_slice(invite_pub->bytes, sizeof(invite_pub->bytes));
    struct oim_id id;

    crypto_hash128("OIM-invite-id-v1", &part, 1, &id);
    return id;
}

struct oim_id link_id(const uint8_t secret[INVITE_SECRET_SIZE])
{
    const struct oim_slice part = oim_slice(secret, INVITE_SECRET_SIZE);
    struct oim_id id;

    crypto_hash128("OIM-link-id-v1", &part, 1, &id);
    return id;
}

void link_mac(const uint8_t secret[INVITE_SECRET_SIZE], const struct sign_public *ik, const char *label,
              struct oim_hash *out)
{
    const struct oim_slice parts[] = {oim_slice(ik->bytes, sizeof(ik->bytes)), oim_slice_text(label)};

    crypto_mac(oim_slice(secret, INVITE_SECRET_SIZE), "OIM-link-v1", parts, OIM_COUNT(parts), out);
}

bool login_valid(const char *login)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const char others[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t size = strlen(login);

    return size >= 1 && size <= LOGIN_SIZE_MAX && strspn(login, first) >= 1 && strspn(login, others) == size;
}

struct oim_id login_key(const char *login)
{
    struct oim_slice part = oim_slice_text(login);
    struct oim_id key;

    crypto_hash128("OIM-login-key-v1", &part, 1, &key);
    return key;
}

/* Code points that change how a line is read or laid out: UAX #9 (bidi), line and paragraph separators. */
static bool is_disguise(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x061c || point == 0x200e ||
           point == 0x200f || (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) ||
           point == 0xfeff;
}

/* Of valid UTF-8. */
static uint32_t take_point(const uint8_t **at)
{
    const uint8_t *bytes = *at;
    unsigned more = bytes[0] < 0x80 ? 0 : bytes[0] < 0xe0 ? 1 : bytes[0] < 0xf0 ? 2 : 3;
    uint32_t point = more == 0 ? bytes[0] : bytes[0] & (0x3fu >> more);

    for (unsigned i = 1; i <= more; i++) {
        point = point << 6 | (bytes[i] & 0x3fu);
    }
    *at += 1 + more;
    return point;
}

bool name_valid(const char *name)
{
    const uint8_t *at = (const uint8_t *)name;
    size_t size = strlen(name);

    if (size == 0 || size > NAME_SIZE_MAX || !oim_utf8_valid(at, size)) {
        return false;
    }
    while (*at != '\0') {
        if (is_disguise(take_point(&at))) {
            return false;
        }
    }
    return true;
}
