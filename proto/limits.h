/*
 * limits.h - sizes and counts that both ends rely on, with the relations between them.
 *
 * Source: BLUEPRINT B29, F9. Sizes in bytes unless the name says otherwise.
 */
#ifndef OIM_PROTO_LIMITS_H
#define OIM_PROTO_LIMITS_H

#define OIM_PROTOCOL_VERSION 1u
#define OIM_SUBPROTOCOL "oim.v1"
#define OIM_PORT_DEFAULT 7667
#define OIM_PATH "/oim"

#define TEXT_CHARS_MAX 8000u
#define TEXT_SIZE_MAX 16000u
#define PAYLOAD_CT_SIZE_MAX 16400u /* text of TEXT_SIZE_MAX in its Inner, with its tag */
#define SLOT_COUNT_MAX 32u
#define DEVICES_PER_PERSON_MAX 8u
#define FRAME_HEADER_SIZE 10u /* be32 length, be16 kind, be32 request; length counts what follows it */
#define FRAME_SIZE_MAX 32768u
#define FRAME_SIZE_MAX_BEFORE_AUTH 4096u
#define MESSAGE_SIZE_MAX 262144u /* one binary WebSocket message */
#define PAGE_SIZE_MAX 32768u
#define PAGE_ROW_COUNT_MAX 128u
#define WINDOW_ROWS_MAX 256u
#define WINDOW_BYTES_MAX 262144u
#define OUTBOX_SIZE_MAX 65536u
#define UNANSWERED_MAX 64u
#define NOTICE_MSG_ID_COUNT_MAX 256u
#define ACK_LIVE_ID_COUNT_MAX 256u
#define NAME_SIZE_MAX 128u /* display names, labels, notes of policies: bytes of UTF-8 */
#define LOGIN_SIZE_MAX 32u /* [a-z0-9][a-z0-9._-]{0,31} */
#define NOTE_SIZE_MAX 256u
#define SAY_SIZE_MAX 256u
#define TEAM_SIZE_MAX 64u
#define WORDS_SIZE_MAX 256u     /* what is searched for */
#define SENTENCE_SIZE_MAX 1024u /* text of errors and answers */
#define VERSION_SIZE_MAX 64u    /* client versions, names of capabilities */
#define SETTING_SIZE_MAX 1024u
#define LOG_BODY_SIZE_MAX 1024u
#define LOG_SIG_COUNT_MAX 3u
#define CAP_COUNT_MAX 16u
#define DIRECTORY_PAGE_MAX 64u
#define CONTACT_PAGE_MAX 256u
#define SUMMARY_TALK_COUNT_MAX 400u
#define PRESENCE_ITEM_COUNT_MAX 100u
#define LOG_PAGE_ENTRY_COUNT_MAX 64u
#define WAY_COUNT_MAX 16u
#define ADMIN_ROW_COUNT_MAX 512u
#define ADMIN_FIELD_COUNT_MAX 32u
#define ADMIN_VALUE_SIZE_MAX 4096u
#define ADMIN_BODY_SIZE_MAX 16384u
#define ADMIN_SETTING_COUNT_MAX 64u
#define ADMIN_WHO_COUNT_MAX 256u

#define PRESCAN_DEPTH_MAX 4u /* nesting of length-delimited fields looked into */
#define PRESCAN_FIELDS_MAX_TO_SERVER 512u
#define PRESCAN_FIELDS_MAX_TO_CLIENT 4096u
#define PRESCAN_FIELDS_MAX_ROWS 8192u /* AdminRows, which the asking face unpacks */

#define LEASE_MS 40000u
#define PING_MS 30000u
#define RETURN_GRACE_MS 10000u /* a return within this is no change of presence */
#define AUTH_TIMEOUT_MS 10000u
#define LIVE_TIMEOUT_MS 10000u
#define PRESENCE_COALESCE_MS 250u
#define INVITE_VALID_S_DEFAULT (7u * 86400u)
#define INVITE_VALID_S_MAX (365u * 86400u)
#define INVITES_OPEN_MAX 100u

_Static_assert(TEXT_SIZE_MAX + 400u <= PAYLOAD_CT_SIZE_MAX, "the longest text fits its payload");
_Static_assert(PAYLOAD_CT_SIZE_MAX + SLOT_COUNT_MAX * 256u + 256u <= FRAME_SIZE_MAX,
               "the largest Submit fits one frame");
_Static_assert(FRAME_SIZE_MAX <= MESSAGE_SIZE_MAX, "a frame fits one binary message");
_Static_assert(FRAME_SIZE_MAX <= OUTBOX_SIZE_MAX, "a frame always fits an empty outbox");

#endif
