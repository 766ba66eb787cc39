/*
 * attr.h - the few compiler attributes and macros that every file may use.
 */
#ifndef OIM_COMMON_ATTR_H
#define OIM_COMMON_ATTR_H

#define OIM_MUST_CHECK __attribute__((warn_unused_result))
#define OIM_PRINTF(format_index, first_index) \
    __attribute__((__format__(__printf__, format_index, first_index)))

/* Runs fn(&variable) when the variable leaves its scope, on every path. */
#define OIM_CLEANUP(fn) __attribute__((cleanup(fn)))

/* Hands a pointer on: yields it and leaves NULL, so that OIM_CLEANUP has nothing to close. */
#define OIM_TAKE(pointer)                      \
    __extension__({                            \
        __typeof__(pointer) taken_ = (pointer); \
        (pointer) = NULL;                      \
        taken_;                                \
    })

#define BIT(index) (1u << (unsigned)(index))
#define OIM_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
