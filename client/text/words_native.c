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
    {"trace_message",
     {N_("{short}  {from_display} to {to_display}"), "{short}  {from_display} a {to_display}"}},
    {"trace_step",
     {N_("{?code=held}  {at:clock}  accepted and on disk; {to_display} was signed out"),
      "{?code=held}  {at:clock}  aceptado y en disco; {to_display} no estaba conectado"}},
    {"trace_step",
     {N_("{?code=pushed}  {at:clock}  accepted and on disk; {to_display} was signed in"),
      "{?code=pushed}  {at:clock}  aceptado y en disco; {to_display} estaba conectado"}},
    {"trace_step",
     {N_("{?code=quiet}  {at:clock}  accepted and on disk; without alert, {to_display} was not to be "
         "disturbed"),
      "{?code=quiet}  {at:clock}  aceptado y en disco; sin aviso, {to_display} no quería ser molestado"}},
    {"trace_step",
     {N_("{?code=live}  {at:clock}  only while signed in: not stored"),
      "{?code=live}  {at:clock}  solo mientras esté conectado: no se guarda"}},
    {"trace_step",
     {N_("{?code=refused}  {at:clock}  refused: {reason}"),
      "{?code=refused}  {at:clock}  rechazado: {reason}"}},
    {"trace_step",
     {N_("{?code=sent}  {at:clock}  sent to the device \"{device}\""),
      "{?code=sent}  {at:clock}  enviado al dispositivo «{device}»"}},
    {"trace_step",
     {N_("{?code=taken}  {at:clock}  that device stored it: delivered (\"{device}\")"),
      "{?code=taken}  {at:clock}  ese dispositivo lo guardó: entregado («{device}»)"}},
    {"trace_step",
     {N_("{?code=not_delivered}  {at:clock}  not delivered: {to_display} signed out before it arrived"),
      "{?code=not_delivered}  {at:clock}  no entregado: {to_display} cerró la sesión antes de recibirlo"}},
    {"trace_step",
     {N_("{?code=expired}  {at:clock}  expired; no device had fetched it"),
      "{?code=expired}  {at:clock}  caducado; ningún dispositivo lo había recogido"}},
    {"trace_step",
     {N_("{?code=erased}  {at:clock}  erased by an administrator"),
      "{?code=erased}  {at:clock}  borrado por un administrador"}},
    {"trace_step",
     {N_("{?code=waiting}  now       no device has taken it: it waits for {to_display} since {at:time}, "
         "until "
         "{until:date}"),
      "{?code=waiting}  ahora     ningún dispositivo lo ha recogido: espera a {to_display} desde {at:time}, "
      "hasta el {until:date}"}},
    {"trace_step", {N_("  {at:clock}  {code}"), "  {at:clock}  {code}"}},
    {"trace_same_moment",
     {N_("Of {same_moment:stamp} alone there is more than fits here: ask for one message, by its id."),
      "Solo de {same_moment:stamp} hay más de lo que cabe aquí: pregunte por un mensaje, por su id."}},
    {"trace_older",
     {N_("There is more, up to {older:time}. To see it, add: --until {older:stamp}"),
      "Hay más, hasta {older:time}. Para verlo, añada: --until {older:stamp}"}},
    {"trace_candidate",
     {N_("{id}  {from_display} to {to_display}, {at:time}"),
      "{id}  {from_display} a {to_display}, {at:time}"}},
    {"trace_more_match",
     {N_("These are the latest {more_match}; there are more."),
      "Estos son los {more_match} últimos; hay más."}},
    {"trace_unknown",
     {N_("{?hours=0}{?from}{?window}This server keeps no record of what became of messages (trace_hours is 0 "
         "in its configuration), and none that {from} left {to} in that time waits."),
      "{?hours=0}{?from}{?window}Este servidor no recuerda qué fue de los mensajes (trace_hours es 0 en su "
      "configuración), y no espera ninguno que {from} dejara a {to} en ese tiempo."}},
    {"trace_unknown",
     {N_("{?hours=0}{?from}This server keeps no record of what became of messages (trace_hours is 0 in its "
         "configuration), and none from {from} to {to} waits."),
      "{?hours=0}{?from}Este servidor no recuerda qué fue de los mensajes (trace_hours es 0 en su "
      "configuración), y no espera ninguno de {from} para {to}."}},
    {"trace_unknown",
     {N_("{?hours=0}This server keeps no record of what became of messages (trace_hours is 0 in its "
         "configuration), and of those that wait it is none."),
      "{?hours=0}Este servidor no recuerda qué fue de los mensajes (trace_hours es 0 en su configuración), y "
      "no "
      "está entre los que esperan."}},
    {"trace_unknown",
     {N_("{?from}{?window}Nothing is known of messages from {from} to {to} in that time: the server "
         "remembers {hours} {hours|hour|hours}, and not beyond its start at {since:time}; none that was left "
         "then waits."),
      "{?from}{?window}No se sabe nada de mensajes de {from} para {to} en ese tiempo: el servidor recuerda "
      "{hours} {hours|hora|horas}, y nada anterior a su inicio a las {since:time}; tampoco espera ninguno de "
      "entonces."}},
    {"trace_unknown",
     {N_("{?from}Nothing is known of messages from {from} to {to}: the server remembers {hours} "
         "{hours|hour|hours}, and not beyond its start at {since:time}; none of theirs waits."),
      "{?from}No se sabe nada de mensajes de {from} para {to}: el servidor recuerda {hours} "
      "{hours|hora|horas}, y nada anterior a su inicio a las {since:time}; tampoco espera ninguno."}},
    {"trace_unknown",
     {N_("Nothing is known of it any more: the server remembers {hours} {hours|hour|hours}, and not beyond "
         "its start at {since:time}; it is not waiting either."),
      "Ya no se sabe nada: el servidor recuerda {hours} {hours|hora|horas}, y nada anterior a su inicio a "
      "las {since:time}; tampoco está esperando."}},
    {"trace_waiting",
     {N_("In all, {waiting} {waiting|message waits|messages wait} for {display} now, the oldest of "
         "{first:time}."),
      "En total {waiting|espera|esperan} ahora {waiting} {waiting|mensaje|mensajes} para {display}, el más "
      "antiguo de "
      "las "
      "{first:time}."}},
    {"trace_waiting",
     {N_("{!waiting}Nothing waits for {display} now."), "{!waiting}Nada espera ahora a {display}."}},
    {"audit_whole",
     {N_("{entries} {entries|entry|entries}: every hash and every signature holds."),
      "{entries} {entries|entrada|entradas}: se cumplen todos los resúmenes y todas las firmas."}},
    {"audit_whole", {N_("{!entries}No entries."), "{!entries}No hay entradas."}},
    {"audit_whole_file",
     {N_("{entries} {entries|entry|entries}: every hash and every signature holds. Whether more was cut off "
         "behind them "
         "the file cannot say; its head is {head}"),
      "{entries} {entries|entrada|entradas}: se cumplen todos los resúmenes y todas las firmas. El archivo "
      "no puede "
      "decir si se cortó algo detrás; su final es {head}"}},
    {"audit_whole_file", {N_("{!entries}No entries."), "{!entries}No hay entradas."}},
    {"audit_exported",
     {N_("Wrote {entries} {entries|entry|entries}; every hash and every signature holds. Head: {head}"),
      "Se escribieron {entries} {entries|entrada|entradas}; se cumplen todos los resúmenes y todas las "
      "firmas. Final: "
      "{head}"}},
    {"audit_exported", {N_("{!entries}No entries."), "{!entries}No hay entradas."}},
    {"audit_order",
     {N_("Broken: entry {n} is not where it must be. One was taken out, or two were exchanged."),
      "Roto: la entrada {n} no está en su lugar. Se quitó una o se intercambiaron dos."}},
    {"audit_unreadable", {N_("Broken: entry {n} cannot be read."), "Roto: la entrada {n} no se puede leer."}},
    {"audit_hash",
     {N_("Broken: entry {n} is not the one that was written. It, or its place in the chain, was changed."),
      "Roto: la entrada {n} no es la que se escribió. Se cambió la entrada o su lugar en la cadena."}},
    {"audit_key",
     {N_("Broken: entry {n} comes with a key that is not the one of its device."),
      "Roto: la entrada {n} trae una clave que no es la de su dispositivo."}},
    {"audit_signature",
     {N_("Broken: entry {n} was not signed by its device."),
      "Roto: la entrada {n} no está firmada por su dispositivo."}},
    {"audit_replaced",
     {N_("Broken: entry {n} is not the one that was seen here before. The log was written anew."),
      "Roto: la entrada {n} no es la que se vio aquí antes. El registro se escribió de nuevo."}},
    {"audit_shorter",
     {N_("Broken: {n} entries were seen here before; now there are fewer. The end was cut off, or the server "
         "was set "
         "back to an older state."),
      "Roto: aquí se vieron {n} entradas; ahora hay menos. Se cortó el final o el servidor volvió a un "
      "estado anterior."}},
    {"address_unaware",
     {N_("{count} {count|person has|people have} not signed in since the addresses last changed, and may "
         "look for the "
         "server at {host_port} only. Remove it? [y/N]"),
      "{count} {count|persona no ha|personas no han} iniciado sesión desde el último cambio de direcciones, "
      "y quizá solo "
      "busquen el servidor en {host_port}. ¿Quitarla? [s/N]"}},
    {"admin_many",
     {N_("'{words}' means the {count} {count|person|people} above. Go on? [y/N]"),
      "'{words}' significa {count|la persona|las {count} personas} de arriba. ¿Continuar? [s/N]"}},
    {"is_team",
     {N_("{name} is a team, and one person is meant here. oimctl user list {name} lists who is in it."),
      "{name} es un equipo y aquí se trata de una persona. oimctl user list {name} dice quién está en él."}},
    {"nobody_in_team", {N_("Nobody is in {name}."), "Nadie está en {name}."}},
    {"nobody_found", {N_("Nobody found."), "No se encontró a nadie."}},
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

    /* oimctl queue --erase. */
    {"queue_nobody", {N_("Nothing waits for anybody."), "No hay nada en espera para nadie."}},
    {"queue_empty", {N_("Nothing waits for {login}."), "Nada espera a {login}."}},
    {"queue_sure",
     {N_("Erase {waiting} {waiting|message that waits|messages that wait} for {display}? Both sides are "
         "told, and "
         "nobody can bring {waiting|it|them} back. [y/N]"),
      "¿Borrar {waiting} {waiting|mensaje que espera|mensajes que esperan} a {display}? Se avisa a ambas "
      "partes, y "
      "nadie {waiting|lo|los} puede recuperar. [s/N]"}},
    {"queue_erased",
     {N_("{?delivered}Erased {erased} {erased|message that waited|messages that waited} for {display}; {delivered} "
         "more that a device had taken {delivered|is|are} delivered. Senders and {display} are told, and it stands "
         "in the audit log."),
      "{?delivered}{erased} {erased|mensaje que esperaba|mensajes que esperaban} a {display}: "
      "{erased|borrado|borrados}; {delivered|otro que un dispositivo ya tenía queda entregado|otros {delivered} "
      "que un dispositivo ya tenía quedan entregados}. Se avisa a remitentes y a {display}, y consta en la "
      "auditoría."}},
    {"queue_erased",
     {N_("Erased {erased} {erased|message that waited|messages that waited} for {display}. Senders and "
         "{display} "
         "are told, and it stands in the audit log."),
      "{erased} {erased|mensaje que esperaba|mensajes que esperaban} a {display}: {erased|borrado|borrados}. "
      "Se "
      "avisa a remitentes y a {display}, y consta en la auditoría."}},
    {"queue_not_erased",
     {N_("Nothing was erased: this server does not know how. Is it older than this program?"),
      "No se ha borrado nada: este servidor no sabe hacerlo. ¿Es más antiguo que este programa?"}},
    {"reset_goes",
     {N_("{display} ({login}) would begin anew. What goes: {devices} {devices|device|devices}, for good, and "
         "{waiting} {waiting|message|messages} that no device of theirs has; the senders' computers send "
         "{waiting|it|them} again once {display} has joined."),
      "{display} ({login}) empezaría de nuevo. Se pierde: {devices} {devices|dispositivo|dispositivos}, para "
      "siempre, y {waiting} {waiting|mensaje|mensajes} que ninguno de sus dispositivos tiene; los equipos de "
      "los remitentes {waiting|lo|los} envían otra vez cuando {display} se dé de alta."}},
    {"reset_stays",
     {N_("What stays: name, team, role, policies and contacts; what the lost devices hold, which oim cannot "
         "reach; the entries of both logs. Colleagues are told."),
      "Queda: nombre, equipo, rol, directivas y contactos; lo que guardan los dispositivos perdidos, adonde "
      "oim no llega; los asientos de ambos registros. Se avisa a los compañeros."}},
    {"line_lost",
     {N_("If it was done, the line was lost with the answer: oimctl invite renew {login} makes another."),
      "Si se hizo, la línea se perdió con la respuesta: oimctl invite renew {login} hace otra."}},
    {"reset_sure",
     {N_("Reset the account of {display}? [y/N]"), "¿Restablecer la cuenta de {display}? [s/N]"}},
    {"reset_done",
     {N_("{display} begins anew: {devices} {devices|device is|devices are} void, {erased} {erased|message "
         "was|messages were} erased and will be sent again. The new line:"),
      "{display} empieza de nuevo: {devices} {devices|dispositivo anulado|dispositivos anulados}, {erased} "
      "{erased|mensaje borrado, que se enviará|mensajes borrados, que se enviarán} otra vez. La nueva "
      "línea:"}},
    {"erase_goes",
     {N_("{display} ({login}) would be erased, for good. What goes: the account with name, team and policy, {devices} "
         "{devices|device|devices}, {contacts} {contacts|entry|entries} in contact lists, and {waiting} "
         "{waiting|message|messages} that {waiting|waits|wait} for them, whose senders are told. The login is free "
         "then."),
      "{display} ({login}) se borraría para siempre. Se va: la cuenta con nombre, equipo y directiva, {devices} "
      "{devices|dispositivo|dispositivos}, {contacts} {contacts|entrada|entradas} en listas de contactos y "
      "{waiting} {waiting|mensaje que espera|mensajes que esperan}, de lo que se avisa a los remitentes. El "
      "identificador queda libre."}},
    {"erase_stays",
     {N_("What must stay: the audit log and the organisation's log, with login, name and the names of devices as "
         "they were said then; copies of the data folder; what others have received or are still to receive from "
         "them; and what is on people's own computers."),
      "Debe quedar: el registro de auditoría y el de la organización, con identificador, nombre y nombres de "
      "dispositivos como constaron entonces; las copias de la carpeta de datos; lo que otros han recibido o aún "
      "han de recibir de esta persona; y lo que hay en los equipos de cada cual."}},
    {"erase_sure",
     {N_("To erase {display}, type the login once more:"),
      "Para borrar a {display}, escriba otra vez el identificador:"}},
    {"erase_done",
     {N_("Erased: {display} ({login}), {devices} {devices|device|devices}, {contacts} {contacts|entry|entries} in "
         "contact lists, {erased} {erased|message|messages} that waited."),
      "Borrado: {display} ({login}), {devices} {devices|dispositivo|dispositivos}, {contacts} "
      "{contacts|entrada|entradas} en listas de contactos, {erased} {erased|mensaje que esperaba|mensajes que "
      "esperaban}."}},
    {"erase_unfinished",
     {N_("The account is gone, but the server could not finish: it goes on with the rest by itself."),
      "La cuenta ya no existe, pero el servidor no pudo terminar: borrará el resto por sí solo."}},
    {"server_too_old",
     {N_("This server does not know how to do this. Is it older than this program?"),
      "Este servidor no sabe hacerlo. ¿Es más antiguo que este programa?"}},

    /* oimctl status: one line each. */
    {"status_server",
     {N_("{?state=well}{address}  oimd {version}, up {up:duration}: well"),
      "{?state=well}{address}  oimd {version}, activo desde hace {up:duration}: bien"}},
    {"status_server",
     {N_("{address}  oimd {version}, up {up:duration}: look, see below"),
      "{address}  oimd {version}, activo desde hace {up:duration}: mire, véase abajo"}},
    {"status_server", {N_("{address}  oimd {version}"), "{address}  oimd {version}"}},
    {"status_people",
     {N_("{?closed_count}people      {people} ({joined} joined, {invites_open} invited: {invited}, "
         "{closed_count} closed), {signed_in} signed in"),
      "{?closed_count}personas    {people} ({joined} de alta, {invites_open} "
      "{invites_open|invitada|invitadas}: {invited}, {closed_count} {closed_count|cerrada|cerradas}), "
      "{signed_in} {signed_in|conectada|conectadas}"}},
    {"status_people",
     {N_("people      {people} ({joined} joined, {invites_open} invited: {invited}), {signed_in} signed in"),
      "personas    {people} ({joined} de alta, {invites_open} {invites_open|invitada|invitadas}: {invited}), "
      "{signed_in} {signed_in|conectada|conectadas}"}},
    {"status_people",
     {N_("{?closed_count}people      {people} ({joined} joined, {closed_count} closed), {signed_in} signed "
         "in"),
      "{?closed_count}personas    {people} ({joined} de alta, {closed_count} "
      "{closed_count|cerrada|cerradas}), {signed_in} {signed_in|conectada|conectadas}"}},
    {"status_people",
     {N_("people      {people} ({joined} joined), {signed_in} signed in"),
      "personas    {people} ({joined} de alta), {signed_in} {signed_in|conectada|conectadas}"}},
    {"status_invited", {N_("{?expired}{login} (line expired)"), "{?expired}{login} (línea caducada)"}},
    {"status_invited", {N_("{login} until {until:date}"), "{login} hasta el {until:date}"}},
    {"status_waiting",
     {N_("{?waiting}waiting     {waiting} {waiting|message|messages} for {waiting_people} "
         "{waiting_people|person|people}, the oldest of {oldest:time} ({oldest_login}); fullest mailbox "
         "{fullest_percent} % ({fullest_login})"),
      "{?waiting}en espera   {waiting} {waiting|mensaje|mensajes} para {waiting_people} "
      "{waiting_people|persona|personas}, el más antiguo de {oldest:time} ({oldest_login}); buzón más lleno "
      "{fullest_percent} % ({fullest_login})"}},
    {"status_waiting", {N_("waiting     nothing"), "en espera   nada"}},
    {"status_policy",
     {N_("{?offline=off}policy      offline messages are off for the whole organisation"),
      "{?offline=off}directivas  mensajes sin conexión desactivados para toda la organización"}},
    {"status_policy",
     {N_("{?off_by}{!policy_people}policy      offline messages on; off for {offline_off_people} "
         "{offline_off_people|person|people} ({off_by})"),
      "{?off_by}{!policy_people}directivas  mensajes sin conexión activados; desactivados para "
      "{offline_off_people} {offline_off_people|persona|personas} ({off_by})"}},
    {"status_policy",
     {N_("{?off_by}policy      offline messages on; off for {offline_off_people} "
         "{offline_off_people|person|people} ({off_by}). {policy_people} {policy_people|has|have} a policy "
         "other than Global"),
      "{?off_by}directivas  mensajes sin conexión activados; desactivados para {offline_off_people} "
      "{offline_off_people|persona|personas} ({off_by}). {policy_people} {policy_people|tiene|tienen} otra "
      "directiva que Global"}},
    {"status_policy",
     {N_("{!policy_people}policy      offline messages on for everybody. Nobody has a policy but Global"),
      "{!policy_people}directivas  mensajes sin conexión activados para todos. Nadie tiene otra directiva "
      "que "
      "Global"}},
    {"status_policy",
     {N_("policy      offline messages on for everybody. {policy_people} {policy_people|has|have} a policy "
         "other than Global"),
      "directivas  mensajes sin conexión activados para todos. {policy_people} "
      "{policy_people|tiene|tienen} otra directiva que Global"}},
    {"status_off_team", {N_("team {team}"), "equipo {team}"}},
    {"status_off_own", {N_("policy {policy}"), "directiva {policy}"}},
    {"status_store",
     {N_("store       {store_bytes:size}, disk {disk_free:size} free, last commit {commit_age:duration} ago, "
         "slowest of a day {slowest} ms"),
      "almacén     {store_bytes:size}, {disk_free:size} libres en disco, última escritura hace "
      "{commit_age:duration}, la más lenta de un día {slowest} ms"}},
    {"status_backup",
     {N_("{?mode=proxy}backup      oim makes none (man oimd)   certificate: the proxy's"),
      "{?mode=proxy}copia       oim no hace ninguna (man oimd)   certificado: el del proxy"}},
    {"status_backup",
     {N_("backup      oim makes none (man oimd)   certificate: own, nothing to renew"),
      "copia       oim no hace ninguna (man oimd)   certificado: propio, no hay nada que renovar"}},
    {"status_day",
     {N_("{?day=yesterday}yesterday   {accepted} accepted ({held} held for people who were signed out), "
         "{delivered} delivered, {refused} refused ({refused_policy} by policy), {expired} expired, {lost} "
         "lost"),
      "{?day=yesterday}ayer        {accepted} {accepted|aceptado|aceptados} ({held} "
      "{held|guardado|guardados} para quien no estaba conectado), "
      "{delivered} {delivered|entregado|entregados}, {refused} {refused|rechazado|rechazados} "
      "({refused_policy} por directiva), {expired} {expired|caducado|caducados}, "
      "{lost} perdidos"}},
    {"status_day",
     {N_("today       {accepted} accepted ({held} held for people who were signed out), {delivered} "
         "delivered, "
         "{refused} refused ({refused_policy} by policy), {expired} expired, {lost} lost"),
      "hoy         {accepted} {accepted|aceptado|aceptados} ({held} {held|guardado|guardados} para quien no "
      "estaba conectado), {delivered} {delivered|entregado|entregados}, {refused} "
      "{refused|rechazado|rechazados} ({refused_policy} por directiva), {expired} "
      "{expired|caducado|caducados}, {lost} {lost|perdido|perdidos}"}},
    {"status_counted",
     {N_("            counted since {counted_since:time}"),
      "            contados desde {counted_since:time}"}},
    {"note_look_disk",
     {N_("LOOK: only {value:size} are free on the server's disk. What is full accepts nothing more."),
      "MIRE: solo quedan {value:size} libres en el disco del servidor. Si se llena, no acepta nada más."}},
    {"note_look_full",
     {N_("LOOK: the mailbox of {value} is full: messages for {value} are refused. See oimctl queue {value}; "
         "OfflineQuotaMessages and OfflineQuotaBytes say how much may wait."),
      "MIRE: el buzón de {value} está lleno: se rechazan los mensajes para {value}. Vea oimctl queue {value}; "
      "OfflineQuotaMessages y OfflineQuotaBytes dicen cuánto puede esperar."}},
    {"note_look_full_more",
     {N_("LOOK: {value} more {value|mailbox is|mailboxes are} full. oimctl queue shows all."),
      "MIRE: {value|hay otro buzón lleno|hay otros {value} buzones llenos}. oimctl queue los muestra todos."}},
    {"note_look_mailbox_more",
     {N_("LOOK: {value} more {value|mailbox is|mailboxes are} nearly full. oimctl queue shows all."),
      "MIRE: {value|hay otro buzón casi lleno|hay otros {value} buzones casi llenos}. oimctl queue los muestra "
      "todos."}},
    {"note_look_share",
     {N_("LOOK: somebody has left {value} as much as one person may, and is refused; others are not. "
         "OfflineSenderShare says how much that is."),
      "MIRE: alguien ha dejado a {value} todo lo que una persona puede dejar, y se le rechaza; a los demás no. "
      "OfflineSenderShare dice cuánto es."}},
    {"note_look_share_more",
     {N_("LOOK: the same is true of {value} more {value|mailbox|mailboxes}."),
      "MIRE: lo mismo vale para {value} {value|buzón|buzones} más."}},
    {"note_look_mailbox",
     {N_("LOOK: the mailbox of {value} is nearly full. See oimctl queue {value}; OfflineQuotaMessages and "
         "OfflineQuotaBytes say how much may wait."),
      "MIRE: el buzón de {value} está casi lleno. Vea oimctl queue {value}; OfflineQuotaMessages y "
      "OfflineQuotaBytes dicen cuánto puede esperar."}},
    {"note_look_lost",
     {N_("LOOK: the disk gave {value} {value|message|messages} back damaged. Stop oimd and run oimd verify."),
      "MIRE: el disco devolvió {value} {value|mensaje dañado|mensajes dañados}. Detenga oimd y ejecute oimd "
      "verify."}},
    {"note_look_older_copy",
     {N_("LOOK: a computer of {value} says that it knows of messages that this store does not, as when an "
         "older "
         "copy of the data folder was put back. What was left in between is gone then; ask people to look at "
         "what "
         "they sent. This is said until the server starts again."),
      "MIRE: un equipo de {value} dice conocer mensajes que este almacén no tiene, como al reponer una copia "
      "anterior de la carpeta de datos. Lo que se dejó entre tanto se ha perdido entonces; pida a todos que "
      "revisen "
      "lo que enviaron. Se dice hasta que el servidor arranque de nuevo."}},
    {"note_look_calendar",
     {N_("LOOK: the server's calendar jumped by more than an hour. Nothing expires for {value} more "
         "{value|minute|minutes}; see that its clock is right."),
      "MIRE: el calendario del servidor saltó más de una hora. No caduca nada durante {value} "
      "{value|minuto|minutos} más; compruebe su reloj."}},

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
    {"offline_why_accepts",
     {N_("{why}; accepts none: AcceptOfflineIm False"), "{why}; no acepta: AcceptOfflineIm False"}},
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
