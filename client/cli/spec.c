/*
 * spec.c - the command line of `oim` as one table; see spec.h.
 *
 * Names are a contract with scripts and people (DESIGN.md section 2): add, do not rename.
 */
#include "client/cli/spec.h"

static const struct option_spec program_options[] = {
    {.name = "json", .help = "one JSON object a line, times in UTC"},
    {.name = "profile", .value = "NAME", .help = "which profile; default is the one called default"},
};

static const struct option_spec join_options[] = {
    {.name = "login", .value = "LOGIN", .help = "the owner's login: a-z, 0-9, then also . _ -"},
    {.name = "display", .value = "NAME", .help = "the owner's name, as others see it"},
    {.name = "device-name", .value = "NAME", .help = "what this computer is called; default: its host name"},
    {.name = "passphrase-file",
     .value = "FILE",
     .help = "the passphrase for the keys is the first line of FILE"},
    {.name = "no-passphrase", .help = "whoever can read the profile's files can then be you"},
};

static const struct option_spec send_options[] = {
    {.name = "wait",
     .value = "held|delivered|read",
     .help = "end when this or better is reached; default: held"},
    {.name = "timeout", .value = "S", .help = "wait at most so long (10, 30s, 5m); held: 10 s by default"},
    {.name = "once",
     .value = "KEY",
     .help = "the same KEY within 14 days is the same message (another text: exit 2, unless policy let the "
             "first go)"},
    {.name = "no-queue", .help = "keep nothing when the server is not reached"},
    {.name = "truncate", .help = "keep the end of a text that is too long"},
};

static const struct option_spec receive_options[] = {
    {.name = "follow", .help = "go on as messages come; counts as being here"},
    {.name = "wait", .value = "S", .help = "wait so long for the first message; exit 7 when none came"},
    {.name = "from", .value = "WHO", .help = "only what WHO wrote"},
    {.name = "exec",
     .value = "CMD",
     .help = "run CMD with one message as JSON on its input; shown if it exits 0"},
    {.name = "mark-read", .help = "count as read what is written to a pipe"},
};

static const struct option_spec status_options[] = {
    {.name = "note", .value = "TEXT", .help = "a word to those who see your status"},
    {.name = "for", .value = "D", .help = "for so long: 30m, 1h, 2d"},
    {.name = "until", .value = "T", .help = "until then: 15:00, tomorrow, \"2024-05-14 09:00\""},
};

static const struct option_spec history_options[] = {
    {.name = "search", .value = "WORDS", .help = "only messages with these words"},
    {.name = "since", .value = "T", .help = "not older: 2h, 14:00, yesterday, mon, 2024-05-14"},
    {.name = "limit", .value = "N", .help = "at most the last N messages; default: 100"},
};

static const struct option_spec unlock_options[] = {
    {.name = "for", .value = "D", .help = "stay unlocked for so long: 30m, 8h"},
    {.name = "passphrase-file", .value = "FILE", .help = "the passphrase is the first line of FILE"},
};

static const struct option_spec agent_options[] = {
    {.name = "stop", .help = "end the agent; the next command starts it again"},
};

enum {
    COMMAND_NONE,
    COMMAND_JOIN,
    COMMAND_SEND,
    COMMAND_RECEIVE,
    COMMAND_STATUS,
    COMMAND_CONTACTS,
    COMMAND_PEOPLE,
    COMMAND_HISTORY,
    COMMAND_SEARCH,
    COMMAND_UNREAD,
    COMMAND_WHY,
    COMMAND_OUTBOX,
    COMMAND_DEVICES,
    COMMAND_WHOAMI,
    COMMAND_POLICY,
    COMMAND_UNLOCK,
    COMMAND_LOCK,
    COMMAND_AGENT,
    COMMAND_COUNT
};

#define OPTIONS(list) .options = (list), .option_count = OIM_COUNT(list)

