/* The config that `hoy spec` writes; config.json.example is it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "spec/spec.h"

/*
 * The default config. With `rootless`, for an ordinary user `uid`:`gid`: a user namespace of one ID,
 * the host's network and so its /sys, no group 5 for terminals, no limits.
 */
void spec_default(struct spec *spec, bool rootless, uid_t uid, gid_t gid, struct arena *arena);

/* config.json's text for it, indented, with a newline at the end. */
const char *spec_encode(const struct spec *spec, struct arena *arena);
