/* Mount options: each word of config.md, pairs of opposites, and the table as a whole. */
#include <sys/mount.h>

#include "planned.h"
#include "spec/words.h"

#define MOUNT(options)                                                                 \
	PROCESS "," MOUNT_NAMESPACE ",\"mounts\":[{\"destination\":\"/a\",\"source\":\"/s\"," \
	"\"type\":\"tmpfs\",\"options\":[" options "]}]"

/* The mount that `options` make of a new tmpfs, or of a bind where they say so. */
static struct plan_mount mount_of(const char *options, struct arena *arena)
{
	static const struct plan_mount none;
	struct plan plan;

	PLAN(&plan,
	     arena_printf(arena,
			  PROCESS "," MOUNT_NAMESPACE
				  ",\"mounts\":[{\"destination\":\"/a\",\"source\":\"/s\","
				  "\"type\":\"tmpfs\",\"options\":[%s]}]",
			  options),
	     arena);
	return plan.mounts.len ? plan.mounts.at[0] : none;
}

static void gives_every_word_its_meaning(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	const struct mount_option *option;
	struct plan_mount mount;

	for (option = mount_options; option->name; option++) {
		if (option->kind == OPTION_IDMAP || option->kind == OPTION_REMOUNT)
			continue;
		/*
		 * Nothing is mounted beneath a new filesystem, so that recursive words tell only
		 * with a bind.
		 */
		mount = mount_of(arena_printf(&arena, "%s\"%s\"",
					      option->kind == OPTION_RECURSIVE_FLAG ? "\"bind\","
										    : "",
					      option->name),
				 &arena);
		CHECK_NUMBER(mount.set, option->kind == OPTION_FLAG ? option->set : 0);
		CHECK_NUMBER(mount.clear, option->kind == OPTION_FLAG ? option->clear : 0);
		CHECK_NUMBER(mount.set_below,
			     option->kind == OPTION_RECURSIVE_FLAG ? option->set : 0);
		CHECK_NUMBER(mount.clear_below,
			     option->kind == OPTION_RECURSIVE_FLAG ? option->clear : 0);
		CHECK_NUMBER(mount.superblock, option->kind == OPTION_SUPERBLOCK ? option->set : 0);
		CHECK_NUMBER(mount.propagation.len, option->kind == OPTION_PROPAGATION);
		CHECK_NUMBER(mount.kind,
			     option->kind == OPTION_BIND || option->kind == OPTION_RECURSIVE_FLAG
				     ? MOUNT_BIND
				     : MOUNT_NEW);
		CHECK_NUMBER(mount.recursive, option->kind == OPTION_BIND && option->set & MS_REC);
		CHECK_NUMBER(mount.copy_up, option->kind == OPTION_COPY_UP);
		CHECK_NUMBER(mount.data.len, 0);
	}
}

/*
 * mount_setattr(2): access times are a number within a mask, and no other bit may be both set and
 * cleared.
 */
static void never_sets_what_it_clears(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	const struct mount_option *a, *b;
	struct plan_mount mount;
	int wrong = 0;

	for (a = mount_options; a->name; a++) {
		for (b = mount_options; b->name; b++) {
			if ((a->kind != OPTION_FLAG && a->kind != OPTION_RECURSIVE_FLAG) ||
			    b->kind != a->kind)
				continue;
			mount = mount_of(arena_printf(&arena, "\"bind\",\"%s\",\"%s\"", a->name,
						      b->name),
					 &arena);
			wrong += (mount.set & mount.clear & ~(uint64_t)MOUNT_ATTR__ATIME) != 0;
			wrong += (mount.set_below & mount.clear_below &
				  ~(uint64_t)MOUNT_ATTR__ATIME) != 0;
			wrong += mount.set & MOUNT_ATTR__ATIME &&
				 (mount.clear & MOUNT_ATTR__ATIME) != MOUNT_ATTR__ATIME;
			/* The later word is in force as if it were alone. */
			wrong += (mount.set & b->set) != b->set && b->kind == OPTION_FLAG;
			wrong += (mount.clear & b->clear) != b->clear && b->kind == OPTION_FLAG;
		}
	}
	CHECK_NUMBER(wrong, 0);
}

static void lets_the_last_of_opposites_win(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan_mount mount;

	mount = mount_of("\"ro\",\"rw\"", &arena);
	CHECK_NUMBER(mount.set, 0);
	CHECK_NUMBER(mount.clear, MOUNT_ATTR_RDONLY);
	mount = mount_of("\"rw\",\"ro\"", &arena);
	CHECK_NUMBER(mount.set, MOUNT_ATTR_RDONLY);
	CHECK_NUMBER(mount.clear, 0);
	mount = mount_of("\"noatime\",\"strictatime\"", &arena);
	CHECK_NUMBER(mount.set, MOUNT_ATTR_STRICTATIME);
	CHECK_NUMBER(mount.clear, MOUNT_ATTR__ATIME);
	mount = mount_of("\"sync\",\"async\",\"lazytime\"", &arena);
	CHECK_NUMBER(mount.superblock, MS_LAZYTIME);
	mount = mount_of("\"rbind\",\"bind\"", &arena);
	CHECK(mount.recursive);
	mount = mount_of("\"rw\",\"nosuid\",\"rro\",\"rsuid\"", &arena);
	CHECK_NUMBER(mount.set, MOUNT_ATTR_RDONLY);
	CHECK_NUMBER(mount.clear, MOUNT_ATTR_NOSUID);
	CHECK_NUMBER(mount.set_below | mount.clear_below, 0);
}

static void keeps_propagation_as_written(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };
	struct plan_mount mount = mount_of("\"rshared\",\"slave\",\"rshared\"", &arena);

	CHECK_NUMBER(mount.propagation.len, 3);
	CHECK_NUMBER(mount.propagation.at[0], MS_SHARED | MS_REC);
	CHECK_NUMBER(mount.propagation.at[1], MS_SLAVE);
	CHECK_NUMBER(mount.propagation.at[2], MS_SHARED | MS_REC);
}

static void refuses_words_that_do_not_fit(void)
{
	CLEANUP(arena_finish) struct arena arena = { 0 };

	REFUSE(MOUNT("\"bind\",\"nosiud\""), "mounts[0].options: 'nosiud'", &arena);
	REFUSE(MOUNT("\"bind\",\"nosiud\""), "(did you mean \"nosuid\"?)", &arena);
	REFUSE(MOUNT("\"bind\",\"tmpcopyup\""), "mounts[0].options: 'tmpcopyup'", &arena);
	REFUSE(MOUNT("\"bind\",\"remount\",\"size=1m\""), "mounts[0].options: 'size=1m'", &arena);
	REFUSE(MOUNT("\"idmap\""), "mounts[0].options", &arena);
}

int main(void)
{
	TEST(gives_every_word_its_meaning);
	TEST(never_sets_what_it_clears);
	TEST(lets_the_last_of_opposites_win);
	TEST(keeps_propagation_as_written);
	TEST(refuses_words_that_do_not_fit);
	return check_done();
}
