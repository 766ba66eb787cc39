/*
 * test_certificate.c - which certificate the client takes in which mode, and what it says of those it does
 * not.
 *
 * "0.0.0.0" is this computer and yet not a name that proxy mode takes for loopback, where it would speak
 * plain. The authorities that this computer trusts are those of the file SSL_CERT_FILE.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/server/net/certificate.h"
#include "tests/server/net/ws_pair.h"
#include "tests/support/check.h"

#define DAY_S 86400L
#define NAME "IP:0.0.0.0"

static const struct certificate_want ours = {NULL, NULL, -DAY_S, DAY_S};

struct place {
    char folder[24];
    char authority[32];
    char server[32]; /* within tls_identity.path */
};

static int place_init(void **state)
{
    static struct place place;
    (void)snprintf(place.folder, sizeof(place.folder), "/tmp/oim-cert-XXXXXX");
    if (mkdtemp(place.folder) == NULL) {
        return -1;
    }
    (void)snprintf(place.authority, sizeof(place.authority), "%s/ca.pem", place.folder);
    (void)snprintf(place.server, sizeof(place.server), "%s/s.pem", place.folder);
    certificate_make(place.authority, &ours, NULL);
    (void)setenv("SSL_CERT_FILE", place.authority, 1);
    *state = &place;
    return 0;
}

static int place_finish(void **state)
{
    const struct place *place = *state;
    (void)unlink(place->authority);
    (void)unlink(place->server);
    return rmdir(place->folder);
}

static bool settled(const struct ws_pair *pair)
{
    return pair->open || pair->ended;
}

/* With what is at place->server. Returns WS_END_CLOSED when it was taken. */
static enum ws_client_end connect_in(const struct place *place, enum ws_client_mode mode, const uint8_t *spki)
{
    struct ws_pair pair;
    struct oim_error err = {0};
    char address[32];
    ws_pair_init_certified(&pair, place->server);
    (void)snprintf(address, sizeof(address), "0.0.0.0:%u", pair.listener.port);
    CHECK_OK_ERR(ws_client_connect(pair.client, address, mode, spki, &err), &err);
    ws_pair_run_until(&pair, settled);
    CHECK(pair.open == !pair.ended);
    CHECK(pair.ended || pair.client_cb_type == (mode == WS_CLIENT_DIRECT ? CB_TLS_EXPORTER : CB_NONE));
    enum ws_client_end end = pair.open ? WS_END_CLOSED : pair.end;
    ws_pair_finish(&pair);
    return end;
}

static void certificate__is_taken__when_the_authority_is_trusted_for_this_name(void **state)
{
    const struct place *place = *state;
    certificate_make(place->server, &(struct certificate_want){place->authority, NAME, -DAY_S, DAY_S}, NULL);
    CHECK_EQ(connect_in(place, WS_CLIENT_PROXY, NULL), WS_END_CLOSED);
}

static void certificate__is_named_as_the_fault__without_a_hash(void **state)
{
    const struct place *place = *state;
    const struct {
        struct certificate_want want;
        enum ws_client_end end;
    } cases[] = {
        {{place->authority, NAME, -2 * DAY_S, -DAY_S}, WS_END_CERTIFICATE_DATE},
        {{place->authority, NAME, DAY_S, 2 * DAY_S}, WS_END_CERTIFICATE_DATE},
        {{place->authority, "IP:192.0.2.1", -DAY_S, DAY_S}, WS_END_CERTIFICATE_NAME},
        {{place->authority, "DNS:chat.example.org", -DAY_S, DAY_S}, WS_END_CERTIFICATE_NAME},
        {{NULL, NAME, -DAY_S, DAY_S}, WS_END_CERTIFICATE},
    };
    for (size_t i = 0; i < OIM_COUNT(cases); i++) {
        certificate_make(place->server, &cases[i].want, NULL);
        enum ws_client_end end = connect_in(place, WS_CLIENT_PROXY, NULL);
        if (end != cases[i].end) {
            fail_msg("case %zu ended with %s", i, ws_client_end_name(end));
        }
    }
}

/* Goal: with a hash nothing counts but the key: neither dates nor names nor who vouches for it. */
static void certificate__is_judged_by_its_key_alone__with_a_hash(void **state)
{
    const struct place *place = *state;
    const struct certificate_want wants[] = {
        {place->authority, NAME, -DAY_S, DAY_S},
        {place->authority, NAME, -2 * DAY_S, -DAY_S},
        {NULL, NULL, -2 * DAY_S, -DAY_S},
    };
    for (size_t i = 0; i < OIM_COUNT(wants); i++) {
        uint8_t spki[32];
        certificate_make(place->server, &wants[i], spki);
        CHECK_EQ(connect_in(place, WS_CLIENT_PROXY, spki), WS_END_CLOSED);
        spki[31] ^= 1;
        CHECK_EQ(connect_in(place, WS_CLIENT_PROXY, spki), WS_END_CERTIFICATE_KEY);
    }
}

static void certificate__does_not_matter__in_direct_mode(void **state)
{
    const struct place *place = *state;
    uint8_t spki[32] = {0};
    certificate_make(place->server, &(struct certificate_want){NULL, NULL, -2 * DAY_S, -DAY_S}, NULL);
    CHECK_EQ(connect_in(place, WS_CLIENT_DIRECT, NULL), WS_END_CLOSED);
    CHECK_EQ(connect_in(place, WS_CLIENT_DIRECT, spki), WS_END_CLOSED);
}

/* Goal: a refusal is that connection's, and says nothing of the next one. */
static void certificate__is_judged_anew__by_each_connection(void **state)
{
    const struct place *place = *state;
    struct ws_pair pair;
    struct oim_error err = {0};
    char address[32];
    uint8_t spki[32];
    certificate_make(place->server, &ours, spki);
    ws_pair_init_certified(&pair, place->server);
    (void)snprintf(address, sizeof(address), "0.0.0.0:%u", pair.listener.port);
    CHECK_OK_ERR(ws_client_connect(pair.client, address, WS_CLIENT_PROXY, NULL, &err), &err);
    ws_pair_run_until(&pair, settled);
    CHECK_EQ(pair.end, WS_END_CERTIFICATE);
    pair.ended = false;
    CHECK_OK_ERR(ws_client_connect(pair.client, address, WS_CLIENT_PROXY, spki, &err), &err);
    ws_pair_run_until(&pair, settled);
    CHECK(pair.open);
    ws_client_close(pair.client);
    pair.open = false;
    listener_finish(&pair.listener);
    CHECK_OK_ERR(ws_client_connect(pair.client, address, WS_CLIENT_PROXY, spki, &err), &err);
    ws_pair_run_until(&pair, settled);
    CHECK_EQ(pair.end, WS_END_REFUSED);
    ws_pair_finish(&pair);
}

int main(void)
{
#define PLACED(test) cmocka_unit_test_setup_teardown(test, place_init, place_finish)
    const struct CMUnitTest tests[] = {
        PLACED(certificate__is_taken__when_the_authority_is_trusted_for_this_name),
        PLACED(certificate__is_named_as_the_fault__without_a_hash),
        PLACED(certificate__is_judged_by_its_key_alone__with_a_hash),
        PLACED(certificate__does_not_matter__in_direct_mode),
        PLACED(certificate__is_judged_anew__by_each_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
