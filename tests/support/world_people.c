/*
 * world_people.c - how people come into a world, and what an administrator has decided about them; see
 * world.h.
 */
#include "tests/support/world.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/orglog.h"
#include "server/core/core_internal.h"
#include "tests/support/check.h"

#define PEER_MEMORY_SIZE (8u * 1024 * 1024)

struct peer *world_stranger(struct world *world, const char *login)
{
    CHECK(world->peer_count < WORLD_PEER_COUNT_MAX);
    struct peer *peer = calloc(1, sizeof(*peer));
    CHECK(peer != NULL);
    peer->memory = malloc(PEER_MEMORY_SIZE);
    CHECK(peer->memory != NULL);
    oim_arena_init(&peer->arena, peer->memory, PEER_MEMORY_SIZE);
    peer->world = world;
    (void)snprintf(peer->login, sizeof(peer->login), "%s", login);
    uint8_t seed[32];
    oim_random_fill(&world->config.random, seed, sizeof(seed));
    sign_secret_from_seed(&peer->key, seed);
    struct sign_public ik = sign_public_of(&peer->key);
    peer->device_id = crypto_device_id(&ik);
    peer->auto_ack = true;
    peer->window_rows = WINDOW_ROWS_MAX;
    peer->class = CLASS_INTERACTIVE;
    peer->transport = TRANSPORT_PROXY;
    world->peers[world->peer_count++] = peer;
    return peer;
}

static struct log_entry make_entry(struct oim_buf *buf, const struct log_body *body,
                                   const struct oim_id *org_id, const struct sign_secret *first,
                                   const struct sign_secret *second)
{
    oim_buf_init(buf, LOG_BODY_SIZE_MAX);
    CHECK_OK(log_body_encode(body, buf));
    struct log_entry entry = {.body = oim_buf_slice(buf), .sig_count = second == NULL ? 1 : 2};
    log_body_sign(org_id, entry.body, first, &entry.sigs[0]);
    if (second != NULL) {
        log_body_sign(org_id, entry.body, second, &entry.sigs[1]);
    }
    return entry;
}

static void join_as_owner(struct world *world, struct peer *peer)
{
    static const struct oim_id nobody;
    OIM_CLEANUP(invite_line_finish) struct invite_line line;
    struct oim_error err;
    struct sign_secret invite;
    struct oim_buf bufs[3];
    CHECK_OK_ERR(invite_line_parse(world->owner_line, &line, &err), &err);
    invite_key(&line.org_id, line.secret, &invite);
    struct sign_public invite_pub = sign_public_of(&invite);
    struct log_body genesis = {.kind = LOG_BODY_GENESIS, .nonce = {{1}}, .login = "", .label = ""};
    genesis.server_pub = sign_public_of(&world->server_key);
    genesis.ik = sign_public_of(&peer->key);
    struct log_entry entries[3];
    entries[0] = make_entry(&bufs[0], &genesis, &nobody, &peer->key, NULL);
    world->org_id = log_org_id(entries[0].body);
    peer->user_id = (struct oim_id){{0xA1}};
    struct log_body create = {.kind = LOG_BODY_USER_CREATE,
                              .user_id = peer->user_id,
                              .user_seq = 1,
                              .login = peer->login,
                              .role = ROLE_OWNER,
                              .label = "",
                              .invite_pub = invite_pub};
    entries[1] = make_entry(&bufs[1], &create, &world->org_id, &peer->key, NULL);
    struct log_body add = {.kind = LOG_BODY_DEVICE_ADD,
                           .user_id = peer->user_id,
                           .user_seq = 2,
                           .generation = 1,
                           .ik = genesis.ik,
                           .device_kind = LOG_DEVICE_NORMAL,
                           .login = "",
                           .label = "device-1"};
    log_entry_hash(1, &create.user_prev, &entries[1], &add.user_prev);
    entries[2] = make_entry(&bufs[2], &add, &world->org_id, &invite, &peer->key);
    struct frame join = {.kind = FRAME_JOIN};
    join.u.join.invite_id = invite_id(&invite_pub);
    join.u.join.login = peer->login;
    join.u.join.display = "Olga Owner";
    memcpy(join.u.join.log_entries, entries, sizeof(entries));
    join.u.join.log_entry_count = 3;
    peer_greet(peer);
    peer_say(peer, &join);
    CHECK_EQ(peer_count(peer, FRAME_JOIN_OK), 1);
    CHECK(oim_id_equal(&peer_last(peer, FRAME_JOIN_OK)->u.join_ok.org_id, &world->org_id));
    for (size_t i = 0; i < 3; i++) {
        oim_buf_finish(&bufs[i]);
    }
    peer_cut(peer);
}

void world_init(struct world *world, uint64_t seed)
{
    world_init_empty(world, seed);
    world->owner = world_stranger(world, "owner");
    join_as_owner(world, world->owner);
    CHECK(world->owner_joined);
    peer_sign_in(world->owner);
    peer_forget(world->owner);
}

