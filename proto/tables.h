/*
 * tables.h - the bodies of all frames as wire tables. Private to proto/: codec.c lists them by kind.
 */
#ifndef OIM_PROTO_TABLES_H
#define OIM_PROTO_TABLES_H

#include "proto/wire.h"

/* table_auth.c: before AuthOk */
extern const struct wire_message wire_hello, wire_server_hello, wire_device_auth, wire_auth_ok, wire_auth_err,
    wire_join, wire_join_ok, wire_join_ask, wire_join_offer, wire_link_request, wire_link_offer,
    wire_link_open, wire_link_opened, wire_link_body, wire_link_sign, wire_link_done;

/* table_session.c: what a session is told, and the end of it */
extern const struct wire_message wire_limits, wire_policy, wire_summary, wire_addresses, wire_error,
    wire_ping, wire_bye, wire_local, wire_local_result;

/* table_mail.c: sending and receiving */
extern const struct wire_message wire_submit, wire_submit_result, wire_device_set_wrong, wire_sync,
    wire_deliver, wire_notice, wire_gap, wire_caught_up, wire_ack, wire_live_result;

/* table_people.c: people, administration, organisation log */
extern const struct wire_message wire_directory, wire_people, wire_presences, wire_typing, wire_attend,
    wire_contact, wire_contacts, wire_admin, wire_admin_result, wire_log_get, wire_log_page, wire_log_append,
    wire_log_appended;

/* parts that several of the above and proto/{admin,orglog}.c share */
extern const struct wire_message wire_log_entry, wire_setting;

/* bodies inside bodies: admin.c, orglog.c, inner.c (its struct is private), addresses.c */
extern const struct wire_message wire_admin_op, wire_admin_rows, wire_log_body, wire_inner, wire_address_list;

#endif
