/*
 * joining.h - fill a server with people: the owner by the server's own line, everybody else invited and
 * joined through the protocol, as oimctl and oim do it.
 */
#ifndef OIM_TESTS_BENCH_JOINING_H
#define OIM_TESTS_BENCH_JOINING_H

#include "tests/bench/actor.h"

/** The first person of all. line is what oimd prints. */
void joining_owner(struct stage *stage, const char *line);

/**
 * See that prefix0 .. prefix(count-1) have accounts and a device each. Those who have are left alone.
 *
 * A device may make ten changes a second, so the s people are made administrators first and invite the rest
 * side by side.
 */
void joining_people(struct stage *stage, const char *prefix, size_t count);

#endif