void world_invite(struct world *world, const char *login, uint8_t out_secret[INVITE_SECRET_SIZE])
{
    struct core *core = world_change_begin(world);
    struct sign_secret key;
    struct oim_buf buf;
    oim_random_fill(&world->config.random, out_secret, INVITE_SECRET_SIZE);
    invite_key(&world->org_id, out_secret, &key);
    struct account person = {.uid = core->registry.uid_last + 1,
                             .role = ROLE_USER,
                             .generation = 1,
                             .invited_ms = world->clock.wall_ms};
    oim_random_fill(&world->config.random, person.user_id.bytes, OIM_ID_SIZE);
    (void)snprintf(person.login, sizeof(person.login), "%s", login);
    (void)snprintf(person.display, sizeof(person.display), "The %s", login);
    struct log_body body = {.kind = LOG_BODY_USER_CREATE,
                            .user_id = person.user_id,
                            .user_seq = 1,
                            .login = person.login,
                            .role = ROLE_USER,
                            .label = "",
                            .invite_pub = sign_public_of(&key)};
    struct log_entry entry = make_entry(&buf, &body, &world->org_id, &world->owner->key, NULL);
    struct invite invite = {.kind = INVITE_PERSON,
                            .uid = person.uid,
                            .generation = 1,
                            .invite_pub = body.invite_pub,
                            .made_ms = world->clock.wall_ms,
                            .expires_ms = world->clock.wall_ms + INVITE_VALID_S_DEFAULT * UINT64_C(1000)};
    invite.invite_id = invite_id(&invite.invite_pub);
    change_log(core, &entry, &person);
    change_put_person(core, &person);
    change_put_invite(core, &invite);
    world_change_end(world);
    oim_buf_finish(&buf);
}

static void join_invited(struct peer *peer, const uint8_t secret[INVITE_SECRET_SIZE])
{
    struct world *world = peer->world;
    struct sign_secret key;
    struct oim_buf buf;
    invite_key(&world->org_id, secret, &key);
    struct sign_public invite_pub = sign_public_of(&key);
    peer_greet(peer);
    struct frame ask = {.kind = FRAME_JOIN_ASK, .u.join_ask.invite_id = invite_id(&invite_pub)};
    peer_say(peer, &ask);
    CHECK_EQ(peer_count(peer, FRAME_JOIN_OFFER), 1);
    const struct frame_join_offer *offer = &peer_last(peer, FRAME_JOIN_OFFER)->u.join_offer;
    struct log_body body = {.kind = LOG_BODY_DEVICE_ADD,
                            .user_id = offer->user_id,
                            .user_seq = offer->user_seq + 1,
                            .user_prev = offer->user_prev,
                            .generation = offer->generation,
                            .ik = sign_public_of(&peer->key),
                            .device_kind = LOG_DEVICE_NORMAL,
                            .login = "",
                            .label = "device-1"};
    struct frame join = {.kind = FRAME_JOIN};
    join.u.join.invite_id = invite_id(&invite_pub);
    join.u.join.login = "";
    join.u.join.display = "";
    join.u.join.log_entries[0] = make_entry(&buf, &body, &world->org_id, &key, &peer->key);
    join.u.join.log_entry_count = 1;
    peer_say(peer, &join);
    oim_buf_finish(&buf);
}

struct peer *world_join_invited(struct world *world, const char *login,
                                const uint8_t secret[INVITE_SECRET_SIZE])
{
    struct peer *peer = world_stranger(world, login);
    join_invited(peer, secret);
    CHECK_EQ(peer_count(peer, FRAME_JOIN_OK), 1);
    peer->user_id = peer_last(peer, FRAME_JOIN_OK)->u.join_ok.user_id;
    peer_cut(peer);
    peer_forget(peer);
    peer_sign_in(peer);
    peer_forget(peer);
    return peer;
}

struct peer *world_join(struct world *world, const char *login)
{
    uint8_t secret[INVITE_SECRET_SIZE];
    world_invite(world, login, secret);
    return world_join_invited(world, login, secret);
}

