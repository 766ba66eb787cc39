/*
 * main.c - `oim`: the person's client, and the agent behind it.
 */
#include "client/agent/main.h"
#include "client/cli/cli.h"

static int be_agent(const char *profile)
{
    struct agent_options options = {.profile = profile};
    return agent_main(&options);
}

int main(int argc, char **argv)
{
    return cli_main(argc, argv, stdout, stderr, NULL, be_agent);
}
