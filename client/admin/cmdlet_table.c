#include "client/admin/cmdlet_table.h"

#include <assert.h>
#include <string.h>

#include "policy/name.h"

#define N_(text) text /* marks a sentence for translation; looked up where it is shown */

static const struct parameter parameters[PARAMETER_COUNT] = {
    [PARAMETER_IDENTITY] = {"Identity", NULL, false},
    [PARAMETER_POLICY_NAME] = {"PolicyName", NULL, false},
    [PARAMETER_GROUP] = {"Group", NULL, false},
    [PARAMETER_FILTER] = {"Filter", NULL, false},
    [PARAMETER_FROM] = {"From", NULL, false},
    [PARAMETER_INSTANCE] = {"Instance", NULL, false},
    [PARAMETER_NAME] = {"Name", NULL, false},
    [PARAMETER_VALUE] = {"Value", NULL, false},
    [PARAMETER_FILTER_SCRIPT] = {"FilterScript", NULL, false},
    [PARAMETER_PROCESS] = {"Process", NULL, false},
    [PARAMETER_PROPERTY] = {"Property", NULL, false},
    [PARAMETER_EXPAND_PROPERTY] = {"ExpandProperty", NULL, false},
    [PARAMETER_FIRST] = {"First", NULL, false},
    [PARAMETER_LAST] = {"Last", NULL, false},
    [PARAMETER_DESCENDING] = {"Descending", NULL, true},
    [PARAMETER_GLOBAL] = {"Global", NULL, true},
    [PARAMETER_WHAT_IF] = {"WhatIf", "wi", true},
    [PARAMETER_CONFIRM] = {"Confirm", "cf", true},
    [PARAMETER_FORCE] = {"Force", NULL, true},
    [PARAMETER_PASS_THRU] = {"PassThru", NULL, true},
    [PARAMETER_IN_MEMORY] = {"InMemory", NULL, true},
};

#define IDENTITY BIT(PARAMETER_IDENTITY)
#define INSTANCE BIT(PARAMETER_INSTANCE)
#define PROPERTY BIT(PARAMETER_PROPERTY)
#define ASKING (BIT(PARAMETER_WHAT_IF) | BIT(PARAMETER_CONFIRM))
#define CHANGING (ASKING | BIT(PARAMETER_FORCE))
#define GRANTING                                                                         \
    (ASKING | BIT(PARAMETER_FORCE) | BIT(PARAMETER_POLICY_NAME) | BIT(PARAMETER_GROUP) | \
     BIT(PARAMETER_GLOBAL) | BIT(PARAMETER_PASS_THRU))
#define AT(parameter) .positions = {parameter}, .position_count = 1
#define ASK(op) .does = CMDLET_DOES_ASK, .kind = (op)