static const struct command_spec commands[] = {
    {.name = "", .help = "how things are, and what there is", .id = COMMAND_NONE},
    {.name = "join",
     .operands = "[LINE | - | @FILE]",
     .operand_count_max = 1,
     OPTIONS(join_options),
     .help = "join with the line your administrator sent you; without LINE it asks",
     .id = COMMAND_JOIN},
    {.name = "send",
     .operands = "WHO[,WHO...] [TEXT... | -]",
     .operand_count_min = 1,
     .operand_count_max = OPTIONS_OPERANDS_ANY,
     OPTIONS(send_options),
     .help = "write to somebody, here or not; without TEXT it reads standard input",
     .id = COMMAND_SEND},
    {.name = "receive",
     OPTIONS(receive_options),
     .help = "what you missed, then the messages",
     .id = COMMAND_RECEIVE},
    {.name = "status",
     .operands = "[available|busy|dnd|presenting|brb|away|offwork|invisible|auto]",
     .operand_count_max = 1,
     OPTIONS(status_options),
     .help = "how you are and whether it works; or set it",
     .id = COMMAND_STATUS},
    {.name = "contacts",
     .operands = "[list | add|remove|block|unblock WHO...]",
     .operand_count_max = OPTIONS_OPERANDS_ANY,
     .help = "the people you follow",
     .id = COMMAND_CONTACTS},
    {.name = "people",
     .operands = "[WORDS]",
     .operand_count_max = OPTIONS_OPERANDS_ANY,
     .help = "everybody here, or those that match",
     .id = COMMAND_PEOPLE},
    {.name = "history",
     .operands = "[WHO]",
     .operand_count_max = 1,
     OPTIONS(history_options),
     .help = "what was written, from this computer's own store",
     .id = COMMAND_HISTORY},
    {.name = "search",
     .operands = "WORDS",
     .operand_count_min = 1,
     .operand_count_max = OPTIONS_OPERANDS_ANY,
     .help = "messages with these words, with everybody",
     .id = COMMAND_SEARCH},
    {.name = "unread",
     .help = "how many messages nobody was shown, as a number for prompts",
     .id = COMMAND_UNREAD},
    {.name = "why",
     .operands = "[MSG | WHO]",
     .operand_count_max = 1,
     .help = "what became of a message; default: the last one you sent",
     .id = COMMAND_WHY},
    {.name = "outbox",
     .operands = "[list | retry|drop [MSG]]",
     .operand_count_max = 2,
     .help = "what has not left this computer yet",
     .id = COMMAND_OUTBOX},
    {.name = "devices",
     .operands = "[list | link | revoke DEVICE]",
     .operand_count_max = 2,
     .help = "your computers: see, add, revoke them",
     .id = COMMAND_DEVICES},
    {.name = "whoami", .help = "who you are here, on which device, at which server", .id = COMMAND_WHOAMI},
    {.name = "policy",
     .help = "what you may do, and what decides it; with --json every setting",
     .id = COMMAND_POLICY},
    {.name = "unlock", OPTIONS(unlock_options), .help = "open this profile's keys", .id = COMMAND_UNLOCK},
    {.name = "lock", .help = "forget the opened keys at once", .id = COMMAND_LOCK},
    {.name = "agent",
     OPTIONS(agent_options),
     .help = "the process behind all commands; starts by itself",
     .id = COMMAND_AGENT},
};

const struct program_spec cli_program = {
    .name = "oim",
    .summary = "messages for people who are not always there",
    .options = program_options,
    .option_count = OIM_COUNT(program_options),
    .commands = commands,
    .command_count = OIM_COUNT(commands),
    .closing =
        "WHO is a login, a \"Display Name\", or an unambiguous beginning of one.\n"
        "Exit codes: 0 done, 1 failed, 2 usage, 3 refused, 4 a question of trust, 5 server not reached,\n"
        "6 no such or ambiguous name, 7 the wait ended first. OIM_HOME moves the client's files.",
};

cli_command *cli_command_of(const struct command_spec *command)
{
    static cli_command *const runners[COMMAND_COUNT] = {
        [COMMAND_NONE] = cmd_none,       [COMMAND_JOIN] = cmd_join,       [COMMAND_SEND] = cmd_send,
        [COMMAND_RECEIVE] = cmd_receive, [COMMAND_STATUS] = cmd_status,   [COMMAND_CONTACTS] = cmd_contacts,
        [COMMAND_PEOPLE] = cmd_people,   [COMMAND_HISTORY] = cmd_history, [COMMAND_SEARCH] = cmd_search,
        [COMMAND_UNREAD] = cmd_unread,   [COMMAND_WHY] = cmd_why,         [COMMAND_OUTBOX] = cmd_outbox,
        [COMMAND_DEVICES] = cmd_devices, [COMMAND_WHOAMI] = cmd_whoami,   [COMMAND_POLICY] = cmd_policy,
        [COMMAND_UNLOCK] = cmd_unlock,   [COMMAND_LOCK] = cmd_lock,       [COMMAND_AGENT] = cmd_agent,
    };
    return runners[command->id];
}
