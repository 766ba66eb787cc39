/*
 * words_admin.c - the sentences for administrators; see words.h.
 */
#include "client/text/words_table.h"

static const struct words_row rows[] = {
    /* Administration. */
    {"admin_done", {N_("Done."), "Hecho."}},
    {"admin_not_done", {N_("Nothing was changed."), "No se ha cambiado nada."}},
    {"admin_confirm", {N_("{name}: are you sure? [y/N]"), "{name}: ¿está seguro? [y/N]"}},
    {"admin_connected",
     {N_("Connected to {address} as {login} ({role:role})."),
      "Conectado a {address} como {login} ({role:role})."}},
    {"admin_connected", {N_("Connected as {login}."), "Conectado como {login}."}},
    {"invite_until", {N_("(works once, until {until:date})"), "(sirve una vez, hasta el {until:date})"}},
    {"invite_until", {N_("(works once)"), "(sirve una vez)"}},
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

    /* What administrators hear about a policy; value is the policy, or the setting. */
    {"note_switched_on",
     {N_("Global turns offline messages off and {value} leaves it unset, so whoever has {value} may leave "
         "messages. "
         "Set EnableOfflineIm there too"),
      "Global desactiva los mensajes sin conexión y {value} no lo indica, así que quien tenga {value} puede "
      "dejar "
      "mensajes. Indique EnableOfflineIm también ahí"}},
    {"note_accepted_again",
     {N_("In Global nobody accepts offline messages and {value} leaves it unset, so whoever has {value} "
         "accepts them. "
         "Set AcceptOfflineIm there too"),
      "En Global nadie acepta mensajes sin conexión y {value} no lo indica, así que quien tenga {value} los "
      "acepta. "
      "Indique AcceptOfflineIm también ahí"}},
    {"note_unset_here",
     {N_("Global sets {value}, this policy leaves it unset: the built-in default counts, not Global's value"),
      "Global indica {value} y esta directiva no: cuenta el valor predeterminado, no el de Global"}},
    {"note_overridden",
     {N_("In {value} EnableOfflineIm decides; EnableIMAutoArchiving changes nothing about leaving messages"),
      "En {value} decide EnableOfflineIm; EnableIMAutoArchiving no cambia quién puede dejar mensajes"}},
    {"note_organisation_off",
     {N_("The organisation has turned offline messages off, so nobody may leave them, whatever {value} says"),
      "La organización ha desactivado los mensajes sin conexión: nadie puede dejarlos, diga lo que diga "
      "{value}"}},
    {"note_history_stops",
     {N_("{value} also stops automatic history on people's computers from now on (HistoryFollowsArchiving)"),
      "{value} detiene también desde ahora el historial en los equipos (HistoryFollowsArchiving)"}},
};

const struct words_list words_admin_rows = {rows, OIM_COUNT(rows)};
