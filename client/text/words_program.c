/*
 * words_program.c - the sentences about the program itself: joining, keys, devices, what went wrong; see
 * words.h.
 */
#include "client/text/words_table.h"

static const struct words_row rows[] = {
    /* How am I, and does it work. */
    {"me_presence", {N_("{?presence=auto}{display}"), "{?presence=auto}{display}"}},
    {"me_presence",
     {N_("{?presence}{display}, {presence:presence}"), "{?presence}{display}, {presence:presence}"}},
    {"me_presence", {N_("{display}, signed out"), "{display}, sin conexión"}},
    {"me_note", {N_("“{note}”"), "«{note}»"}},
    {"me_until", {N_("until {presence_until:time}"), "hasta {presence_until:time}"}},
    {"me_connected", {N_("{?connected}connected to {address}"), "{?connected}conectado a {address}"}},
    {"me_connected",
     {N_("{?denied=device_revoked_here}this device was revoked"),
      "{?denied=device_revoked_here}este dispositivo fue revocado"}},
    {"me_connected", {N_("{address} not reached"), "{address} no responde"}},
    {"me_unread",
     {N_("{?unread}{unread} unread from {unread_people} {unread_people|person|people}"),
      "{?unread}{unread} sin leer de {unread_people} {unread_people|persona|personas}"}},
    {"me_unread", {N_("nothing unread"), "nada sin leer"}},
    {"me_outbox",
     {N_("{?outbox}{outbox} {outbox|message|messages} in the outbox"),
      "{?outbox}{outbox} {outbox|mensaje|mensajes} en la bandeja de salida"}},
    {"me_outbox", {N_("outbox empty"), "bandeja de salida vacía"}},
    {"me_offline", {N_("{?may_leave}offline messages on"), "{?may_leave}mensajes sin conexión activados"}},
    {"me_offline", {N_("offline messages off"), "mensajes sin conexión desactivados"}},
    {"traced",
     {N_("For a while the server remembers who wrote to whom and when, in memory and without the text; an "
         "administrator "
         "who looks at that leaves an entry in the audit log."),
      "Durante un tiempo el servidor recuerda quién escribió a quién y cuándo, en memoria y sin el texto; si "
      "un "
      "administrador lo consulta, queda anotado en el registro de auditoría."}},
    {"not_sealed",
     {N_("Not yet end-to-end encrypted: who runs {address} could read what is written."),
      "Aún sin cifrado de extremo a extremo: quien administra {address} podría leer lo que se "
      "escribe."}},
    {"not_sealed",
     {N_("Not yet end-to-end encrypted: who runs the server could read what is written."),
      "Aún sin cifrado de extremo a extremo: quien administra el servidor podría leer lo que se "
      "escribe."}},

    /* Joining. */
    {"join_ask_line",
     {N_("Welcome. Paste the invite line your administrator sent you, then press Enter:"),
      "Bienvenido. Pegue la línea de invitación que le envió su administrador y pulse Intro:"}},
    {"join_ask_login",
     {N_("You will be the owner: the administrator nobody else can remove. Your login (a-z, 0-9, . _ "
         "-):"),
      "Usted será el propietario: el administrador que nadie más puede quitar. Su nombre de "
      "usuario (a-z, 0-9, . _ -):"}},
    {"join_ask_display", {N_("Your name, as others will see it:"), "Su nombre, como lo verán los demás:"}},
    {"join_ask_passphrase",
     {N_("A passphrase for this computer's keys (Enter alone: none):"),
      "Una frase de contraseña para las claves de este equipo (solo Intro: ninguna):"}},
    {"join_ask_again", {N_("The same once more:"), "La misma otra vez:"}},
    {"join_passphrase_differs", {N_("The two differ. Once more."), "No coinciden. Otra vez."}},
    {"join_no_passphrase",
     {N_("Without a passphrase, anyone who can read the files of this profile can be you. Type yes to "
         "go on:"),
      "Sin frase de contraseña, quien pueda leer los archivos de este perfil podrá hacerse pasar "
      "por usted. Escriba yes para continuar:"}},
    {"joined_owner",
     {N_("{display} is the owner: the administrator nobody else can remove."),
      "{display} es el propietario: el administrador que nadie más puede quitar."}},
    {"joined", {N_("{display} is in."), "{display} está dentro."}},
    {"join_next",
     {N_("Write to somebody with: oim send WHO TEXT. What came for you: oim receive"),
      "Escriba a alguien con: oim send QUIEN TEXTO. Lo que ha llegado: oim receive"}},

    /* Keys. */
    {"ask_passphrase", {N_("Passphrase of this profile:"), "Frase de contraseña de este perfil:"}},
    {"unlocked", {N_("{?for}Unlocked for {for:duration}."), "{?for}Desbloqueado durante {for:duration}."}},
    {"unlocked", {N_("Unlocked."), "Desbloqueado."}},
    {"no_passphrase",
     {N_("This profile has no passphrase: it is open to whoever can read its files, and cannot be locked."),
      "Este perfil no tiene frase de contraseña: está abierto a quien pueda leer sus archivos y no se puede "
      "bloquear."}},
    {"was_locked", {N_("Locked."), "Bloqueado."}},
    {"agent_stopped", {N_("The agent has ended."), "El agente ha terminado."}},

    /* Outbox, history, devices, policy. */
    {"outbox_empty", {N_("The outbox is empty."), "La bandeja de salida está vacía."}},
    {"outbox_retried", {N_("Trying again."), "Se intenta de nuevo."}},
    {"outbox_dropped", {N_("Dropped; it will not be sent."), "Descartado; no se enviará."}},
    {"nothing_found", {N_("Nothing found."), "No se encontró nada."}},
    {"device",
     {N_("{?this}{label} (this computer), added {added:date}"),
      "{?this}{label} (este equipo), añadido {added:date}"}},
    {"device",
     {N_("{label}, added {added:date}, last seen {seen:time}"),
      "{label}, añadido {added:date}, visto por última vez {seen:time}"}},
    {"device", {N_("{label}, added {added:date}"), "{label}, añadido {added:date}"}},
    {"device", {N_("{label}"), "{label}"}},
    {"link_line",
     {N_("On the other computer run oim join and paste this line (works once, until {until:time}):"),
      "En el otro equipo ejecute oim join y pegue esta línea (sirve una vez, hasta {until:time}):"}},
    {"link_line",
     {N_("On the other computer run oim join and paste this line (works once):"),
      "En el otro equipo ejecute oim join y pegue esta línea (sirve una vez):"}},
    {"linked", {N_("{label} is linked."), "{label} está vinculado."}},
    {"device_revoked",
     {N_("{label} is revoked and gets nothing any more."), "{label} queda revocado y ya no recibe nada."}},
    {"my_policy", {N_("What applies to you: policy {policy}."), "Lo que se le aplica: directiva {policy}."}},

    /* What went wrong. Codes of proto/local.h. */
    {"none",
     {N_("This computer has not joined yet. Run oim join with the line your administrator sent you."),
      "Este equipo aún no se ha dado de alta. Ejecute oim join con la línea que le envió su "
      "administrador."}},
    {"already_joined",
     {N_("This profile has joined already, as {login}. Another one: oim join --profile NAME"),
      "Este perfil ya se dio de alta, como {login}. Otro: oim join --profile NOMBRE"}},
    {"locked",
     {N_("This profile is locked. Run oim unlock, or give this machine a device of its own: oim "
         "devices link."),
      "Este perfil está bloqueado. Ejecute oim unlock, o dé a esta máquina un dispositivo propio: "
      "oim devices link."}},
    {"passphrase_wrong", {N_("That is not the passphrase."), "Esa no es la frase de contraseña."}},
    {"failed", {N_("{text}"), "{text}"}},
    {"failed", {N_("It did not work."), "No ha funcionado."}},
    {"invite_unknown",
     {N_("This invite is not known here: it was revoked, renewed or mistyped. Ask for a new one."),
      "Esta invitación no se conoce aquí: fue revocada, renovada o mal escrita. Pida otra."}},
    {"invite_used",
     {N_("This invite was used on {when:time} by a device called {label}. If that was not you, tell "
         "your administrator now."),
      "Esta invitación se usó el {when:time} en un dispositivo llamado {label}. Si no fue usted, "
      "avise ya a su administrador."}},
    {"invite_used",
     {N_("This invite was used already. If that was not you, tell your administrator now."),
      "Esta invitación ya se usó. Si no fue usted, avise ya a su administrador."}},
    {"invite_expired",
     {N_("This invite has expired. Ask for a new one."), "Esta invitación ha caducado. Pida otra."}},
    {"name_taken", {N_("The login {login} is taken."), "El nombre de usuario {login} ya está en uso."}},
    {"not_owner",
     {N_("This line is for the first owner, and somebody owns the server already."),
      "Esta línea es para el primer propietario, y el servidor ya tiene uno."}},
    {"busy_agent",
     {N_("The agent of this profile is busy. Try again in a while."),
      "El agente de este perfil está ocupado. Inténtelo de nuevo dentro de un rato."}},
    {"folder", {N_("{text}"), "{text}"}},
    {"disk_full_here",
     {N_("The disk of this computer is full; nothing was sent."),
      "El disco de este equipo está lleno; no se ha enviado nada."}},
    {"account_closed",
     {N_("Your account was closed. Your administrator can say why."),
      "Su cuenta se cerró. Su administrador puede decirle por qué."}},
    {"usage", {N_("{text}"), "{text}"}},
    {"empty_text", {N_("There is nothing to send."), "No hay nada que enviar."}},
    {"once_conflict",
     {N_("Another text was sent under the key {once} before; nothing was sent now."),
      "Con la clave {once} ya se envió otro texto; ahora no se ha enviado nada."}},
    {"once_conflict",
     {N_("Another text was sent under this key before; nothing was sent now."),
      "Con esta clave ya se envió otro texto; ahora no se ha enviado nada."}},
    {"login_invalid",
     {N_("{login} cannot be a login: a-z, 0-9, then also . _ -, at most 32."),
      "{login} no puede ser un nombre de usuario: a-z, 0-9, después también . _ -, como máximo 32."}},
    {"login_invalid",
     {N_("A login is needed: a-z, 0-9, then also . _ -, at most 32. Give it with --login."),
      "Hace falta un nombre de usuario: a-z, 0-9, después también . _ -, como máximo 32. Indíquelo "
      "con --login."}},
    {"name_invalid",
     {N_("A name is needed, at most 128 bytes. Give it with --display."),
      "Hace falta un nombre, de 128 bytes como máximo. Indíquelo con --display."}},
    {"line_invalid", {N_("This is no invite line: {text}"), "Esto no es una línea de invitación: {text}"}},
    {"line_invalid",
     {N_("This is no invite line. It looks like oim://chat.example.org:7667/#…"),
      "Esto no es una línea de invitación. Tiene este aspecto: oim://chat.example.org:7667/#…"}},
    {"too_many", {N_("At most {limit} at once."), "Como máximo {limit} a la vez."}},
    {"ambiguous_id",
     {N_("Several messages begin with {id}. Give more letters."),
      "Varios mensajes empiezan por {id}. Dé más letras."}},
    {"denied", {N_("You may not do that as {role:role}."), "No puede hacer eso como {role:role}."}},
    {"denied", {N_("You may not do that."), "No puede hacer eso."}},
    {"server_changed",
     {N_("This is not the server you joined: its key is another one. Nothing was sent. Ask your "
         "administrator before you go on."),
      "Este no es el servidor en el que se dio de alta: su clave es otra. No se ha enviado nada. "
      "Pregunte a su administrador antes de continuar."}},
    {"log_changed",
     {N_("The server shows another list of devices than before. Nothing was sent. Ask your "
         "administrator before you go on."),
      "El servidor muestra otra lista de dispositivos que antes. No se ha enviado nada. Pregunte a "
      "su administrador antes de continuar."}},
    {"fenced",
     {N_("This device is connected from somewhere else. If these files were copied, remove the copy."),
      "Este dispositivo está conectado desde otro lugar. Si se copiaron estos archivos, quite la "
      "copia."}},
    {"device_revoked_here",
     {N_("This device was revoked. Another device of yours or your administrator can say why."),
      "Este dispositivo fue revocado. Otro dispositivo suyo o su administrador pueden decirle por "
      "qué."}},
    {"not_reached",
     {N_("{?because=no_name}{address} is not reached: no such name is known. Is it spelt right, and is this "
         "computer online?"),
      "{?because=no_name}{address} no responde: no se conoce ese nombre. ¿Está bien escrito? ¿Tiene conexión "
      "este equipo?"}},
    {"not_reached",
     {N_("{?because=tls}{address} is not reached: what answers there does not speak TLS 1.3. Is it the right "
         "address?"),
      "{?because=tls}{address} no sirve: lo que responde allí no habla TLS 1.3. ¿Es la dirección correcta?"}},
    {"not_reached",
     {N_("{?because=certificate_date}{address} is not reached: its certificate has expired or is not valid "
         "yet. "
         "Is this computer's clock right? If so, the administrator has to renew the certificate."),
      "{?because=certificate_date}{address} no sirve: su certificado ha caducado o aún no es válido. ¿Está "
      "bien "
      "el reloj de este equipo? Si es así, el administrador tiene que renovar el certificado."}},
    {"not_reached",
     {N_("{?because=certificate_name}{address} is not reached: its certificate is for another name. Is it "
         "the "
         "right address? If so, ask your administrator."),
      "{?because=certificate_name}{address} no sirve: su certificado es para otro nombre. ¿Es la dirección "
      "correcta? Si es así, pregunte a su administrador."}},
    {"not_reached",
     {N_("{?because=certificate_key}{address} is not reached: the key of its certificate is not the one that "
         "your invitation names. Ask your administrator before you go on."),
      "{?because=certificate_key}{address} no sirve: la clave de su certificado no es la que indica su "
      "invitación. Pregunte a su administrador antes de continuar."}},
    {"not_reached",
     {N_("{?because=certificate}{address} is not reached: nobody that this computer trusts vouches for its "
         "certificate. Ask your administrator."),
      "{?because=certificate}{address} no sirve: nadie en quien confíe este equipo responde de su "
      "certificado. "
      "Pregunte a su administrador."}},
    {"not_reached",
     {N_("{?because=not_oim}{address} answers, but it is no oim server. Is it the right address?"),
      "{?because=not_oim}{address} responde, pero no es un servidor oim. ¿Es la dirección correcta?"}},
    {"not_reached", {N_("{address} is not reached."), "{address} no responde."}},
    {"not_reached", {N_("The server is not reached."), "El servidor no responde."}},
    {"ambiguous", {N_("Several match {name}."), "Hay varias coincidencias con {name}."}},
    {"no_such_message",
     {N_("No message on this computer begins with {id}."),
      "Ningún mensaje de este equipo empieza por {id}."}},
    {"no_such_message",
     {N_("There is no such message on this computer."), "No hay tal mensaje en este equipo."}},
    {"no_such_device", {N_("No device of yours is called {id}."), "Ningún dispositivo suyo se llama {id}."}},
    {"wait_ended",
     {N_("The wait ended first; nothing failed."), "La espera terminó antes; nada ha fallado."}},
    {"agent_not_started",
     {N_("The agent of this profile did not start: {text}"), "El agente de este perfil no arrancó: {text}"}},
    {"agent_not_started",
     {N_("The agent of this profile did not start."), "El agente de este perfil no arrancó."}},
    {"agent_gone",
     {N_("The agent of this profile ended in between. Messages written so far are safe in its outbox."),
      "El agente de este perfil terminó mientras tanto. Los mensajes escritos hasta ahora están a "
      "salvo en su bandeja de salida."}},
    {"no_profile_place", {N_("{text}"), "{text}"}},
};

const struct words_list words_program_rows = {rows, OIM_COUNT(rows)};
