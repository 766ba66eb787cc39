#include "server/store/store_ballast.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define MARGIN_SIZE (1u << 20) /* what must be left beside it, or the next commit would be refused again */

void store_ballast_init(struct store_ballast *ballast, const char *data_dir)
{
    *ballast = (struct store_ballast){0};
    snprintf(ballast->path, sizeof(ballast->path), "%s/oimd.ballast", data_dir);
}

bool store_ballast_take(struct store_ballast *ballast)
{
    if (ballast->is_held) {
        return true;
    }
    int fd = open(ballast->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    ballast->is_held = posix_fallocate(fd, 0, STORE_BALLAST_SIZE + MARGIN_SIZE) == 0 &&
                       ftruncate(fd, STORE_BALLAST_SIZE) == 0;
    close(fd);
    if (!ballast->is_held) {
        unlink(ballast->path);
    }
    return ballast->is_held;
}

void store_ballast_give_up(struct store_ballast *ballast)
{
    unlink(ballast->path);
    ballast->is_held = false;
}
