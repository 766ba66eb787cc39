/*
 * words_admin.c - the sentences for administrators; see words.h.
 */
#include "client/text/words_table.h"

static const struct words_row rows[] = {
    /* Administration. */
    {"admin_done", {N_("Done."), "Hecho."}},
    {"admin_not_done", {N_("Nothing was changed."), "No se ha cambiado nada."}},
    {"admin_interrupted",
     {N_("Interrupted. If this was a change, the server may have made it all the same: look before you "
         "repeat it."),
      "Interrumpido. Si era un cambio, puede que el servidor lo haya hecho igualmente: compruébelo antes de "
      "repetirlo."}},
    {"admin_confirm", {N_("{name}: are you sure? [y/N]"), "{name}: ¿está seguro? [s/N]"}},
    {"admin_remove_used",
     {N_("{name} is in use by those above. They would fall back to their team's policy or to Global. Remove "
         "it? "
         "[y/N]"),
      "Los de arriba usan {name}. Volverían a la directiva de su equipo o a Global. ¿Quitarla? [s/N]"}},
    {"admin_grant_many",
     {N_("'{words}' may be any of those above. Grant {name} to all of them? [y/N]"),
      "'{words}' puede ser cualquiera de los de arriba. ¿Conceder {name} a todos? [s/N]"}},
    {"admin_grant_many",
     {N_("'{words}' may be any of those above. Take back what all of them were granted? [y/N]"),
      "'{words}' puede ser cualquiera de los de arriba. ¿Retirar lo concedido a todos? [s/N]"}},
    {"admin_what_if",
     {N_("What if: {cmdlet} {name}. Nothing was changed; it would concern {count} {count|person|people}."),
      "Qué pasaría: {cmdlet} {name}. No se ha cambiado nada; afectaría a {count} {count|persona|personas}."}},
    {"admin_what_if",
     {N_("What if: {cmdlet}. Nothing was changed; it would concern {count} {count|person|people}."),
      "Qué pasaría: {cmdlet}. No se ha cambiado nada; afectaría a {count} {count|persona|personas}."}},
    {"shell_hello",
     {N_("Cmdlets for client policies. Tab completes; exit or Ctrl-D ends."),
      "Cmdlets para directivas de cliente. Tab completa; exit o Ctrl-D termina."}},
    {"admin_connected",
     {N_("Connected to {address} as {login} ({role:role})."),
      "Conectado a {address} como {login} ({role:role})."}},
    {"admin_connected", {N_("Connected as {login}."), "Conectado como {login}."}},
    {"invite_until", {N_("(works once, until {until:time})"), "(sirve una vez, hasta el {until:time})"}},
    {"invite_until", {N_("(works once)"), "(sirve una vez)"}},
    {"invite_for", {N_("{login} ({display}):"), "{login} ({display}):"}},
    {"no_such_invite",
     {N_("Nobody called {name} is still to join"), "Nadie llamado {name} está pendiente de darse de alta"}},
    {"people_unreadable", {N_("{path}: {text}"), "{path}: {text}"}},
    {"people_unreadable",
     {N_("{path}: cannot be read, or is larger than 4 MiB"), "{path}: no se puede leer o supera 4 MiB"}},
    {"people_encoding",
     {N_("line {line}: this is not UTF-8; save the file again from the spreadsheet as \"CSV UTF-8\""),
      "línea {line}: esto no es UTF-8; guarde el archivo otra vez desde la hoja de cálculo como «CSV "
      "UTF-8»"}},
    {"people_quote",
     {N_("line {line}: a quotation mark is not closed, or something follows it before the next column"),
      "línea {line}: hay unas comillas sin cerrar, o algo detrás de ellas antes de la columna siguiente"}},
    {"people_columns",
     {N_("line {line}: \"{value}\" is a column too many; there are login, display, team, mail, role"),
      "línea {line}: «{value}» es una columna de más; hay login, display, team, mail, role"}},
    {"people_column",
     {N_("line {line}: \"{value}\" is no column; there are login, display, team, mail, role"),
      "línea {line}: «{value}» no es una columna; hay login, display, team, mail, role"}},
    {"people_login",
     {N_("line {line}: \"{value}\" cannot be a login: a-z, 0-9, then also . _ -, at most 32"),
      "línea {line}: «{value}» no puede ser un nombre de usuario: a-z, 0-9, después también . _ -, máximo "
      "32"}},
    {"people_login",
     {N_("line {line}: the login is missing"), "línea {line}: falta el nombre de usuario (login)"}},
    {"people_display",
     {N_("line {line}: \"{value}\" cannot be a name: too long, or with control characters"),
      "línea {line}: «{value}» no puede ser un nombre: es demasiado largo o tiene caracteres de control"}},
    {"people_team",
     {N_("line {line}: \"{value}\" cannot be a team: too long, or with control characters"),
      "línea {line}: «{value}» no puede ser un equipo: es demasiado largo o tiene caracteres de control"}},
    {"people_mail",
     {N_("line {line}: the mail address goes over more than one line"),
      "línea {line}: la dirección de correo ocupa más de una línea"}},
    {"people_role",
     {N_("line {line}: \"{value}\" is no role; there are user, bot, auditor, admin, owner"),
      "línea {line}: «{value}» no es un rol; hay user, bot, auditor, admin, owner"}},
    {"people_twice",
     {N_("line {line}: {value} stands in the file already"),
      "línea {line}: {value} ya figura en el archivo"}},
    {"people_nobody", {N_("There is nobody in the file."), "No hay nadie en el archivo."}},
    {"people_refused",
     {N_("line {line}: {value} cannot be invited; the line above says why"),
      "línea {line}: no se puede invitar a {value}; la línea anterior dice por qué"}},
    {"people_letter_there", {N_("line {line}: {value} is there already"), "línea {line}: {value} ya existe"}},
    {"people_letter_not_written",
     {N_("line {line}: the letter {value} could not be written"),
      "línea {line}: no se pudo escribir la carta {value}"}},
    {"people_no_room",
     {N_("{count} {count|person|people} in the file, and only {room} more {room|invite|invites} may be open "
         "at a "
         "time. Revoke some, or wait for people to join."),
      "{count} {count|persona|personas} en el archivo, y solo puede haber {room} "
      "{room|invitación|invitaciones} "
      "más sin usar. Retire algunas o espere a que se den de alta."}},
    {"people_withdrawn",
     {N_("{!left}Stopped; nobody stays invited."), "{!left}Interrumpido; no queda nadie invitado."}},
    {"people_withdrawn",
     {N_("Stopped; {left} {left|invite|invites} could not be withdrawn: see oimctl invite list"),
      "Interrumpido; no se {left|pudo|pudieron} retirar {left} {left|invitación|invitaciones}: vea oimctl "
      "invite "
      "list"}},
    {"people_invited",
     {N_("{?path}Invited {count} {count|person|people}; the letters are in {path}."),
      "{?path}{count} {count|persona invitada|personas invitadas}; las cartas están en {path}."}},
    {"people_invited",
     {N_("Invited {count} {count|person|people}."), "{count} {count|persona invitada|personas invitadas}."}},
    /* A letter, a row a line. */
    {"letter_to", {N_("To: {mail}"), "Para: {mail}"}},
    {"letter_hello",
     {N_("Hello {display}, you are invited to {address}."),
      "Hola, {display}: tiene una invitación a {address}."}},
    {"letter_install",
     {N_("1. Install oim, if it is not on your computer yet; I can help."),
      "1. Instale oim si aún no está en su equipo; puedo ayudarle."}},
    {"letter_run",
     {N_("2. Run:            oim join       and paste this line when asked:"),
      "2. Ejecute:        oim join       y pegue esta línea cuando se le pida:"}},
    {"letter_line", {N_("   {line}"), "   {line}"}},
    {"letter_once",
     {N_("The line works once, until {until:date}. If it says it was used already, tell me."),
      "La línea sirve una vez, hasta el {until:date}. Si dice que ya se usó, avíseme."}},
    {"owner_line",
     {N_("Nobody owns this server yet. On your own computer:  oim join {line}"),
      "Este servidor aún no tiene propietario. En su equipo:  oim join {line}"}},
    {"owner_address",
     {N_("Tell oimd its name too, in its configuration file: address = {address}"),
      "Indique también a oimd su nombre, en su archivo de configuración: address = {address}"}},
    {"no_owner_line",
     {N_("No owner's line at {path}: the server has an owner already, was not started yet, or keeps its "
         "secret "
         "elsewhere (--secret-file)."),
      "No hay línea de propietario en {path}: el servidor ya tiene propietario, aún no se ha iniciado o "
      "guarda su "
      "secreto en otro lugar (--secret-file)."}},
    {"protocol", {N_("{text}"), "{text}"}},
    {"protocol",
     {N_("The server does not understand this request: is it older than this program?"),
      "El servidor no entiende esta petición: ¿es más antiguo que este programa?"}},
    {"auth", {N_("The server does not accept this device."), "El servidor no acepta este dispositivo."}},
    {"limit", {N_("{text}"), "{text}"}},
    {"limit",
     {N_("That is too large, too many or too fast."), "Es demasiado grande, demasiado o demasiado rápido."}},
    {"again",
     {N_("The server is busy. Try again in a while."),
      "El servidor está ocupado. Inténtelo de nuevo dentro de un rato."}},
    {"trust", {N_("{text}"), "{text}"}},
    {"trust",
     {N_("This is not what was seen before; nothing was changed."),
      "Esto no es lo que se vio antes; no se ha cambiado nada."}},
    {"storage", {N_("The server could not store it: {text}"), "El servidor no pudo guardarlo: {text}"}},
    {"storage", {N_("The server could not store it."), "El servidor no pudo guardarlo."}},
    {"io", {N_("{text}"), "{text}"}},
    {"io",
     {N_("The server has a problem of its own; its log says which."),
      "El servidor tiene un problema propio; su registro dice cuál."}},
    {"not_found", {N_("{text}"), "{text}"}},
    {"not_found", {N_("There is no such thing."), "No existe."}},

    {"effective",
     {N_("{login}: policy {policy}, by {via}; may not leave messages ({who})"),
      "{login}: directiva {policy}, por {via}; no puede dejar mensajes ({who})"}},
    {"effective",
     {N_("{login}: policy {policy}, by {via}; may leave messages"),
      "{login}: directiva {policy}, por {via}; puede dejar mensajes"}},
    {"explain_policy",
     {N_("{?via=own}{login} ({display}): policy {policy}, granted to {login} by {by}, {at:time}"),
      "{?via=own}{login} ({display}): directiva {policy}, concedida a {login} por {by}, {at:time}"}},
    {"explain_policy",
     {N_("{?via=own}{login} ({display}): policy {policy}, granted to {login}"),
      "{?via=own}{login} ({display}): directiva {policy}, concedida a {login}"}},
    {"explain_policy",
     {N_("{?via=team}{login} ({display}): policy {policy}, granted to team {team} by {by}, {at:time}"),
      "{?via=team}{login} ({display}): directiva {policy}, concedida al equipo {team} por {by}, {at:time}"}},
    {"explain_policy",
     {N_("{?via=team}{login} ({display}): policy {policy}, granted to team {team}"),
      "{?via=team}{login} ({display}): directiva {policy}, concedida al equipo {team}"}},
    {"explain_policy",
     {N_("{?via=site}{login} ({display}): policy {policy}, in force for everybody in team {team}"),
      "{?via=site}{login} ({display}): directiva {policy}, en vigor para todo el equipo {team}"}},
    {"explain_policy",
     {N_("{login} ({display}): policy {policy}, as whoever was granted nothing else"),
      "{login} ({display}): directiva {policy}, como quien no tiene otra concedida"}},
    {"explain_rule",
     {N_("{?rule=organisation}May not leave messages: the organisation has turned offline messages off "
         "({rule_by}, {rule_at:time}), and that comes first"),
      "{?rule=organisation}No puede dejar mensajes: la organización ha desactivado los mensajes sin conexión "
      "({rule_by}, {rule_at:time}), y eso va primero"}},
    {"explain_rule",
     {N_("{?rule=organisation}May not leave messages: the organisation has turned offline messages off, and "
         "that comes first"),
      "{?rule=organisation}No puede dejar mensajes: la organización ha desactivado los mensajes sin "
      "conexión, y "
      "eso va primero"}},
    {"explain_rule",
     {N_("{?rule=default}May leave messages: {policy} sets neither EnableOfflineIm nor "
         "EnableIMAutoArchiving, "
         "and the built-in default is yes"),
      "{?rule=default}Puede dejar mensajes: {policy} no indica ni EnableOfflineIm ni EnableIMAutoArchiving, "
      "y el "
      "valor predeterminado es sí"}},
    {"explain_rule",
     {N_("{?offline=on}May leave messages: {rule} is True in {policy}, set by {rule_by}, {rule_at:time}"),
      "{?offline=on}Puede dejar mensajes: {rule} es True en {policy}, indicado por {rule_by}, "
      "{rule_at:time}"}},
    {"explain_rule",
     {N_("{?offline=on}May leave messages: {rule} is True in {policy}"),
      "{?offline=on}Puede dejar mensajes: {rule} es True en {policy}"}},
    {"explain_rule",
     {N_("{?rule_by}May not leave messages: {rule} is False in {policy}, set by {rule_by}, {rule_at:time}"),
      "{?rule_by}No puede dejar mensajes: {rule} es False en {policy}, indicado por {rule_by}, "
      "{rule_at:time}"}},
    {"explain_rule",
     {N_("May not leave messages: {rule} is False in {policy}"),
      "No puede dejar mensajes: {rule} es False en {policy}"}},
    {"explain_accepts",
     {N_("{?accepts=False}Nothing may wait for {login}: AcceptOfflineIm is False"),
      "{?accepts=False}Nada puede esperar a {login}: AcceptOfflineIm es False"}},
    {"explain_accepts", {N_("Messages may wait for {login}"), "Se pueden dejar mensajes a {login}"}},
    {"explain_meets",
     {N_("{?meets=delivered}A message to {to_display} now: delivered at once"),
      "{?meets=delivered}Un mensaje a {to_display} ahora: se entrega al momento"}},
    {"explain_meets",
     {N_("{?meets=delivered_quiet}A message to {to_display} now: delivered without alert"),
      "{?meets=delivered_quiet}Un mensaje a {to_display} ahora: se entrega sin aviso"}},
    {"explain_meets",
     {N_("{?meets=held}A message to {to_display} now: held until {to_display} signs in"),
      "{?meets=held}Un mensaje a {to_display} ahora: se guarda hasta que {to_display} inicie sesión"}},
    {"explain_meets",
     {N_("{?meets=live}A message to {to_display} now: delivered only while {to_display} is signed in, not "
         "kept"),
      "{?meets=live}Un mensaje a {to_display} ahora: se entrega solo mientras {to_display} esté conectado, "
      "no se "
      "guarda"}},
    {"explain_meets",
     {N_("{?meets=queued_not_joined}A message to {to_display} now: stays on {login}'s computer until "
         "{to_display} has joined"),
      "{?meets=queued_not_joined}Un mensaje a {to_display} ahora: queda en el equipo de {login} hasta que "
      "{to_display} se dé de alta"}},
    {"explain_meets",
     {N_("{?meets=no_device}No message can come from {login} now: no device of theirs has joined"),
      "{?meets=no_device}{login} no puede escribir ahora: no tiene ningún dispositivo dado de alta"}},
    {"explain_meets",
     {N_("{?reason=sender_offline_off}A message to {to_display} now: refused. {to_display} is signed out, "
         "and "
         "{login} may not leave messages"),
      "{?reason=sender_offline_off}Un mensaje a {to_display} ahora: rechazado. {to_display} no está "
      "conectado y "
      "{login} no puede dejar mensajes"}},
    {"explain_meets",
     {N_("{?reason=recipient_offline_off}A message to {to_display} now: refused. {to_display} is signed out "
         "and "
         "does not accept offline messages"),
      "{?reason=recipient_offline_off}Un mensaje a {to_display} ahora: rechazado. {to_display} no está "
      "conectado "
      "y no acepta mensajes sin conexión"}},
    {"explain_meets",
     {N_("{?reason=org_offline_off}A message to {to_display} now: refused. {to_display} is signed out, and "
         "the "
         "organisation has turned offline messages off"),
      "{?reason=org_offline_off}Un mensaje a {to_display} ahora: rechazado. {to_display} no está conectado y "
      "la "
      "organización ha desactivado los mensajes sin conexión"}},
    {"explain_meets",
     {N_("{?reason=closed}A message to {to_display} now: refused. {to_display}'s account is closed"),
      "{?reason=closed}Un mensaje a {to_display} ahora: rechazado. La cuenta de {to_display} está cerrada"}},
    {"explain_meets",
     {N_("{?reason=dnd_refused}A message to {to_display} now: refused. {to_display} does not want to be "
         "disturbed, and nothing may wait for them"),
      "{?reason=dnd_refused}Un mensaje a {to_display} ahora: rechazado. {to_display} no desea que le "
      "molesten y no "
      "se le puede dejar nada"}},
    {"explain_meets",
     {N_("{?reason=client_too_old}A message to {to_display} now: refused. {to_display} is signed out, and "
         "{login}'s oim is {version}; MinimumClientVersion is {min_version}"),
      "{?reason=client_too_old}Un mensaje a {to_display} ahora: rechazado. {to_display} no está conectado y "
      "el oim de {login} es {version}; MinimumClientVersion es {min_version}"}},
    {"explain_meets",
     {N_("{?reason=client_too_old}A message to {to_display} now: refused. {to_display} is signed out, and "
         "{login}'s oim is too old to leave messages"),
      "{?reason=client_too_old}Un mensaje a {to_display} ahora: rechazado. {to_display} no está conectado y "
      "el oim de {login} es demasiado antiguo para dejar mensajes"}},
    {"explain_meets",
     {N_("{?reason=mailbox_full}A message to {to_display} now: refused. {to_display}'s mailbox is full"),
      "{?reason=mailbox_full}Un mensaje a {to_display} ahora: rechazado. El buzón de {to_display} está "
      "lleno"}},
    {"explain_meets",
     {N_("{?reason=share_full}A message to {to_display} now: refused. {login}'s part of {to_display}'s "
         "mailbox "
         "is full"),
      "{?reason=share_full}Un mensaje a {to_display} ahora: rechazado. La parte de {login} en el buzón de "
      "{to_display} está llena"}},
    {"explain_meets",
     {N_("A message to {to_display} now: refused ({reason})"),
      "Un mensaje a {to_display} ahora: rechazado ({reason})"}},
    {"explain_closed",
     {N_("{login} ({display}): the account is closed since {closed:date}; nothing reaches it. If it were "
         "open:"),
      "{login} ({display}): la cuenta está cerrada desde el {closed:date}; no le llega nada. Si estuviera "
      "abierta:"}},
    {"explain_defaults",
     {N_("All else is at its built-in default ({count} settings): oimctl policy effective {login}"),
      "Lo demás tiene su valor predeterminado ({count} valores): oimctl policy effective {login}"}},
    {"what_if_group",
     {N_("For {people} {people|person|people}, then under {policy}:"),
      "Para {people} {people|persona|personas}, entonces con {policy}:"}},
    {"what_if_unset", {N_("(unset)"), "(sin valor)"}},
    {"what_if",
     {N_("{?people}Nothing was changed. It would change something for {people} {people|person|people}:"),
      "{?people}No se ha cambiado nada. Cambiaría algo para {people} {people|persona|personas}:"}},
    {"what_if",
     {N_("Nothing was changed, and it would change nothing for anybody."),
      "No se ha cambiado nada, y no cambiaría nada para nadie."}},
    {"policy_nothing_set",
     {N_("(sets nothing; the built-in defaults count)"),
      "(no indica nada; cuentan los valores predeterminados)"}},
    {"audit_chain",
     {N_("{?chain=ok}{length} {length|entry|entries}; the chain is whole."),
      "{?chain=ok}{length} {length|entrada|entradas}; la cadena está íntegra."}},
    {"audit_chain",
     {N_("{?chain=broken}{length} {length|entry|entries}; THE CHAIN IS BROKEN: somebody changed the log."),
      "{?chain=broken}{length} {length|entrada|entradas}; LA CADENA ESTÁ ROTA: alguien cambió el registro."}},
    {"audit_chain", {N_("{!length}No entries."), "{!length}No hay entradas."}},

    /* What a change did. */
    {"note_made", {N_("Made policy {value}."), "Se creó la directiva {value}."}},
    {"note_granted", {N_("Granted to {value}."), "Concedida a {value}."}},
    {"note_global_set", {N_("Set {value} in Global."), "Se indicó {value} en Global."}},
    {"note_organisation_set",
     {N_("Set {value} for the whole organisation."), "Se indicó {value} para toda la organización."}},
    {"note_nothing_changed", {N_("Nothing to change for {value}."), "Nada que cambiar para {value}."}},
    {"note_has_own_policy",
     {N_("{value} has a policy of their own, which counts instead."),
      "{value} tiene una directiva propia, que es la que cuenta."}},
    {"note_team_empty", {N_("Nobody is in team {value} yet."), "Aún no hay nadie en el equipo {value}."}},
    {"note_may_not_leave",
     {N_("{value} {value|person|people} can no longer leave messages for people who are signed out."),
      "{value} {value|persona ya no puede|personas ya no pueden} dejar mensajes a quienes no están "
      "conectados."}},
    {"note_may_leave",
     {N_("{value} {value|person|people} may leave messages for people who are signed out from now on."),
      "{value} {value|persona puede|personas pueden} dejar desde ahora mensajes a quienes no están "
      "conectados."}},
    {"note_copied_to_global",
     {N_("The settings of {value} were copied to Global."), "Los valores de {value} se copiaron a Global."}},
    {"note_reset",
     {N_("{value} cannot be removed; all its settings went back to the defaults."),
      "{value} no se puede quitar; todos sus valores volvieron a los predeterminados."}},
    {"note_ambiguous", {N_("Several people match {value}."), "Varias personas coinciden con {value}."}},
    {"note_unreadable", {N_("Entry {value} cannot be read."), "La entrada {value} no se puede leer."}},
    {"note_broken",
     {N_("Entry {value} does not fit the one before it."), "La entrada {value} no encaja con la anterior."}},

    /* What administrators hear about a policy; value is the policy, or the setting. */
    {"note_switched_on",
     {N_("Global turns offline messages off and {value} leaves it unset, so whoever has {value} may leave "
         "messages. Set it there too: oimctl policy set '{value}' EnableOfflineIm=False"),
      "Global desactiva los mensajes sin conexión y {value} no lo indica, así que quien tenga {value} puede "
      "dejar "
      "mensajes. Indíquelo también ahí: oimctl policy set '{value}' EnableOfflineIm=False"}},
    {"note_accepted_again",
     {N_("In Global nobody accepts offline messages and {value} leaves it unset, so whoever has {value} "
         "accepts them. Set it there too: oimctl policy set '{value}' AcceptOfflineIm=False"),
      "En Global nadie acepta mensajes sin conexión y {value} no lo indica, así que quien tenga {value} los "
      "acepta. Indíquelo también ahí: oimctl policy set '{value}' AcceptOfflineIm=False"}},
    {"note_unset_here",
     {N_("Global sets {value}, this policy leaves it unset: the built-in default counts, not Global's value"),
      "Global indica {value} y esta directiva no: cuenta el valor predeterminado, no el de Global"}},
    {"note_undoes_off",
     {N_("Until now {value} turned offline messages off for whoever gets this policy, which leaves it unset: "
         "they may leave messages again. To keep it as it was, set EnableOfflineIm=False in this policy too"),
      "Hasta ahora {value} desactivaba los mensajes sin conexión para quien recibe esta directiva, que no lo "
      "indica: podrá dejarlos otra vez. Para que siga igual, indique EnableOfflineIm=False también en esta "
      "directiva"}},
    {"note_undoes_refusal",
     {N_("Until now {value} let nothing wait for whoever gets this policy, which leaves it unset: messages "
         "may wait for them again. To keep it as it was, set AcceptOfflineIm=False in this policy too"),
      "Hasta ahora, por {value}, nada podía esperar a quien recibe esta directiva, que no lo indica: los "
      "mensajes podrán esperarle otra vez. Para que siga igual, indique AcceptOfflineIm=False también en "
      "esta "
      "directiva"}},
    {"note_undoes_setting",
     {N_("{value} no longer counts for whoever gets this policy, which leaves it unset: the built-in default "
         "counts"),
      "{value} ya no cuenta para quien recibe esta directiva, que no lo indica: cuenta el valor "
      "predeterminado"}},
    {"note_overridden",
     {N_("In {value} EnableOfflineIm decides; EnableIMAutoArchiving changes nothing about leaving messages"),
      "En {value} decide EnableOfflineIm; EnableIMAutoArchiving no cambia quién puede dejar mensajes"}},
    {"note_organisation_off",
     {N_("The organisation has turned offline messages off, so nobody may leave them, whatever {value} says"),
      "La organización ha desactivado los mensajes sin conexión: nadie puede dejarlos, diga lo que diga "
      "{value}"}},
    {"note_history_stops",
     {N_("Whoever has policy {value} keeps no history either: EnableIMAutoArchiving is False there, and the "
         "organisation sets HistoryFollowsArchiving True. What is on people's computers already stays"),
      "Quien tiene la directiva {value} tampoco conserva historial: ahí EnableIMAutoArchiving es False, y la "
      "organización indica HistoryFollowsArchiving True. Lo que ya está en los equipos se queda"}},
};

const struct words_list words_admin_rows = {rows, OIM_COUNT(rows)};
