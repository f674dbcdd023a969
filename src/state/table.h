/* The table of state.json, for store.c. */
#pragma once

#include "json/table.h"
#include "state/record.h"

DECLARE(record, struct record);
