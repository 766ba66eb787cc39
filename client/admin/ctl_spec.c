/*
 * ctl_spec.c - the command line of `oimctl` as one table; see ctl_spec.h.
 *
 * Names are a contract with scripts and people (DESIGN.md section 2): add, do not rename.
 */
#include "client/admin/ctl_spec.h"

#define FORCE_MANY                                                                \
    {                                                                             \
        .name = "force", .help = "do not ask when a pattern means several people" \
    }

static const struct option_spec program_options[] = {
    {.name = "json", .help = "one JSON object a line, times in UTC"},
    {.name = "profile",
     .value = "NAME",
     .help = "which of your oim profiles signs; default is the one called default"},
};

static const struct option_spec line_options[] = {
    {.name = "command",
     .letter = 'c',
     .value = "'LINE'",
     .help = "run a line of cmdlets, quoted once for the shell: -c 'Get-CsUser'"},
};

static const struct option_spec invite_options[] = {
    {.name = "display", .value = "NAME", .help = "the person's name, as others see it; default: the login"},
    {.name = "team", .value = "TEAM", .help = "the team they belong to"},
    {.name = "role", .value = "ROLE", .help = "user (default), bot, auditor, admin"},
    {.name = "valid", .value = "D", .help = "how long the line works: 7d (default), 12h; at most 365d"},
    {.name = "file",
     .value = "CSV",
     .help = "invite everybody in this file, or nobody: login, display, team, mail, role"},
    {.name = "letters",
     .value = "DIR",
     .help = "with --file: write each person's letter there, not the lines"},
    {.name = "lang", .value = "LANG", .help = "with --letters: en or es; default: your own"},
};

static const struct option_spec renew_options[] = {
    {.name = "valid", .value = "D", .help = "how long the new line works: 7d (default), 12h; at most 365d"},
};

static const struct option_spec user_list_options[] = {
    {.name = "not-joined", .help = "only those who are invited and have not joined yet"},
    {.name = "team", .value = "TEAM", .help = "only those of this team; '' for those in none"},
    {.name = "policy", .value = "NAME", .help = "only those whom this policy governs"},
    {.name = "offline", .value = "on|off", .help = "only those who may, or may not, leave messages"},
    {.name = "not-seen", .value = "D", .help = "only those who have not signed in for so long: 30d"},
};

static const struct option_spec user_set_options[] = {
    {.name = "display", .value = "NAME", .help = "the person's name, as others see it"},
    {.name = "team", .value = "TEAM", .help = "the team they belong to; '' for none"},
    {.name = "role", .value = "ROLE", .help = "user, bot, auditor, admin, owner"},
    FORCE_MANY,
};

static const struct option_spec disable_options[] = {
    {.name = "say",
     .value = "TEXT",
     .help = "what people who write to them are told: \"Ask Ana Ruiz instead.\""},
    FORCE_MANY,
};

static const struct option_spec reset_options[] = {
    {.name = "valid", .value = "D", .help = "how long the new line works: 7d (default), 12h; at most 365d"},
    {.name = "force", .help = "do not ask"},
};

static const struct option_spec erase_options[] = {
    {.name = "force", .help = "do not ask for the login once more"},
};

static const struct option_spec policy_new_options[] = {
    {.name = "from", .value = "NAME", .help = "begin with the settings of this policy"},
};

static const struct option_spec policy_remove_options[] = {
    {.name = "force", .help = "do not ask while somebody has it; they fall back to their team's or Global"},
};

static const struct option_spec grant_options[] = {
    {.name = "none", .help = "take away what they were granted; every operand is then a person or @team"},
    FORCE_MANY,
};

static const struct option_spec many_options[] = {FORCE_MANY};

static const struct option_spec explain_options[] = {
    {.name = "to", .value = "WHO", .help = "also what a message to this person would meet now"},
};

static const struct option_spec what_if_options[] = {
    {.name = "none", .help = "grant: take away what they were granted"},
    {.name = "from", .value = "NAME", .help = "new: begin with the settings of this policy"},
    {.name = "force", .help = "as in the real command; nothing is asked here anyway"},
};

static const struct option_spec queue_options[] = {
    {.name = "erase", .help = "erase what waits; both sides are told, and nobody can bring it back"},
    {.name = "force", .help = "with --erase: do not ask"},
};

static const struct option_spec trace_options[] = {
    {.name = "from", .value = "WHO", .help = "who wrote"},
    {.name = "to", .value = "WHO", .help = "to whom"},
    {.name = "since",
     .value = "T",
     .help = "not before: yesterday, 2h, 14:00, 2024-05-14, or a time as --json has it"},
    {.name = "until", .value = "T", .help = "not after; what does not fit in one answer says which"},
};