static const struct cmdlet cmdlets[] = {
    {.name = "New-CsClientPolicy",
     ASK(ADMIN_POLICY_NEW),
     .settings = SETTINGS_POLICY,
     .changes = true,
     .parameters = IDENTITY | CHANGING | BIT(PARAMETER_FROM) | BIT(PARAMETER_IN_MEMORY),
     .required = IDENTITY,
     AT(PARAMETER_IDENTITY)},
    {.name = "Set-CsClientPolicy",
     ASK(ADMIN_POLICY_SET),
     .settings = SETTINGS_POLICY,
     .changes = true,
     .parameters = IDENTITY | CHANGING | INSTANCE,
     AT(PARAMETER_IDENTITY)},
    {.name = "Get-CsClientPolicy",
     ASK(ADMIN_POLICY_GET),
     .parameters = IDENTITY | BIT(PARAMETER_FILTER),
     AT(PARAMETER_IDENTITY)},
    {.name = "Remove-CsClientPolicy",
     ASK(ADMIN_POLICY_REMOVE),
     .changes = true,
     .parameters = IDENTITY | CHANGING,
     AT(PARAMETER_IDENTITY)},
    {.name = "Grant-CsClientPolicy",
     ASK(ADMIN_GRANT),
     .changes = true,
     .parameters = IDENTITY | GRANTING,
     .required = BIT(PARAMETER_POLICY_NAME),
     .lists = IDENTITY | BIT(PARAMETER_GROUP),
     .positions = {PARAMETER_IDENTITY, PARAMETER_POLICY_NAME},
     .position_count = 2},
    {.name = "New-CsClientPolicyEntry",
     .does = CMDLET_DOES_ENTRY,
     .parameters = BIT(PARAMETER_NAME) | BIT(PARAMETER_VALUE),
     .required = BIT(PARAMETER_NAME) | BIT(PARAMETER_VALUE)},
    {.name = "Get-CsImConfiguration",
     ASK(ADMIN_IM_CONFIG),
     .parameters = IDENTITY | BIT(PARAMETER_FILTER),
     AT(PARAMETER_IDENTITY)},
    {.name = "Set-CsImConfiguration",
     ASK(ADMIN_IM_CONFIG),
     .settings = SETTINGS_ORGANISATION,
     .changes = true,
     .parameters = IDENTITY | CHANGING | INSTANCE,
     AT(PARAMETER_IDENTITY)},
    {.name = "Get-CsEffectivePolicy", ASK(ADMIN_EFFECTIVE), .parameters = IDENTITY, AT(PARAMETER_IDENTITY)},
    {.name = "Get-CsUser",
     ASK(ADMIN_USER_LIST),
     .parameters = IDENTITY,
     AT(PARAMETER_IDENTITY),
     .aliases = {"Get-CsOnlineUser"}},

    {.name = "Where-Object",
     .does = CMDLET_DOES_WHERE,
     .parameters = BIT(PARAMETER_FILTER_SCRIPT),
     .required = BIT(PARAMETER_FILTER_SCRIPT),
     AT(PARAMETER_FILTER_SCRIPT),
     .aliases = {"?", "where"}},
    {.name = "ForEach-Object",
     .does = CMDLET_DOES_EACH,
     .parameters = BIT(PARAMETER_PROCESS),
     .required = BIT(PARAMETER_PROCESS),
     AT(PARAMETER_PROCESS),
     .aliases = {"%", "foreach"}},
    {.name = "Select-Object",
     .does = CMDLET_DOES_SELECT,
     .parameters = PROPERTY | BIT(PARAMETER_EXPAND_PROPERTY) | BIT(PARAMETER_FIRST) | BIT(PARAMETER_LAST),
     .lists = PROPERTY,
     AT(PARAMETER_PROPERTY),
     .aliases = {"select"}},
    {.name = "Sort-Object",
     .does = CMDLET_DOES_SORT,
     .parameters = PROPERTY | BIT(PARAMETER_DESCENDING),
     .lists = PROPERTY,
     AT(PARAMETER_PROPERTY),
     .aliases = {"sort"}},
    {.name = "Measure-Object", .does = CMDLET_DOES_MEASURE, .aliases = {"measure"}},
    {.name = "Format-List",
     .does = CMDLET_DOES_LIST,
     .parameters = PROPERTY,
     .lists = PROPERTY,
     AT(PARAMETER_PROPERTY),
     .aliases = {"fl"}},
    {.name = "Format-Table",
     .does = CMDLET_DOES_TABLE,
     .parameters = PROPERTY,
     .lists = PROPERTY,
     AT(PARAMETER_PROPERTY),
     .aliases = {"ft"}},

    /* The original's page begins with these; here there is nothing to load, type or keep open. */
    {.name = "Import-Module",
     .does = CMDLET_DOES_SAY,
     .say = N_("Nothing to import; the cmdlets are built in.")},
    {.name = "Get-Credential",
     .does = CMDLET_DOES_SAY,
     .say = N_("oim needs no password: this computer's key signs you in.")},
    {.name = "New-CsOnlineSession", .does = CMDLET_DOES_CONNECT},
    {.name = "Import-PSSession",
     .does = CMDLET_DOES_SAY,
     .say = N_("Nothing to import; the cmdlets are built in.")},
    {.name = "Remove-PSSession",
     .does = CMDLET_DOES_SAY,
     .say = N_("Nothing to close; every command signs in by itself.")},
    {.name = "Get-Host",
     .does = CMDLET_DOES_SAY,
     .say = N_("No PowerShell is needed; its cmdlets for client policies are built in.")},
};