struct peer *world_link(struct peer *old, const char *label)
{
    struct world *world = old->world;
    struct peer *peer = world_stranger(world, old->login);
    struct oim_buf buf;
    uint8_t secret[INVITE_SECRET_SIZE];
    oim_random_fill(&world->config.random, secret, sizeof(secret));
    struct frame open = {.kind = FRAME_LINK_OPEN, .u.link_open = {.link_id = link_id(secret)}};
    peer_say(old, &open);
    CHECK_EQ(peer_count(old, FRAME_LINK_OPENED), 1);
    struct frame request = {.kind = FRAME_LINK_REQUEST};
    request.u.link_request.link_id = link_id(secret);
    request.u.link_request.ik = sign_public_of(&peer->key);
    request.u.link_request.device_label = label;
    link_mac(secret, &request.u.link_request.ik, label, &request.u.link_request.mac);
    peer_greet(peer);
    peer_say(peer, &request);
    const struct frame_link_request *offer = &peer_last(old, FRAME_LINK_OFFER)->u.link_request;
    struct log_body body = {.kind = LOG_BODY_DEVICE_ADD,
                            .user_id = old->user_id,
                            .user_seq = offer->user_seq + 1,
                            .user_prev = offer->user_prev,
                            .generation = offer->generation,
                            .ik = offer->ik,
                            .device_kind = LOG_DEVICE_NORMAL,
                            .login = "",
                            .label = offer->device_label,
                            .signer_device = old->device_id};
    struct log_entry entry = make_entry(&buf, &body, &world->org_id, &old->key, &peer->key);
    struct frame said = {.kind = FRAME_LINK_BODY};
    said.u.link_body =
        (struct frame_link_body){.link_id = link_id(secret), .body = entry.body, .sig_old = entry.sigs[0]};
    peer_say(old, &said);
    CHECK_EQ(peer_count(peer, FRAME_LINK_BODY), 1);
    struct frame sign = {.kind = FRAME_LINK_SIGN};
    sign.u.link_sign = (struct frame_link_sign){.link_id = link_id(secret), .sig_new = entry.sigs[1]};
    peer_say(peer, &sign);
    CHECK_EQ(peer_count(peer, FRAME_JOIN_OK), 1);
    CHECK_EQ(peer_count(old, FRAME_LINK_DONE), 1);
    oim_buf_finish(&buf);
    peer->user_id = old->user_id;
    peer_cut(peer);
    peer_forget(peer);
    peer_forget(old);
    return peer;
}

struct account *world_account(struct world *world, const char *login)
{
    struct account *person = registry_person_by_login(&world->core->registry, login);
    CHECK(person != NULL);
    return person;
}

static void put_policy(struct world *world, const char *identity_text, const char *setting, const char *value)
{
    struct core *core = world->core;
    struct policy_identity identity;
    struct oim_error err;
    struct policy policy;
    enum setting_id id;
    struct oim_buf buf;
    CHECK_OK_ERR(policy_identity_parse(identity_text, &identity, &err), &err);
    const struct policy_entry *entry = policies_find(&core->policies, &identity);
    policy_init(&policy, &identity);
    if (entry != NULL) {
        policy = entry->policy;
    }
    CHECK_OK_ERR(setting_find(setting, &id, &err), &err);
    CHECK_OK_ERR(setting_parse(setting_info(id), value, &policy.settings[id], &err), &err);
    oim_buf_init(&buf, RECORD_SIZE_MAX);
    CHECK_OK(policy_encode(&policy, &buf));
    struct oim_id key = policies_identity_key(&identity);
    change_put(core, RECORDS_POLICY, oim_slice(key.bytes, OIM_ID_SIZE), oim_buf_slice(&buf),
               entry == NULL ? 0 : entry->version);
    oim_buf_finish(&buf);
}

void world_set_policy(struct world *world, const char *login, const char *setting, const char *value)
{
    char identity[64] = "Global";
    struct core *core = world_change_begin(world);
    if (login != NULL) {
        struct account updated = *world_account(world, login);
        (void)snprintf(identity, sizeof(identity), "Tag:%s", login);
        (void)snprintf(updated.grant, sizeof(updated.grant), "%s", identity);
        change_put_person(core, &updated);
    }
    put_policy(world, identity, setting, value);
    change_raise_policy_version(core);
    world_change_end(world);
}

void world_set_state(struct world *world, const char *login, enum presence_state state)
{
    struct core *core = world_change_begin(world);
    struct account updated = *world_account(world, login);
    updated.state = state;
    updated.state_until_ms = 0;
    change_put_state(core, &updated);
    world_change_end(world);
}

void world_set_block(struct world *world, const char *login, const char *peer, bool blocked)
{
    struct core *core = world_change_begin(world);
    uint32_t owner = world_account(world, login)->uid;
    uint32_t other = world_account(world, peer)->uid;
    const struct contact *contact = registry_contact(&core->registry, owner, other);
    struct contact updated = {.owner_uid = owner, .peer_uid = other};
    updated.version = contact == NULL ? 0 : contact->version;
    updated.flags = blocked ? CONTACT_BLOCKED : 0;
    change_put_contact(core, &updated);
    change_raise_policy_version(core);
    world_change_end(world);
}

void world_close_account(struct world *world, const char *login, const char *say)
{
    struct core *core = world_change_begin(world);
    struct account updated = *world_account(world, login);
    updated.closed = true;
    updated.closed_ms = world->clock.wall_ms;
    (void)snprintf(updated.say, sizeof(updated.say), "%s", say);
    change_put_person(core, &updated);
    change_raise_policy_version(core);
    world_change_end(world);
}
