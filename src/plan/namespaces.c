/* Which namespaces to make and which to join, in which order. */
#include <linux/sched.h>

#include "plan/builder.h"

/*
 * A user namespace comes first, since it gives the right to join those it owns; the mount namespace
 * comes last, since paths mean something else from then on (user_namespaces(7), setns(2)).
 */
static int rank(uint64_t type)
{
	if (type == CLONE_NEWUSER)
		return 0;
	return type == CLONE_NEWNS ? 2 : 1;
}

static void add_joins(struct builder *b, int wanted)
{
	const struct spec_namespace *namespace;
	struct plan_join *join;
	size_t i;

	for (i = 0; i < b->linux->namespaces.len; i++) {
		namespace = &b->linux->namespaces.at[i];
		if (!namespace->path || !*namespace->path || rank(namespace->type) != wanted)
			continue;
		join = list_add(b->arena, &b->plan->namespaces.join);
		join->origin = namespace->origin;
		join->type = (int)namespace->type;
		join->path = namespace->path;
		join->fd = -1;
	}
}

int build_namespaces(struct builder *b)
{
	struct plan_namespaces *plan = &b->plan->namespaces;
	const struct spec_namespace *namespace;
	uint64_t all = 0;
	size_t i;

	for (i = 0; i < b->linux->namespaces.len; i++) {
		namespace = &b->linux->namespaces.at[i];
		all |= namespace->type;
		if (!namespace->path || !*namespace->path)
			plan->create |= namespace->type;
	}
	for (i = 0; i < 3; i++)
		add_joins(b, (int)i);
	plan->user = all & CLONE_NEWUSER;
	if (!(all & CLONE_NEWNS))
		return fail(b->err, ERROR_CONFIG,
			    "linux.namespaces: no \"mount\" namespace is made or joined,"
			    " and the container's mounts would become the host's");
	/* Whoever is root in a user namespace already has the capabilities that the rest needs. */
	if (b->facts->euid != 0 && !plan->user)
		return fail(b->err, ERROR_CONFIG,
			    "linux.namespaces: no \"user\" namespace is made or joined,"
			    " and an ordinary user can make the others only inside one");
	return 0;
}
