#include "tests/support/program_run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/id.h"
#include "tests/support/check.h"

#define ARGUMENT_COUNT_MAX 31

int setup(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){.root = "/tmp/oim-test-XXXXXX"};
    setenv("TZ", "UTC", 1);
    setenv("LC_ALL", "C", 1);
    tzset();
    if (mkdtemp(fixture.root) == NULL || freopen("/dev/null", "r", stdin) == NULL) {
        return 1;
    }
    setenv("OIM_HOME", fixture.root, 1);
    *state = &fixture;
    return 0;
}

int teardown(void **state)
{
    struct fixture *fixture = *state;
    free(fixture->out);
    free(fixture->err);
    char command[128];
    snprintf(command, sizeof(command), "rm -r '%s'", fixture->root);
    return system(command);
}

static FILE *file_open(const struct fixture *fixture, const char *name, const char *mode)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/%s", fixture->root, name);
    return fopen(path, mode);
}

void file_write(const struct fixture *fixture, const char *name, const char *text)
{
    FILE *file = file_open(fixture, name, "w");
    CHECK(file != NULL);
    fputs(text, file);
    fclose(file);
}

const char *asked(struct fixture *fixture)
{
    FILE *file = file_open(fixture, "asked", "r");
    size_t size = file != NULL ? fread(fixture->asked, 1, sizeof(fixture->asked) - 1, file) : 0;
    if (file != NULL) {
        fclose(file);
    }
    fixture->asked[size] = '\0';
    for (char *id = strstr(fixture->asked, "\tid="); id != NULL; id = strstr(id, "\tid=")) {
        id += strlen("\tid=");
        if (strcspn(id, "\t\n") == OIM_ID_TEXT_SIZE - 1) {
            memmove(id + 1, id + OIM_ID_TEXT_SIZE - 1, strlen(id + OIM_ID_TEXT_SIZE - 1) + 1);
            *id = 'i';
        }
    }
    return fixture->asked;
}

int program_run(struct fixture *fixture, const char *name, program_fn *program, const char *const *arguments)
{
    char *argv[ARGUMENT_COUNT_MAX + 1] = {strdup(name)};
    char *owned[ARGUMENT_COUNT_MAX + 1];
    int argc = 1;
    for (; arguments[argc - 1] != NULL; argc++) {
        CHECK(argc < ARGUMENT_COUNT_MAX);
        argv[argc] = strdup(arguments[argc - 1]);
    }
    memcpy(owned, argv, sizeof(owned)); /* the program may reorder its arguments */
    free(fixture->out);
    free(fixture->err);
    FILE *out = open_memstream(&fixture->out, &fixture->out_size);
    FILE *err = open_memstream(&fixture->err, &fixture->err_size);
    int exit_code = program(argc, argv, out, err, "/proc/self/exe");
    fclose(out);
    fclose(err);
    for (int i = 0; i < argc; i++) {
        free(owned[i]);
    }
    return exit_code;
}
