/*
 * handle.h - the handlers' one signature, and all of them.
 *
 * A handler is called only in the state and with the role that its row in router.c demands. It answers through the
 * outbox; a status other than OIM_OK becomes an Error frame with core->error.text (or a plain sentence when that
 * is empty).
 */
#ifndef OIM_SERVER_CORE_HANDLE_H
#define OIM_SERVER_CORE_HANDLE_H

#include "server/core/core_internal.h"

typedef enum oim_status handler_fn(struct core *core, struct session *session, const struct frame *frame);

/* handle_auth.c */
handler_fn handle_hello, handle_device_auth, handle_ping, handle_pong, handle_bye;
/* handle_join.c */
handler_fn handle_join_ask, handle_join;
/* handle_link.c */
handler_fn handle_link_open, handle_link_request, handle_link_body, handle_link_sign;
/* handle_log.c */
handler_fn handle_log_get, handle_log_append;
/* handle_send.c */
handler_fn handle_submit;
/* handle_sync.c */
handler_fn handle_sync, handle_ack, handle_attend;
/* handle_people.c */
handler_fn handle_directory;
/* handle_presence.c */
handler_fn handle_presences, handle_typing;
/* handle_contact.c */
handler_fn handle_contact;
/* handle_admin.c */
handler_fn handle_admin;
/* handle_local.c */
handler_fn handle_local;

#endif
