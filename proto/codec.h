/*
 * codec.h - bytes <-> struct frame. Validates everything; alone (with its siblings codec_*.c) knows protobuf-c.
 *
 * A binary message is 1..n frames; a frame is be32 length ‖ be16 kind ‖ be32 request ‖ body, length counting
 * what follows it (so at least 6). Before protobuf-c sees a body, a scan bounds its depth, its fields and the
 * repeats per kind (BLUEPRINT B45, F9).
 */
#ifndef OIM_PROTO_CODEC_H
#define OIM_PROTO_CODEC_H

#include "common/arena.h"
#include "common/bytes.h"
#include "common/error.h"
#include "proto/frame.h"

/* Which way bytes travel: limits and the kinds allowed differ. */
enum codec_side { CODEC_TO_SERVER, CODEC_TO_CLIENT };

/**
 * Take the next frame off *rest. Everything *out points to lives in arena or in the message itself; an arena of
 * 256 KiB holds whatever a peer may rightly send.
 *
 * Errors: OIM_ERR_NOT_FOUND  a well-formed frame of a kind this side does not know: out->kind holds the number
 *                            as received, out->request is set, *rest has moved on; answer UNKNOWN_KIND and go on.
 *         OIM_ERR_PROTOCOL   not a frame, wrong lengths, invalid values; the rest of the message is unusable.
 *         OIM_ERR_LIMIT      longer than this kind may be, too many fields, or the arena is full; as above.
 */
OIM_MUST_CHECK enum oim_status codec_decode(struct oim_slice *rest, enum codec_side side,
                                            struct oim_arena *arena, struct frame *out, struct oim_error *err);

/** Append one frame. Errors: OIM_ERR_LIMIT the frame would be over FRAME_SIZE_MAX or does not fit out. */
OIM_MUST_CHECK enum oim_status codec_encode(const struct frame *frame, struct oim_buf *out);

/* "Submit", "AuthOk", ...; "kind 77" is "unknown". For logs and errors. */
const char *frame_kind_name(uint32_t kind);

#endif
