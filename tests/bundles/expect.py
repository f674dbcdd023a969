"""What the specification and the kernel make of a config: what a program inside must see."""
import os

from place import CAPABILITIES, bits, get, holder, is_change, mount_table, read, topmost


class Report:
	"""Complaints, collected."""

	def __init__(self):
		self.lines = []

	def __call__(self, what, wanted, seen):
		if wanted != seen:
			self.lines.append('%s: wanted %s, seen %s' % (what, wanted, seen))

	def unless(self, sound, text):
		if not sound:
			self.lines.append(text)


SETS = {'ro': 'ro', 'nosuid': 'nosuid', 'nodev': 'nodev', 'noexec': 'noexec', 'nosymfollow': 'nosymfollow', 'nodiratime': 'nodiratime'}
CLEARS = {'rw': 'ro', 'suid': 'nosuid', 'dev': 'nodev', 'exec': 'noexec', 'symfollow': 'nosymfollow', 'diratime': 'nodiratime'}
ATIME = {'noatime': 'noatime', 'relatime': 'relatime', 'atime': 'relatime', 'strictatime': None, 'nostrictatime': 'relatime'}
PROPAGATION = {'private': set(), 'shared': {'shared'}, 'slave': {'master'}, 'unbindable': {'unbindable'}}
WORDS = {'bind', 'rbind', 'remount', 'tmpcopyup', 'defaults', 'norelatime', 'rnorelatime', '', 'sync', 'async', 'dirsync', 'mand',
	 'nomand', 'iversion', 'noiversion', 'lazytime', 'nolazytime', 'silent', 'loud', 'newinstance'}


def apply(flags, word):
	"""True when the word is one about flags."""
	if word in SETS:
		flags.add(SETS[word])
	elif word in CLEARS:
		flags.discard(CLEARS[word])
	elif word in ATIME:
		flags.difference_update({'noatime', 'relatime'})
		if ATIME[word]:
			flags.add(ATIME[word])
	else:
		return False
	return True


def without(flags):
	return {word for word in flags if word not in ('rw', 'ro')} | ({'ro'} if 'ro' in flags else set())


def size(text):
	unit = {'k': 1 << 10, 'm': 1 << 20, 'g': 1 << 30}.get(text[-1].lower(), 1)
	return int(text.rstrip('kKmMgG')) * unit


def expected_mounts(bundle):
	"""target -> what must be seen there; what is below it, where the source has another mount inside, under 'inner'."""
	outside = mount_table(read('/proc/self/mountinfo'))
	wanted = {}
	for number, entry in enumerate(bundle.config.get('mounts', [])):
		options, target = entry.get('options', []), os.path.normpath(entry['destination'])
		if is_change(entry):
			seen = wanted[target]
		elif number in bundle.sources:
			source = bundle.sources[number]
			around = holder(outside, os.path.realpath(source))
			seen = {'source': source, 'flags': without(around['flags']), 'group': around['group']}
			if topmost(outside, source + '/inner'):
				seen['inner'] = without(topmost(outside, source + '/inner')['flags']) if \
					'rbind' in options else None
		else:
			kind = entry['type']
			seen = {'type': 'cgroup2' if kind == 'cgroup' else kind, 'flags': {'relatime'}, 'data': []}
		seen['origin'] = 'mounts[%d]' % number
		for word in options:
			if apply(seen['flags'], word):
				continue
			if word[:1] == 'r' and apply(seen['flags'], word[1:]):
				if seen.get('inner') is not None:
					apply(seen['inner'], word[1:])
			elif word in PROPAGATION or (word[:1] == 'r' and word[1:] in PROPAGATION):
				seen['propagation'] = word
			elif word not in WORDS:
				seen['data'].append(word)
		if not is_change(entry):
			taken_back = {'sync': 'async', 'lazytime': 'nolazytime', 'dirsync': ''}
			seen['super'] = {word for word in taken_back if word in options and taken_back[word] not in options}
			seen['copied'] = 'tmpcopyup' in options
		wanted[target] = seen
	return wanted


def after_exec(sets, uid, no_new_privs):
	"""capabilities(7), Transformation of capabilities during execve(), for a file without any."""
	gained = sets['ambient']
	if uid == 0:
		gained = sets['bounding'] | sets['inheritable']
		if no_new_privs:
			gained &= sets['permitted']
		gained |= sets['ambient']
	return dict(sets, permitted=gained, effective=gained)


def capability_sets(bundle):
	wanted = get(bundle.config, 'process.capabilities') or {}
	can = bundle.place.bounding if 'user' not in bundle.kinds() else (1 << len(CAPABILITIES)) - 1
	can &= (1 << int(read('/proc/sys/kernel/cap_last_cap')) + 1) - 1
	sets = {key: bits(wanted.get(key)) & can for key in ('bounding', 'effective', 'permitted', 'inheritable', 'ambient')}
	sets['effective'] &= sets['permitted']
	sets['inheritable'] &= sets['bounding']
	sets['ambient'] &= sets['permitted'] & sets['inheritable']
	return sets


def device_allowed(config, major, minor, access):
	"""The last rule that matches; without one the answer is no, as for runc. What runtimes always add is not asked about here."""
	allowed = False
	for rule in get(config, 'linux.resources.devices') or []:
		if rule.get('type', 'a') in ('a', 'c') and rule.get('major', -1) in (-1, None, major) and \
		   rule.get('minor', -1) in (-1, None, minor) and access in (rule.get('access') or 'rwm'):
			allowed = rule['allow']
	return allowed


CALL_ARGS = {'unshare': [1], 'setns': [-1], 'mount': [0], 'umount2': [0, -1], 'keyctl': [9999], 'ptrace': [0x7777],
	     'personality': [0xffffffff], 'kcmp': [-1, -1, 99], 'fsopen': [0, 0x7777], 'move_mount': [-1], 'close_range': [9, 8]}
NEEDS_CAPABILITY = {'mount', 'umount2', 'fsopen', 'move_mount', 'ptrace', 'kcmp'}
NEWER = {'fsopen', 'move_mount', 'close_range'}
ENOSYS, EPERM, EROFS, EACCES, ENOENT = 38, 1, 30, 13, 2


def argument_matches(arg, name):
	args = CALL_ARGS.get(name, [])
	value = (args[arg['index']] if arg['index'] < len(args) else 0) & 0xffffffffffffffff
	other = arg['value'] & 0xffffffffffffffff
	if arg['op'] == 'SCMP_CMP_MASKED_EQ':
		return value & other == arg.get('valueTwo', 0)
	return {'NE': value != other, 'LT': value < other, 'LE': value <= other, 'EQ': value == other, 'GE': value >= other,
		'GT': value > other}[arg['op'].rsplit('_', 1)[1]]


def call_answers(seccomp, name, plain):
	"""The errnos that a call may end with; None: not to be told from here."""
	rules = [rule for rule in seccomp.get('syscalls', []) if name in rule['names']]
	hits = [rule for rule in rules if all(argument_matches(arg, name) for arg in rule.get('args') or [])]
	if len({(rule['action'], rule.get('errnoRet')) for rule in hits}) > 1:
		return None
	action, errno = (hits[0]['action'], hits[0].get('errnoRet', EPERM)) if hits else \
		(seccomp['defaultAction'], seccomp.get('defaultErrnoRet', EPERM))
	if action in ('SCMP_ACT_ALLOW', 'SCMP_ACT_LOG'):
		return {plain, EPERM} if name in NEEDS_CAPABILITY else {plain}
	if action != 'SCMP_ACT_ERRNO':
		return None
	return {errno, ENOSYS} if name in NEWER and not rules else {errno}