static const struct option_spec audit_options[] = {
    {.name = "from", .value = "N", .help = "begin with this entry; default: the last ones"},
    {.name = "count", .value = "N", .help = "at most so many entries; default: 100"},
};

static const struct option_spec init_options[] = {
    {.name = "secret-file", .value = "FILE", .help = "the server's secret file; the line lies beside it"},
    {.name = "address",
     .value = "HOST[:PORT]",
     .help = "the name under which other computers reach the server"},
};

static const struct option_spec address_add_options[] = {
    {.name = "proxy",
     .help = "a proxy in front has the certificate; its name is checked, not the server's key"},
};

static const struct option_spec address_remove_options[] = {
    {.name = "force", .help = "do not ask, even while somebody may know no other address"},
};

enum {
    COMMAND_LINE,
    COMMAND_INIT,
    COMMAND_STATUS,
    COMMAND_INVITE,
    COMMAND_INVITE_LIST,
    COMMAND_INVITE_REVOKE,
    COMMAND_INVITE_RENEW,
    COMMAND_USER_LIST,
    COMMAND_USER_SHOW,
    COMMAND_USER_SET,
    COMMAND_USER_DISABLE,
    COMMAND_USER_ENABLE,
    COMMAND_USER_RESET,
    COMMAND_USER_ERASE,
    COMMAND_OFFLINE,
    COMMAND_POLICY_LIST,
    COMMAND_POLICY_GET,
    COMMAND_POLICY_NEW,
    COMMAND_POLICY_SET,
    COMMAND_POLICY_REMOVE,
    COMMAND_POLICY_GRANT,
    COMMAND_POLICY_EFFECTIVE,
    COMMAND_POLICY_EXPLAIN,
    COMMAND_POLICY_WHAT_IF,
    COMMAND_QUEUE,
    COMMAND_TRACE,
    COMMAND_AUDIT,
    COMMAND_AUDIT_VERIFY,
    COMMAND_AUDIT_EXPORT,
    COMMAND_ADDRESS_LIST,
    COMMAND_ADDRESS_ADD,
    COMMAND_ADDRESS_REMOVE,
    COMMAND_RUN,
    COMMAND_SHELL,
    COMMAND_COUNT
};

#define OPTIONS(list) .options = (list), .option_count = OIM_COUNT(list)
#define ANY OPTIONS_OPERANDS_ANY

