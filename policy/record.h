/*
 * record.h - a list of settings as bytes for the store.
 *
 * Settings and choices go by name, never by number, so that records outlive changes of the tables. What an
 * older version cannot read (a setting it does not know) is an error: silently dropping "may not" would be a
 * "may".
 *
 * Layout: u8 count, then per set setting: u8 name length, name, u8 kind, value (bool: u8; number: be64; text,
 * choice and version: be16 length and bytes).
 */
#ifndef OIM_POLICY_RECORD_H
#define OIM_POLICY_RECORD_H

#include "common/bytes.h"
#include "policy/setting.h"

/* Bytes still to read; every read fails once there are too few. */
struct record_reader {
    struct oim_slice rest;
    bool short_; /* something was missing */
};

uint8_t record_read_u8(struct record_reader *reader);
uint16_t record_read_be16(struct record_reader *reader);
uint64_t record_read_be64(struct record_reader *reader);
/** Copies size bytes and a terminator. Sets short_ when size >= out_size. */
void record_read_text(struct record_reader *reader, size_t size, char *out, size_t out_size);

/** infos and values have count entries each. Errors: OIM_ERR_LIMIT. */
OIM_MUST_CHECK enum oim_status record_write_settings(const struct setting_info *infos,
                                                     const struct setting_value_s *values, size_t count,
                                                     struct oim_buf *out);
/** Every one of the count values is written: those not in the record are unset. Errors: OIM_ERR_PROTOCOL. */
OIM_MUST_CHECK enum oim_status record_read_settings(struct record_reader *reader,
                                                    const struct setting_info *infos,
                                                    struct setting_value_s *values, size_t count,
                                                    struct oim_error *err);

#endif
