/* The network namespace's own furniture. */
#pragma once

#include "base/error.h"

/* Bring "lo" up in the caller's network namespace, as every runtime does for a new one. */
MUST_CHECK int network_loopback_up(struct error *err);