static const struct command_spec commands[] = {
    {.name = "", OPTIONS(line_options), .help = "a line of cmdlets", .id = COMMAND_LINE},
    {.name = "init",
     OPTIONS(init_options),
     .id = COMMAND_INIT,
     .help = "on the server: print the owner's line until it is used"},
    {.name = "status", .help = "one screen; exit 0 well, 1 look", .id = COMMAND_STATUS},
    {.name = "invite",
     .operands = "LOGIN",
     .operand_count_max = 1,
     OPTIONS(invite_options),
     .help = "make somebody an account, and print the line that lets them join; or --file",
     .id = COMMAND_INVITE},
    {.name = "invite list", .help = "invites that nobody has used yet", .id = COMMAND_INVITE_LIST},
    {.name = "invite revoke",
     .operands = "LOGIN",
     .operand_count_min = 1,
     .operand_count_max = 1,
     .help = "make an unused line worthless",
     .id = COMMAND_INVITE_REVOKE},
    {.name = "invite renew",
     .operands = "LOGIN",
     .operand_count_min = 1,
     .operand_count_max = 1,
     OPTIONS(renew_options),
     .help = "print a new line; the older one is worthless from then on",
     .id = COMMAND_INVITE_RENEW},
    {.name = "user list",
     .operands = "[WORDS|@TEAM]",
     .operand_count_max = 1,
     OPTIONS(user_list_options),
     .help = "who there is, with team, role, policy and what waits for them",
     .id = COMMAND_USER_LIST},
    {.name = "user show",
     .operands = "WHO|@TEAM",
     .operand_count_min = 1,
     .operand_count_max = 1,
     .help = "all about one person, or each of a team",
     .id = COMMAND_USER_SHOW},
    {.name = "user set",
     .operands = "LOGIN|@TEAM",
     .operand_count_min = 1,
     .operand_count_max = 1,
     OPTIONS(user_set_options),
     .help = "change somebody's name, team or role",
     .id = COMMAND_USER_SET},
    {.name = "user disable",
     .operands = "LOGIN|@TEAM",
     .operand_count_min = 1,
     .operand_count_max = 1,
     OPTIONS(disable_options),
     .help = "close an account; who writes to it is told",
     .id = COMMAND_USER_DISABLE},
    {.name = "user enable",
     .operands = "LOGIN|@TEAM",
     .operand_count_min = 1,
     .operand_count_max = 1,
     OPTIONS(many_options),
     .help = "open a closed account again",
     .id = COMMAND_USER_ENABLE},
    {.name = "user reset",
     .operands = "WHO",
     .operand_count_min = 1,
     .operand_count_max = 1,
     OPTIONS(reset_options),
     .help = "all devices are lost, or in wrong hands: make them void, and print a new line to join with",
     .id = COMMAND_USER_RESET},
    {.name = "user erase",
     .operands = "WHO",
     .operand_count_min = 1,
     .operand_count_max = 1,
     OPTIONS(erase_options),
     .help = "remove a person and what the server holds of them, for good; says what must stay",
     .id = COMMAND_USER_ERASE},
    {.name = "offline",
     .operands = "[on|off [WHO...]]",
     .operand_count_max = ANY,
     OPTIONS(many_options),
     .help = "who may leave messages, who accepts them, why; or switch it, for everybody or for WHO "
             "(login, name, @team, 'pattern*')",
     .id = COMMAND_OFFLINE},
    {.name = "policy list", .help = "the policies, and what they set", .id = COMMAND_POLICY_LIST},
    {.name = "policy get",
     .operands = "[NAME]",
     .operand_count_max = 1,
     .help = "every setting of a policy; Global without NAME",
     .id = COMMAND_POLICY_GET},
    {.name = "policy new",
     .operands = "NAME [KEY=VALUE...]",
     .operand_count_min = 1,
     .operand_count_max = ANY,
     OPTIONS(policy_new_options),
     .help = "make a policy",
     .id = COMMAND_POLICY_NEW},
    {.name = "policy set",
     .operands = "NAME KEY=VALUE...",
     .operand_count_min = 2,
     .operand_count_max = ANY,
     .help = "change settings; KEY= unsets one",
     .id = COMMAND_POLICY_SET},
    {.name = "policy remove",
     .operands = "NAME",
     .operand_count_min = 1,
     .operand_count_max = 1,
     OPTIONS(policy_remove_options),
     .help = "remove a policy; Global goes back to the defaults",
     .id = COMMAND_POLICY_REMOVE},
    {.name = "policy grant",
     .operands = "NAME WHO...",
     .operand_count_min = 1,
     .operand_count_max = ANY,
     OPTIONS(grant_options),
     .help = "give a policy to people and @teams",
     .id = COMMAND_POLICY_GRANT},
    {.name = "policy effective",
     .operands = "WHO|@TEAM",
     .operand_count_min = 1,
     .operand_count_max = 1,
     .help = "what applies to somebody, and where each value comes from",
     .id = COMMAND_POLICY_EFFECTIVE},
    {.name = "policy explain",
     .operands = "WHO|@TEAM",
     .operand_count_min = 1,
     .operand_count_max = 1,
     OPTIONS(explain_options),
     .help = "which rule decides whether somebody may leave messages, and who set what when",
     .id = COMMAND_POLICY_EXPLAIN},
    {.name = "policy what-if",
     .operands = "set|grant|remove|new|offline ...",
     .operand_count_min = 1,
     .operand_count_max = ANY,
     OPTIONS(what_if_options),
     .help = "change nothing; say for whom the change in these words would alter what",
     .id = COMMAND_POLICY_WHAT_IF},
    {.name = "queue",
     .operands = "[LOGIN|@TEAM]",
     .operand_count_max = 1,
     OPTIONS(queue_options),
     .help = "how much waits for somebody, or for whom anything does, since when, how large; never what",
     .id = COMMAND_QUEUE},
    {.name = "trace",
     .operands = "[MSG]",
     .operand_count_max = 1,
     OPTIONS(trace_options),
     .help =
         "what became of a message, or of those from one person to another; every look is in the audit log",
     .id = COMMAND_TRACE},
    {.name = "audit", OPTIONS(audit_options), .help = "who changed what and when", .id = COMMAND_AUDIT},
    {.name = "audit verify",
     .operands = "[FILE]",
     .operand_count_max = 1,
     .help = "check every hash and signature of the audit log, or of a file made by audit export, here and "
             "without a server",
     .id = COMMAND_AUDIT_VERIFY},
    {.name = "audit export",
     .operands = "FILE",
     .operand_count_min = 1,
     .operand_count_max = 1,
     .help = "check the audit log and write it to a new file, with all that is needed to check it again",
     .id = COMMAND_AUDIT_EXPORT},
    {.name = "address list",
     .help = "where clients look for this server, in their order",
     .id = COMMAND_ADDRESS_LIST},
    {.name = "address add",
     .operands = "HOST[:PORT]",
     .operand_count_min = 1,
     .operand_count_max = 1,
     OPTIONS(address_add_options),
     .help = "a further way to this server: clients are told, and find it there when the others fail",
     .id = COMMAND_ADDRESS_ADD},
    {.name = "address remove",
     .operands = "HOST[:PORT]",
     .operand_count_min = 1,
     .operand_count_max = 1,
     OPTIONS(address_remove_options),
     .help = "clients forget it; asks while some have not signed in since the list changed",
     .id = COMMAND_ADDRESS_REMOVE},
    {.name = "run",
     .operands = "FILE | -",
     .operand_count_min = 1,
     .operand_count_max = 1,
     .help = "run a file of cmdlets, also a pasted page; ends at the first line that fails",
     .id = COMMAND_RUN},
    {.name = "shell",
     .help = "type cmdlets at a prompt, with history and completion; exit or Ctrl-D ends it",
     .id = COMMAND_SHELL},
};

