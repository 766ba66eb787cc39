/*
 * main.c - `oimctl`: administration over the same protocol and port, signed by the administrator's own device.
 */
#include "client/admin/ctl.h"

int main(int argc, char **argv)
{
    return ctl_main(argc, argv, stdout, stderr, NULL);
}
