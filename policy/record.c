#include "policy/record.h"

#include <assert.h>
#include <string.h>

#define RECORD_NAME_SIZE_MAX 64 /* with the terminator */

static const uint8_t *take(struct record_reader *reader, size_t size)
{
    if (reader->short_ || reader->rest.size < size) {
        reader->short_ = true;
        return NULL;
    }
    const uint8_t *data = reader->rest.data;
    reader->rest.data += size;
    reader->rest.size -= size;
    return data;
}

uint8_t record_read_u8(struct record_reader *reader)
{
    const uint8_t *data = take(reader, 1);
    return data != NULL ? data[0] : 0;
}

uint16_t record_read_be16(struct record_reader *reader)
{
    const uint8_t *data = take(reader, 2);
    return data != NULL ? oim_get_be16(data) : 0;
}

uint64_t record_read_be64(struct record_reader *reader)
{
    const uint8_t *data = take(reader, 8);
    return data != NULL ? oim_get_be64(data) : 0;
}

void record_read_text(struct record_reader *reader, size_t size, char *out, size_t out_size)
{
    out[0] = '\0';
    if (size >= out_size) {
        reader->short_ = true;
        return;
    }
    const uint8_t *data = take(reader, size);
    if (data == NULL) {
        return;
    }
    if (memchr(data, '\0', size) != NULL) {
        reader->short_ = true;
        return;
    }
    memcpy(out, data, size);
    out[size] = '\0';
}

static enum oim_status write_text(struct oim_buf *out, const char *text)
{
    uint8_t size[2];
    oim_put_be16(size, (uint16_t)strlen(text));
    enum oim_status status = oim_buf_append(out, size, sizeof(size));
    return status != OIM_OK ? status : oim_buf_append(out, text, strlen(text));
}

static enum oim_status write_value(struct oim_buf *out, const struct setting_info *info,
                                   const struct setting_value_s *value)
{
    switch (info->kind) {
    case SETTING_BOOL: {
        uint8_t byte = value->boolean ? 1 : 0;
        return oim_buf_append(out, &byte, 1);
    }
    case SETTING_UINT: {
        uint8_t number[8];
        oim_put_be64(number, value->uint);
        return oim_buf_append(out, number, sizeof(number));
    }
    case SETTING_CHOICE:
        return write_text(out, info->choices[value->uint]);
    case SETTING_TEXT:
    case SETTING_VERSION:
        return write_text(out, value->text);
    }
    return OIM_ERR_USAGE;
}

enum oim_status record_write_settings(const struct setting_info *infos, const struct setting_value_s *values,
                                      size_t count, struct oim_buf *out)
{
    assert(count <= UINT8_MAX);

    uint8_t set_count = 0;
    for (size_t i = 0; i < count; i++) {
        set_count = (uint8_t)(set_count + (values[i].set ? 1 : 0));
    }
    enum oim_status status = oim_buf_append(out, &set_count, 1);
    for (size_t i = 0; i < count && status == OIM_OK; i++) {
        if (!values[i].set) {
            continue;
        }
        uint8_t name_size = (uint8_t)strlen(infos[i].name);
        uint8_t kind = (uint8_t)infos[i].kind;
        status = oim_buf_append(out, &name_size, 1);
        status = status != OIM_OK ? status : oim_buf_append(out, infos[i].name, name_size);
        status = status != OIM_OK ? status : oim_buf_append(out, &kind, 1);
        status = status != OIM_OK ? status : write_value(out, &infos[i], &values[i]);
    }
    return status;
}

static enum oim_status read_value(struct record_reader *reader, const struct setting_info *info,
                                  struct setting_value_s *out, struct oim_error *err)
{
    struct setting_value_s value = {.set = true};
    switch (info->kind) {
    case SETTING_BOOL:
        value.boolean = record_read_u8(reader) != 0;
        break;
    case SETTING_UINT:
        value.uint = record_read_be64(reader);
        break;
    case SETTING_CHOICE:
    case SETTING_TEXT:
    case SETTING_VERSION:
        record_read_text(reader, record_read_be16(reader), value.text, sizeof(value.text));
        break;
    }
    if (reader->short_) {
        return OIM_OK; /* the caller says so, once */
    }
    if (info->kind == SETTING_CHOICE) {
        return setting_parse(info, value.text, out, err);
    }
    enum oim_status status = setting_value_check(info, &value, err);
    if (status == OIM_OK) {
        *out = value;
    }
    return status;
}

static const struct setting_info *info_named(const struct setting_info *infos, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(infos[i].name, name) == 0) {
            return &infos[i];
        }
    }
    return NULL;
}

enum oim_status record_read_settings(struct record_reader *reader, const struct setting_info *infos,
                                     struct setting_value_s *values, size_t count, struct oim_error *err)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = (struct setting_value_s){.set = false};
    }
    uint8_t set_count = record_read_u8(reader);
    for (uint8_t i = 0; i < set_count && !reader->short_; i++) {
        char name[RECORD_NAME_SIZE_MAX];
        record_read_text(reader, record_read_u8(reader), name, sizeof(name));
        uint8_t kind = record_read_u8(reader);
        const struct setting_info *info = info_named(infos, count, name);
        if (reader->short_) {
            break;
        }
        if (info == NULL || kind != (uint8_t)info->kind) {
            return oim_fail(err, OIM_ERR_PROTOCOL,
                            "the record holds a setting '%s' that this version does not know", name);
        }
        struct setting_value_s *value = &values[info - infos];
        if (value->set || read_value(reader, info, value, err) != OIM_OK) {
            return oim_fail(err, OIM_ERR_PROTOCOL, "the record's setting '%s' has no sensible value", name);
        }
    }
    return reader->short_ ? oim_fail(err, OIM_ERR_PROTOCOL, "the record ends too early") : OIM_OK;
}
