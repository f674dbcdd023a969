/* The tables of config.json and of the two parts of it that also come as files of their own. */
#pragma once

#include "json/table.h"
#include "spec/spec.h"

DECLARE(spec_config, struct spec);
DECLARE(spec_process, struct spec_process);
DECLARE(spec_resources, struct spec_resources);
