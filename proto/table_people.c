/*
 * table_people.c - rows of the directory, presence, contacts, administration's envelope and the organisation
 * log's pages.
 */
#include "proto/tables.h"

#include "proto/oim.pb-c.h"
#include "proto/frame.h"
#include "proto/limits.h"

#define OUR struct frame_directory
static const struct wire_field directory_rows[] = {
    {FIXEDS(1, user_ids, user_id_count, DIRECTORY_PAGE_MAX)},
    {TEXT(2, words, WORDS_SIZE_MAX)},
    {TEXT(3, after, LOGIN_SIZE_MAX)},
};
const struct wire_message wire_directory = WIRE_TABLE("Directory", directory, directory_rows);
#undef OUR

#define OUR struct device_info
static const struct wire_field device_info_rows[] = {
    {FIXED(1, device_id), MUST}, {TEXT(2, label, NAME_SIZE_MAX)}, {FIXED(3, ik)}, {U64(4, added_ms)},
    {U64(5, seen_ms)},
};
static const struct wire_message wire_device_info = WIRE_TABLE("DeviceInfo", device_info, device_info_rows);
#undef OUR

#define OUR struct person
static const struct wire_field person_rows[] = {
    {FIXED(1, user_id), MUST},
    {TEXT(2, login, LOGIN_SIZE_MAX)},
    {TEXT(3, display, NAME_SIZE_MAX)},
    {ENUM(4, role, ROLE_OWNER), LENIENT},
    {MESSAGES(5, devices, device_count, DEVICES_PER_PERSON_MAX, wire_device_info)},
    {BOOL(6, offline_ok)},
    {ENUM(7, why, REASON_COUNT - 1), LENIENT},
    {ENUM(8, presence, PRESENCE_STATE_COUNT - 1), LENIENT},
    {TEXT(9, team, TEAM_SIZE_MAX)},
    {ENUM(10, state, PERSON_STATE_CLOSED), LENIENT},
    {U64(11, invited_ms)},
    {U64(12, closed_ms)},
    {TEXT(13, say, SAY_SIZE_MAX)},
    {U64(14, user_seq)},
    {FIXED(15, user_prev)},
    {TEXT(16, note, NOTE_SIZE_MAX)},
    {U64(17, since_ms)},
    {ENUM(18, who, WHO_RECIPIENT), LENIENT},
};
static const struct wire_message wire_person = WIRE_TABLE("Person", person, person_rows);
#undef OUR

#define OUR struct frame_people
static const struct wire_field people_rows[] = {
    {MESSAGES(1, persons, person_count, DIRECTORY_PAGE_MAX, wire_person)},
    {BOOL(2, more)},
    {U64(3, log_seq)},
};
const struct wire_message wire_people = WIRE_TABLE("People", people, people_rows);
#undef OUR

#define OUR struct presence_item
static const struct wire_field presence_item_rows[] = {
    {FIXED(1, user)},
    {ENUM(2, state, PRESENCE_STATE_COUNT - 1), LENIENT},
    {TEXT(3, note, NOTE_SIZE_MAX)},
    {U64(4, since_ms)},
    {U64(5, until_ms)},
    {BOOL(7, ended_by_policy)},
    {ENUM(8, shown, PRESENCE_STATE_COUNT - 1), LENIENT},
};
static const struct wire_message wire_presence_item =
    WIRE_TABLE("PresenceItem", presence_item, presence_item_rows);
#undef OUR

#define OUR struct frame_presences
static const struct wire_field presences_rows[] = {
    {MESSAGES(1, items, item_count, PRESENCE_ITEM_COUNT_MAX, wire_presence_item)},
};
const struct wire_message wire_presences = WIRE_TABLE("Presences", presences, presences_rows);
#undef OUR

#define OUR struct frame_typing
static const struct wire_field typing_rows[] = {
    {FIXED(1, to_user), MUST},
};
const struct wire_message wire_typing = WIRE_TABLE("Typing", typing, typing_rows);
#undef OUR

#define OUR struct frame_attend
static const struct wire_field attend_rows[] = {
    {ENUM_AS(1, class_, class, CLASS_INTERACTIVE), MUST},
    {U32(2, idle_s)},
};
const struct wire_message wire_attend = WIRE_TABLE("Attend", attend, attend_rows);
#undef OUR

#define OUR struct frame_contact
static const struct wire_field contact_rows[] = {
    {ENUM(1, op, CONTACT_OP_UNBLOCK), MUST},
    {FIXED(2, user)},
    {FIXED(3, after)},
};
const struct wire_message wire_contact = WIRE_TABLE("Contact", contact, contact_rows);
#undef OUR

#define OUR struct contact_item
static const struct wire_field contact_item_rows[] = {
    {FIXED(1, user), MUST},
    {BOOL(2, contact)},
    {BOOL(3, blocked)},
};
static const struct wire_message wire_contact_item =
    WIRE_TABLE("ContactItem", contact_item, contact_item_rows);
#undef OUR

#define OUR struct frame_contacts
static const struct wire_field contacts_rows[] = {
    {MESSAGES(1, items, item_count, CONTACT_PAGE_MAX, wire_contact_item)},
    {BOOL(2, more)},
    {U32(3, code)},
};
const struct wire_message wire_contacts = WIRE_TABLE("Contacts", contacts, contacts_rows);
#undef OUR

#define OUR struct frame_admin
static const struct wire_field admin_rows[] = {
    {U64(1, admin_no)},
    {BYTES(2, body, ADMIN_BODY_SIZE_MAX), MUST},
    {FIXED(3, sig)},
};
const struct wire_message wire_admin = WIRE_TABLE("Admin", admin, admin_rows);
#undef OUR

#define OUR struct frame_admin_result
static const struct wire_field admin_result_rows[] = {
    {U32(1, code)},
    {TEXT(2, text, SENTENCE_SIZE_MAX), LINES},
    {BYTES(3, rows, PAGE_SIZE_MAX)},
    {BOOL(4, more)},
    {U64(5, admin_no)},
};
const struct wire_message wire_admin_result = WIRE_TABLE("AdminResult", admin_result, admin_result_rows);
#undef OUR

#define OUR struct frame_log_get
static const struct wire_field log_get_rows[] = {
    {U64(1, from_seq)},
};
const struct wire_message wire_log_get = WIRE_TABLE("LogGet", log_get, log_get_rows);
#undef OUR

#define OUR struct frame_log_page
static const struct wire_field log_page_rows[] = {
    {MESSAGES(1, entries, entry_count, LOG_PAGE_ENTRY_COUNT_MAX, wire_log_entry)},
    {U64(2, from_seq)},
    {U64(3, head_seq)},
    {FIXED(4, head)},
    {U64(5, head_ms)},
    {FIXED(6, sig)},
};
const struct wire_message wire_log_page = WIRE_TABLE("LogPage", log_page, log_page_rows);
#undef OUR

#define OUR struct frame_log_append
static const struct wire_field log_append_rows[] = {
    {MESSAGE(1, entry, wire_log_entry), MUST},
};
const struct wire_message wire_log_append = WIRE_TABLE("LogAppend", log_append, log_append_rows);
#undef OUR

#define OUR struct frame_log_appended
static const struct wire_field log_appended_rows[] = {
    {U32(1, code)},
    {U64(2, log_seq)},
    {TEXT(3, text, SENTENCE_SIZE_MAX)},
};
const struct wire_message wire_log_appended = WIRE_TABLE("LogAppended", log_appended, log_appended_rows);
#undef OUR