const struct program_spec ctl_program = {
    .name = "oimctl",
    .summary = "decide who may leave messages, and see that all is well",
    .options = program_options,
    .option_count = OIM_COUNT(program_options),
    .commands = commands,
    .command_count = OIM_COUNT(commands),
    .closing =
        "Cmdlets as words work too: oimctl Get-CsUser. What holds $ goes through -c, because the shell eats "
        "it:\n"
        "    oimctl -c 'Set-CsClientPolicy -Identity Global -EnableIMAutoArchiving $False'\n"
        "Changes are signed by this computer's oim profile, which must belong to an administrator.\n"
        "Exit codes: 0 done, 1 failed, 2 usage, 3 refused, 4 a question of trust, 5 server not reached,\n"
        "6 no such or ambiguous name.",
};

ctl_command *ctl_command_of(const struct command_spec *command)
{
    static ctl_command *const runners[COMMAND_COUNT] = {
        [COMMAND_LINE] = ctl_line,
        [COMMAND_INIT] = ctl_init,
        [COMMAND_STATUS] = ctl_status,
        [COMMAND_INVITE] = ctl_invite,
        [COMMAND_INVITE_LIST] = ctl_invite_list,
        [COMMAND_INVITE_REVOKE] = ctl_invite_revoke,
        [COMMAND_INVITE_RENEW] = ctl_invite_renew,
        [COMMAND_USER_LIST] = ctl_user_list,
        [COMMAND_USER_SHOW] = ctl_user_show,
        [COMMAND_USER_SET] = ctl_user_set,
        [COMMAND_USER_DISABLE] = ctl_user_disable,
        [COMMAND_USER_ENABLE] = ctl_user_enable,
        [COMMAND_USER_RESET] = ctl_user_reset,
        [COMMAND_USER_ERASE] = ctl_user_erase,
        [COMMAND_OFFLINE] = ctl_offline,
        [COMMAND_POLICY_LIST] = ctl_policy_list,
        [COMMAND_POLICY_GET] = ctl_policy_get,
        [COMMAND_POLICY_NEW] = ctl_policy_new,
        [COMMAND_POLICY_SET] = ctl_policy_set,
        [COMMAND_POLICY_REMOVE] = ctl_policy_remove,
        [COMMAND_POLICY_GRANT] = ctl_policy_grant,
        [COMMAND_POLICY_EFFECTIVE] = ctl_policy_effective,
        [COMMAND_POLICY_EXPLAIN] = ctl_policy_explain,
        [COMMAND_POLICY_WHAT_IF] = ctl_policy_what_if,
        [COMMAND_QUEUE] = ctl_queue,
        [COMMAND_TRACE] = ctl_trace,
        [COMMAND_AUDIT] = ctl_audit,
        [COMMAND_AUDIT_VERIFY] = ctl_audit_verify,
        [COMMAND_AUDIT_EXPORT] = ctl_audit_export,
        [COMMAND_ADDRESS_LIST] = ctl_address_list,
        [COMMAND_ADDRESS_ADD] = ctl_address_add,
        [COMMAND_ADDRESS_REMOVE] = ctl_address_remove,
        [COMMAND_RUN] = ctl_run,
        [COMMAND_SHELL] = ctl_shell,
    };
    return runners[command->id];
}
