/*
 * program.h - a target's input read as a program: one byte after the other, zeros behind its end.
 */
#ifndef OIM_TESTS_FUZZ_PROGRAM_H
#define OIM_TESTS_FUZZ_PROGRAM_H

#include "common/bytes.h"

struct program {
    const uint8_t *at, *end;
};

static inline uint8_t next_byte(struct program *program)
{
    return program->at < program->end ? *program->at++ : 0;
}

/* A length, then that many bytes, or as many as there are. */
static inline struct oim_slice next_bytes(struct program *program)
{
    size_t size = next_byte(program);
    size_t left = (size_t)(program->end - program->at);
    struct oim_slice bytes = oim_slice(program->at, size < left ? size : left);
    program->at += bytes.size;
    return bytes;
}

#endif
