/*
 * fuzz.h - what a fuzz target is: one function that any bytes may be given to.
 *
 * With -Dfuzzers=true (clang) each target is a libFuzzer program that searches by coverage. Always, each is
 * also linked with drive.c: that one replays files, or runs a fixed number of seeded inputs as a quick test.
 */
#ifndef OIM_TESTS_FUZZ_FUZZ_H
#define OIM_TESTS_FUZZ_FUZZ_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* 0; whatever must not happen aborts. The name is libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
