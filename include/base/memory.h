/*
 * Memory that never runs out: what arena, text and the libraries that allocate by callback stand
 * on.
 */
#pragma once

#include <stddef.h>

/*
 * realloc, but never NULL: when memory is out, one error line is printed and the process exits with
 * 1 (arena.h says why that is safe). In a -DTEST_FAULTS build HOY_TEST_NO_MEMORY=n makes the n-th
 * call of a process fail.
 */
void *memory_grow(void *old, size_t size);

/* The same, zeroed. */
void *memory_new(size_t size);
