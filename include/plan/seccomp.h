/* What the libseccomp of this build can do; for `features` and --version. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* "2.5.4". */
const char *plan_seccomp_version(struct arena *arena);

/* Whether filters can be made for `architecture` (a number of seccomp_arch_words). */
bool plan_seccomp_has_architecture(uint64_t architecture);
