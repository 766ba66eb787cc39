/*
 * words_native.c - the sentences of oimctl's own commands: who may leave messages, policies, how things
 * stand; see words.h. What they share with the cmdlet dialect is in words_admin.c.
 */
#include "client/text/words_table.h"

static const struct words_row rows[] = {
    /* Whom. */
    {"asks_first",
     {N_("{what} asks first, and nobody is here to answer; add {option}."),
      "{what} pregunta antes, y no hay nadie que responda; añada {option}."}},
    {"address_unaware",
     {N_("{count} {count|person has|people have} not signed in since the addresses last changed, and may "
         "look for the "
         "server at {host_port} only. Remove it? [y/N]"),
      "{count} {count|persona no ha|personas no han} iniciado sesión desde el último cambio de direcciones, "
      "y quizá solo "
      "busquen el servidor en {host_port}. ¿Quitarla? [y/N]"}},
    {"admin_many",
     {N_("'{words}' means the {count} {count|person|people} above. Go on? [y/N]"),
      "'{words}' significa {count|la persona|las {count} personas} de arriba. ¿Continuar? [y/N]"}},
    {"nobody_like",
     {N_("Nobody's login or name is like {name}."),
      "Nadie tiene un nombre de usuario o un nombre como {name}."}},
    {"whom_and_more", {N_("{whom} and {more} more"), "{whom} y {more} más"}},
    {"no_such_policy",
     {N_("There is no policy {name}. Did you mean {nearest}?"),
      "No existe la directiva {name}. ¿Quiso decir {nearest}?"}},
    {"no_such_policy", {N_("There is no policy {name}."), "No existe la directiva {name}."}},
    {"policy_granted", {N_("Granted policy {policy} to {whom}."), "Directiva {policy} concedida a {whom}."}},
    {"policy_granted",
     {N_("Took back what {whom} had been granted: their team's policy or Global counts again."),
      "Se retiró lo concedido a {whom}: vuelve a contar la directiva de su equipo o Global."}},

    /* oimctl offline: what was done, in terms of policies. */
    {"offline_did",
     {N_("{?did=nothing}{?offline=on}Nothing to change for {whom}: messages may be left already (policy "
         "{policy})."),
      "{?did=nothing}{?offline=on}Nada que cambiar para {whom}: ya se pueden dejar mensajes (directiva "
      "{policy})."}},
    {"offline_did",
     {N_("{?did=nothing}Nothing to change for {whom}: no messages may be left already (policy {policy})."),
      "{?did=nothing}Nada que cambiar para {whom}: ya no se pueden dejar mensajes (directiva {policy})."}},
    {"offline_did",
     {N_("{?did=made}{?was_global}Made policy \"{policy}\" (EnableOfflineIm {value}) and granted it to "
         "{whom}."),
      "{?did=made}{?was_global}Se creó la directiva «{policy}» (EnableOfflineIm {value}) y se concedió a "
      "{whom}."}},
    {"offline_did",
     {N_("{?did=made}{whom} {count|has|have} policy {was}. Made \"{policy}\" from it, so that nothing else "
         "changes for them."),
      "{?did=made}{whom} {count|tiene|tienen} la directiva {was}. Se creó «{policy}» a partir de ella, para "
      "que no cambie nada más."}},
    {"offline_did",
     {N_("{?did=granted}{?was_global}Granted policy \"{policy}\" to {whom}."),
      "{?did=granted}{?was_global}Se concedió la directiva «{policy}» a {whom}."}},
    {"offline_did",
     {N_("{?did=granted}{whom} {count|has|have} policy {was}. Granted \"{policy}\", which differs only in "
         "EnableOfflineIm, so that nothing else changes for them."),
      "{?did=granted}{whom} {count|tiene|tienen} la directiva {was}. Se concedió «{policy}», que solo "
      "difiere en EnableOfflineIm, para que no cambie nada más."}},
    {"offline_did",
     {N_("Took policy \"{was}\" back from {whom}; {policy} counts again."),
      "Se retiró la directiva «{was}» a {whom}; vuelve a contar {policy}."}},
    {"offline_everybody",
     {N_("{?did=nothing}{?offline=on}Nothing to change: offline messages are on for the whole organisation "
         "already."),
      "{?did=nothing}{?offline=on}Nada que cambiar: los mensajes sin conexión ya están activados para toda "
      "la organización."}},
    {"offline_everybody",
     {N_("{?did=nothing}Nothing to change: offline messages are off for the whole organisation already."),
      "{?did=nothing}Nada que cambiar: los mensajes sin conexión ya están desactivados para toda la "
      "organización."}},
    {"offline_everybody",
     {N_("{?offline=on}Turned offline messages on for the whole organisation (EnableOfflineIm True)."),
      "{?offline=on}Mensajes sin conexión activados para toda la organización (EnableOfflineIm True)."}},
    {"offline_everybody",
     {N_("Turned offline messages off for the whole organisation (EnableOfflineIm False)."),
      "Mensajes sin conexión desactivados para toda la organización (EnableOfflineIm False)."}},
    {"offline_people",
     {N_("{?offline=on}{people} {people|person|people} may leave messages for people who are signed out "
         "again."),
      "{?offline=on}{people} {people|persona puede|personas pueden} volver a dejar mensajes a quien no está "
      "conectado."}},
    {"offline_people",
     {N_("{people} {people|person|people} can no longer leave messages for people who are signed out."),
      "{people} {people|persona ya no puede|personas ya no pueden} dejar mensajes a quien no está "
      "conectado."}},
    {"note_removed",
     {N_("Removed policy {value}: it was made here and nobody has it any more."),
      "Se quitó la directiva {value}: se creó aquí y ya no la tiene nadie."}},
    {"note_have_own_policy_too",
     {N_("So {value|does|do} {value} more."), "También {value} {value|persona|personas} más."}},

    /* oimctl offline: who may, and why. */
    {"offline_summary",
     {N_("{?rule=organisation}Nobody may leave messages: the organisation has turned offline messages off."),
      "{?rule=organisation}Nadie puede dejar mensajes: la organización ha desactivado los mensajes sin "
      "conexión."}},
    {"offline_summary",
     {N_("{!off}Offline messages are on. All {people} {people|person|people} may leave them."),
      "{!off}Los mensajes sin conexión están activados. {people|La única persona puede|Las {people} personas "
      "pueden} dejarlos."}},
    {"offline_summary",
     {N_("Offline messages are on. {may} of {people} people may leave them, {off} may not."),
      "Los mensajes sin conexión están activados. {may} de {people} personas pueden dejarlos, {off} no."}},
    {"offline_accept",
     {N_("{!closed}Messages may wait for everybody."),
      "{!closed}Puede haber mensajes en espera para todos."}},
    {"offline_accept",
     {N_("Nothing may wait for {closed} {closed|person|people}."),
      "Nada puede esperar a {closed} {closed|persona|personas}."}},
    {"offline_why",
     {N_("{?rule=organisation}the organisation: EnableOfflineIm False"),
      "{?rule=organisation}la organización: EnableOfflineIm False"}},
    {"offline_why",
     {N_("{?rule=default}{?via=global}Global sets nothing: yes"),
      "{?rule=default}{?via=global}Global no indica nada: sí"}},
    {"offline_why",
     {N_("{?rule=default}{?via=own}own policy {shown} sets nothing: yes"),
      "{?rule=default}{?via=own}directiva propia {shown} no indica nada: sí"}},
    {"offline_why",
     {N_("{?rule=default}policy {shown} of team {team} sets nothing: yes"),
      "{?rule=default}directiva {shown} del equipo {team} no indica nada: sí"}},
    {"offline_why",
     {N_("{?offline=on}{?via=global}Global: {rule} True"), "{?offline=on}{?via=global}Global: {rule} True"}},
    {"offline_why", {N_("{?via=global}Global: {rule} False"), "{?via=global}Global: {rule} False"}},
    {"offline_why",
     {N_("{?offline=on}{?via=own}own policy {shown}: {rule} True"),
      "{?offline=on}{?via=own}directiva propia {shown}: {rule} True"}},
    {"offline_why",
     {N_("{?via=own}own policy {shown}: {rule} False"), "{?via=own}directiva propia {shown}: {rule} False"}},
    {"offline_why",
     {N_("{?offline=on}policy {shown} of team {team}: {rule} True"),
      "{?offline=on}directiva {shown} del equipo {team}: {rule} True"}},
    {"offline_why",
     {N_("policy {shown} of team {team}: {rule} False"),
      "directiva {shown} del equipo {team}: {rule} False"}},
};

const struct words_list words_native_rows = {rows, OIM_COUNT(rows)};
