/*
 * The state directory: one folder a container, `<root>/<id>/`, holding
 *   state.json   the record, replaced by rename
 *   config.json  the bundle's config as create read it, for exec and delete
 *   lock         locked by whoever changes the container's state
 *   start, report   the two FIFOs of the hand-over at start (docs/handshake.md)
 *   notify/     the socket that the program says READY=1 to, with NOTIFY_SOCKET only
 * Everything is opened relative to descriptors, so a long --root works. Folders 0700 (the root
 * 01711), files 0600.
 *
 * The lock is flock(2) on a close-on-exec descriptor: it ends with the last copy of that
 * descriptor. A cloned child has a copy until it executes something, so the child must close it
 * (closing does not unlock for the parent), or a `create` that is killed would leave the container
 * locked for as long as its child waits for start. fcntl's locks have no copies, but are lost when
 * any descriptor of the same file is closed; nothing would warn of that.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "state/record.h"

struct store {
	int fd;			/* the state directory; -1: closed, or there is none */
	const char *path;	/* for words */
};

/*
 * Open `root`; made, with parents, when `make` (else a missing one is an empty store: fd -1, no
 * error). "/" is refused. `root` must stay valid. One that is made has the sticky bit, which keeps
 * it from being swept out of XDG_RUNTIME_DIR (XDG Base Directory Specification).
 */
MUST_CHECK int store_open(struct store *store, const char *root, bool make, struct error *err);
void store_close(struct store *store);		/* for CLEANUP; accepts { .fd = -1 } */

/*
 * The default root: /run/hoy as root, else $XDG_RUNTIME_DIR/hoy, else an error that says to pass
 * --root. As root inside a user namespace of an ordinary user (XDG_RUNTIME_DIR set and /run not
 * writable): XDG_RUNTIME_DIR/hoy, as runc does.
 */
MUST_CHECK int store_default_root(const char **root, struct arena *arena, struct error *err);

/*
 * An id is 1 to 1024 of [A-Za-z0-9_+.-], not "." or "..": else ERROR_STATE "invalid container ID
 * format: 'x'" (runc's words).
 */
MUST_CHECK int store_check_id(const char *id, struct error *err);

/* One container's folder, open. */
struct store_entry {
	int fd;			/* the folder */
	int lock;		/* descriptor that holds the lock, or -1 */
	const char *id;		/* the caller's string */
	const struct store *store;	/* where it is; must outlive the entry */
};
void store_entry_close(struct store_entry *entry);	/* for CLEANUP; unlocks. Accepts { .fd = -1, .lock = -1 } */

/*
 * Reserve `id`: make its folder and take its lock, or fail with "container with given ID already
 * exists: 'x'". With nothing left behind on failure. Of several that reserve one id at once, and of
 * one that deletes it meanwhile, exactly one wins.
 */
MUST_CHECK int store_reserve(struct store *store, const char *id, struct store_entry *entry,
			     struct error *err);

/*
 * Open an existing container: "container does not exist: 'x'" (ERROR_STATE). With `lock`, wait for
 * its lock (at most 10 seconds, then an error that says that another command holds it).
 */
MUST_CHECK int store_find(struct store *store, const char *id, bool lock, struct store_entry *entry,
			  struct error *err);

/*
 * state.json. A folder without one (create was killed in its first moments, or is there right now)
 * gives a record with phase RECORD_CREATING and only the id. One that has been removed meanwhile
 * gives "container does not exist". A broken one is an error, which `delete --force` overrides.
 */
MUST_CHECK int store_load(const struct store_entry *entry, struct record *record, struct arena *arena,
			  struct error *err);
MUST_CHECK int store_save(const struct store_entry *entry, const struct record *record,
			  struct error *err);

/*
 * Any other file of the folder: written whole, new, with nothing left on failure; read whole (in
 * the arena, with NUL behind, which *len does not count).
 */
MUST_CHECK int store_write_file(const struct store_entry *entry, const char *name,
				const void *bytes, size_t len, struct error *err);
MUST_CHECK int store_read_file(const struct store_entry *entry, const char *name,
			       const char **bytes, size_t *len, struct arena *arena,
			       struct error *err);

/*
 * Remove the folder with all that is in it; the caller holds the lock, which ends with it. What has
 * gone is no error. To others the container goes in one step.
 */
MUST_CHECK int store_remove(struct store *store, struct store_entry *entry, struct error *err);

/* All ids, sorted. Names that are no ids are not containers. */
MUST_CHECK int store_list(struct store *store, const char ***ids, size_t *len, struct arena *arena,
			  struct error *err);

/*
 * Give the lock of an open entry away, and take it again. The latter returns 1 when the container
 * has been deleted meanwhile (the folder has gone).
 */
void store_entry_unlock(struct store_entry *entry);
MUST_CHECK int store_entry_lock(struct store_entry *entry, struct error *err);

/* True when there is no container of that id (any more). */
bool store_missing(struct store *store, const char *id);
