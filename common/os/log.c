/*
 * log.c - one event, one line, one write.
 */
#include "common/os/log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define LOG_LINE_SIZE 2048

static const char *const level_names[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
};

static size_t format_time(char *out, size_t out_size)
{
    struct timespec now;
    struct tm utc;
    int rc = clock_gettime(CLOCK_REALTIME, &now);
    assert(rc == 0);
    gmtime_r(&now.tv_sec, &utc);
    size_t size = strftime(out, out_size, "%Y-%m-%dT%H:%M:%S", &utc);
    int length = snprintf(out + size, out_size - size, ".%03ldZ", now.tv_nsec / 1000000);
    assert(length > 0 && (size_t)length < out_size - size);
    return size + (size_t)length;
}

void log_event(const struct log *log, enum log_level level, const char *event, const char *fields_format, ...)
{
    if (level > log->level) {
        return;
    }
    char line[LOG_LINE_SIZE];
    size_t size = format_time(line, sizeof(line));
    int length = snprintf(line + size, sizeof(line) - size, " %s %s", level_names[level], event);
    assert(length > 0 && (size_t)length < sizeof(line) - size);
    size += (size_t)length;

    size_t fields_start = size;
    line[size++] = ' ';
    va_list arguments;
    va_start(arguments, fields_format);
    length = vsnprintf(line + size, sizeof(line) - size - 1, fields_format, arguments);
    va_end(arguments);
    if (length <= 0) {
        size = fields_start;
    } else if ((size_t)length >= sizeof(line) - size - 1) {
        size = sizeof(line) - 2;
    } else {
        size += (size_t)length;
    }
    /* Whatever a value held, an event stays one line. */
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) {
            line[i] = '?';
        }
    }
    line[size++] = '\n';
    flockfile(log->stream);
    fwrite(line, 1, size, log->stream);
    fflush(log->stream);
    funlockfile(log->stream);
}

static bool plain(char letter)
{
    return (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
           (letter >= '0' && letter <= '9') || (letter != '\0' && strchr("._:/@+-", letter) != NULL);
}

static bool all_plain(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (!plain(*at)) {
            return false;
        }
    }
    return *text != '\0';
}

const char *log_quote(char *out, size_t out_size, const char *text)
{
    assert(out_size >= 3);
    if (all_plain(text) && strlen(text) < out_size) {
        memcpy(out, text, strlen(text) + 1);
        return out;
    }
    size_t size = 0;
    out[size++] = '"';
    for (const char *at = text; *at != '\0'; at++) {
        char piece[8];
        unsigned char byte = (unsigned char)*at;
        const char *format = byte < 0x20 || byte == 0x7f   ? "\\x%02x"
                             : byte == '"' || byte == '\\' ? "\\%c"
                                                           : "%c";
        size_t piece_size = (size_t)snprintf(piece, sizeof(piece), format, byte);
        if (size + piece_size + 2 > out_size) {
            break;
        }
        memcpy(out + size, piece, piece_size);
        size += piece_size;
    }
    out[size++] = '"';
    out[size] = '\0';
    return out;
}
