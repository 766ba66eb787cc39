#include "client/admin/cmdlet_table.h"

#include <assert.h>

#include "policy/name.h"

#define N_(text) text /* marks a sentence for translation; looked up where it is shown */

static const struct parameter parameters[PARAMETER_COUNT] = {
    [PARAMETER_IDENTITY] = {"Identity", NULL, false}, [PARAMETER_POLICY_NAME] = {"PolicyName", NULL, false},
    [PARAMETER_GROUP] = {"Group", NULL, false},       [PARAMETER_FILTER] = {"Filter", NULL, false},
    [PARAMETER_FROM] = {"From", NULL, false},         [PARAMETER_GLOBAL] = {"Global", NULL, true},
    [PARAMETER_WHAT_IF] = {"WhatIf", "wi", true},     [PARAMETER_CONFIRM] = {"Confirm", "cf", true},
    [PARAMETER_FORCE] = {"Force", NULL, true},        [PARAMETER_PASS_THRU] = {"PassThru", NULL, true},
};

#define IDENTITY BIT(PARAMETER_IDENTITY)
#define ASKING (BIT(PARAMETER_WHAT_IF) | BIT(PARAMETER_CONFIRM))
#define CHANGING (ASKING | BIT(PARAMETER_FORCE))
#define GRANTING                                                                         \
    (ASKING | BIT(PARAMETER_FORCE) | BIT(PARAMETER_POLICY_NAME) | BIT(PARAMETER_GROUP) | \
     BIT(PARAMETER_GLOBAL) | BIT(PARAMETER_PASS_THRU))
#define AT_IDENTITY {PARAMETER_IDENTITY}, 1

static const struct cmdlet cmdlets[] = {
    {"New-CsClientPolicy", ADMIN_POLICY_NEW, SETTINGS_POLICY, true, IDENTITY | CHANGING | BIT(PARAMETER_FROM),
     IDENTITY, AT_IDENTITY, NULL},
    {"Set-CsClientPolicy", ADMIN_POLICY_SET, SETTINGS_POLICY, true, IDENTITY | CHANGING, 0, AT_IDENTITY,
     NULL},
    {"Get-CsClientPolicy", ADMIN_POLICY_GET, SETTINGS_NONE, false, IDENTITY | BIT(PARAMETER_FILTER), 0,
     AT_IDENTITY, NULL},
    {"Remove-CsClientPolicy", ADMIN_POLICY_REMOVE, SETTINGS_NONE, true, IDENTITY | CHANGING, IDENTITY,
     AT_IDENTITY, NULL},
    {"Grant-CsClientPolicy",
     ADMIN_GRANT,
     SETTINGS_NONE,
     true,
     IDENTITY | GRANTING,
     BIT(PARAMETER_POLICY_NAME),
     {PARAMETER_IDENTITY, PARAMETER_POLICY_NAME},
     2,
     NULL},
    {"Get-CsImConfiguration", ADMIN_IM_CONFIG, SETTINGS_NONE, false, IDENTITY, 0, AT_IDENTITY, NULL},
    {"Set-CsImConfiguration", ADMIN_IM_CONFIG, SETTINGS_ORGANISATION, true, IDENTITY | CHANGING, 0,
     AT_IDENTITY, NULL},
    {"Get-CsEffectivePolicy", ADMIN_EFFECTIVE, SETTINGS_NONE, false, IDENTITY, IDENTITY, AT_IDENTITY, NULL},
    {"Get-CsUser", ADMIN_USER_LIST, SETTINGS_NONE, false, IDENTITY, 0, AT_IDENTITY, NULL},

    /* The original's page begins with these; here there is nothing to load, type or keep open. */
    {.name = "Import-Module", .say = N_("Nothing to import; the cmdlets are built in.")},
    {.name = "Get-Credential", .say = N_("oim needs no password: this computer's key signs you in.")},
    {.name = "New-CsOnlineSession", .say = NULL},
    {.name = "Import-PSSession", .say = N_("Nothing to import; the cmdlets are built in.")},
    {.name = "Remove-PSSession", .say = N_("Nothing to close; every command signs in by itself.")},
    {.name = "Get-Host", .say = N_("No PowerShell is needed; its cmdlets for client policies are built in.")},
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
static const char *const ignored_switches[] = {"LocalStore", "AsJob", "Verbose", "Debug"};

const struct parameter *parameter_info(enum parameter_id id)
{
    assert((unsigned)id < PARAMETER_COUNT);
    return &parameters[id];
}

const struct cmdlet *cmdlet_at(size_t index)
{
    return index < OIM_COUNT(cmdlets) ? &cmdlets[index] : NULL;
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
