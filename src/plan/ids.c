/* ID maps: what a new user namespace gets written, and which IDs exist in the container. */
#include <inttypes.h>
#include <linux/sched.h>

#include "base/text.h"
#include "plan/builder.h"

/* One of the two maps, with the names it has in config.json. */
struct map {
	const struct spec_id_map *at;
	size_t len;
	const char *property;
};

static struct map uid_map(const struct builder *b)
{
	return (struct map){ b->linux->uid_mappings.at, b->linux->uid_mappings.len,
			     "linux.uidMappings" };
}

static struct map gid_map(const struct builder *b)
{
	return (struct map){ b->linux->gid_mappings.at, b->linux->gid_mappings.len,
			     "linux.gidMappings" };
}

/* The text of /proc/PID/uid_map, user_namespaces(7). */
static const char *map_text(const struct builder *b, const struct map *map)
{
	CLEANUP(text_finish) struct text text = { 0 };
	size_t i;

	for (i = 0; i < map->len; i++)
		text_printf(&text, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", map->at[i].container_id,
			    map->at[i].host_id, map->at[i].size);
	return arena_strdup(b->arena, text_get(&text));
}

/* What `id` in the container is outside, or `missing`. */
static uint64_t to_host(const struct map *map, uint64_t id, uint64_t missing)
{
	size_t i;

	for (i = 0; i < map->len; i++)
		if (id >= map->at[i].container_id && id - map->at[i].container_id < map->at[i].size)
			return map->at[i].host_id + (id - map->at[i].container_id);
	return missing;
}

/*
 * A joined user namespace whose mappings the config does not repeat: the kernel knows them, we do
 * not.
 */
static bool is_known(const struct builder *b, const struct map *map)
{
	return b->plan->namespaces.user && map->len;
}

static bool has(const struct builder *b, const struct map *map, uint64_t id)
{
	return !is_known(b, map) || to_host(map, id, UINT64_MAX) != UINT64_MAX;
}

static int require(struct builder *b, const struct map *map, uint64_t id, const char *property)
{
	CLEANUP(text_finish) struct text have = { 0 };
	size_t i;

	if (has(b, map, id))
		return 0;
	for (i = 0; i < map->len; i++)
		text_printf(&have, "%s%" PRIu64 "-%" PRIu64, i ? ", " : "", map->at[i].container_id,
			    map->at[i].container_id + map->at[i].size - 1);
	return fail(b->err, ERROR_CONFIG,
		    "%s: %" PRIu64 " does not exist in the container (%s gives it %s)", property,
		    id, map->property, text_get(&have));
}

bool ids_have_gid(const struct builder *b, uint64_t id)
{
	struct map map = gid_map(b);

	return has(b, &map, id);
}

int ids_require_uid(struct builder *b, uint64_t id, const char *property)
{
	struct map map = uid_map(b);

	return require(b, &map, id, property);
}

int ids_require_gid(struct builder *b, uint64_t id, const char *property)
{
	struct map map = gid_map(b);

	return require(b, &map, id, property);
}

/* The one mapping that an ordinary user may write without help (user_namespaces(7)). */
static bool is_own_id(const struct map *map, uint64_t id)
{
	return map->len == 1 && map->at[0].host_id == id && map->at[0].size == 1;
}

/* Who owns what the host makes for the container: its root. */
static uint32_t host_root(const struct builder *b, const struct map *map)
{
	if (!b->plan->namespaces.user)
		return 0;
	if (!map->len)
		return UINT32_MAX;
	return (uint32_t)to_host(map, 0, UINT32_MAX);
}

int build_ids(struct builder *b)
{
	struct plan_ids *plan = &b->plan->ids;
	struct map uids = uid_map(b), gids = gid_map(b);

	plan->root_uid = host_root(b, &uids);
	plan->root_gid = host_root(b, &gids);
	if (!(b->plan->namespaces.create & CLONE_NEWUSER))
		return 0;
	if (!uids.len || !gids.len)
		return fail(b->err, ERROR_CONFIG,
			    "%s: missing (a new user namespace needs at least one mapping)",
			    uids.len ? gids.property : uids.property);
	/* As runc: mounts and devices are made as the container's root. */
	if (!has(b, &uids, 0) || !has(b, &gids, 0))
		return fail(b->err, ERROR_CONFIG,
			    "%s: no mapping for container ID 0, as which the container is prepared",
			    has(b, &uids, 0) ? gids.property : uids.property);
	plan->uid_map = map_text(b, &uids);
	plan->gid_map = map_text(b, &gids);
	if (b->facts->euid != 0) {
		plan->deny_setgroups = true;
		plan->use_helpers =
			!is_own_id(&uids, b->facts->euid) || !is_own_id(&gids, b->facts->egid);
	}
	return 0;
}