/* Voice, video, mail and directory: the original's, without meaning here. */
static const char *const ignored_values[] = {
    "Tenant",
    "DomainController",
    "AddressBookAvailability",
    "AttendantSafeTransfer",
    "BlockConversationFromFederatedContacts",
    "CalendarStatePublicationInterval",
    "ConferenceIMIdleTimeout",
    "CustomizedHelpUrl",
    "CustomLinkInErrorMessages",
    "CustomStateUrl",
    "DGRefreshInterval",
    "DisableCalendarPresence",
    "DisableContactCardOrganizationTab",
    "DisableFederatedPromptDisplayName",
    "DisableFeedsTab",
    "DisableFreeBusyInfo",
    "DisableHandsetOnLockedMachine",
    "DisableHtmlIm",
    "DisableInkIM",
    "DisableMeetingSubjectAndLocation",
    "DisableOneNote12Integration",
    "DisableOnlineContextualSearch",
    "DisablePhonePresence",
    "DisablePICPromptDisplayName",
    "DisablePoorDeviceWarnings",
    "DisablePoorNetworkWarnings",
    "DisablePresenceNote",
    "DisableRTFIM",
    "DisplayPhoto",
    "EnableCallLogAutoArchiving",
    "EnableClientAutoPopulateWithTeam",
    "EnableClientMusicOnHold",
    "EnableConversationWindowTabs",
    "EnableEnterpriseCustomizedHelp",
    "EnableEventLogging",
    "EnableExchangeContactsFolder",
    "EnableExchangeContactSync",
    "EnableExchangeDelegateSync",
    "EnableFullScreenVideo",
    "EnableHighPerformanceConferencingAppSharing",
    "EnableHighPerformanceP2PAppSharing",
    "EnableHotdesking",
    "EnableMediaRedirection",
    "EnableMeetingEngagement",
    "EnableOnlineFeedback",
    "EnableOnlineFeedbackScreenshots",
    "EnableServerConversationHistory",
    "EnableSkypeUI",
    "EnableTracing",
    "EnableUnencryptedFileTransfer",
    "EnableVOIPCallDefault",
    "ExcludedContactFolders",
    "HelpEnvironment",
    "HotdeskingTimeout",
    "IMLatencyErrorThreshold",
    "IMLatencySpinnerDelay",
    "MAPIPollInterval",
    "MaximumDGsAllowedInContactList",
    "MaxPhotoSizeKB",
    "MusicOnHoldAudioFile",
    "P2PAppSharingEncryption",
    "PlayAbbreviatedDialTone",
    "PolicyEntry",
    "PublicationBatchDelay",
    "RateMyCallAllowCustomUserFeedback",
    "RateMyCallDisplayPercentage",
    "RequireContentPin",
    "SearchPrefixFlags",
    "ShowManagePrivacyRelationships",
    "ShowRecentContacts",
    "ShowSharepointPhotoEditLink",
    "SPSearchCenterExternalURL",
    "SPSearchCenterInternalURL",
    "SPSearchExternalURL",
    "SPSearchInternalURL",
    "SupportModernFilePicker",
    "TabURL",
    "TelemetryTier",
    "TracingLevel",
    "WebServicePollInterval",
};
static const char *const ignored_switches[] = {"LocalStore", "AsJob", "Verbose", "Debug", "AutoSize", "Wrap"};

const struct parameter *parameter_info(enum parameter_id id)
{
    assert((unsigned)id < PARAMETER_COUNT);
    return &parameters[id];
}

const struct cmdlet *cmdlet_at(size_t index)
{
    return index < OIM_COUNT(cmdlets) ? &cmdlets[index] : NULL;
}

const struct cmdlet *cmdlet_find(const char *name)
{
    for (size_t i = 0; i < OIM_COUNT(cmdlets); i++) {
        if (name_equal(cmdlets[i].name, name)) {
            return &cmdlets[i];
        }
        for (size_t j = 0; j < ALIAS_COUNT_MAX && cmdlets[i].aliases[j] != NULL; j++) {
            if (name_equal(cmdlets[i].aliases[j], name)) {
                return &cmdlets[i];
            }
        }
    }
    return NULL;
}

bool cmdlet_begins(const char *text)
{
    static const char *const verbs[] = {"New",    "Set",   "Get",    "Remove",  "Grant", "Import",
                                        "Export", "Where", "Select", "ForEach", "Sort",  "Measure",
                                        "Format", "Test",  "Enable", "Disable"};
    if (text[0] == '$') {
        return true;
    }
    for (size_t i = 0; i < OIM_COUNT(verbs); i++) {
        size_t size = strlen(verbs[i]);
        if (name_has_prefix(text, verbs[i])) {
            text += size;
            text += strspn(text, " ");
            /* A hyphen, or the dash that a page has made of it. */
            return text[0] == '-' || strncmp(text, "\xe2\x80", 2) == 0;
        }
    }
    return false;
}

static bool stands_in(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (name_equal(names[i], name)) {
            return true;
        }
    }
    return false;
}

bool parameter_is_ignored(const char *name, bool *out_is_switch)
{
    *out_is_switch = stands_in(ignored_switches, OIM_COUNT(ignored_switches), name);
    return *out_is_switch || stands_in(ignored_values, OIM_COUNT(ignored_values), name);
}
