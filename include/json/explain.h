/* A table told to people and to tools: the same rows that decode also document. */
#pragma once

#include <stdio.h>

#include "json/table.h"

/*
 * A Markdown table with one row a property: | `mounts[].destination` | string | yes | description
 * |. List elements are "[]", map values `["..."]`. Objects of objects are spelled out. Words stand
 * behind the description.
 */
void explain_reference(const struct table *table, FILE *out);

/*
 * Every name and word of the table as a dictionary for libFuzzer and AFL: one "token" a line, each
 * once.
 */
void explain_dictionary(const struct table *table, FILE *out);
