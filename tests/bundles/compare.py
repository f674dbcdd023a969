"""What was seen inside, held against what is expected."""
import json
import os
import resource
import stat

from place import (CGROUP, DEVICES, Failed, LIMITS, LINKS, NAMESPACES, PROBE_DEVICE, STATUS, USER, WINDOW, get, is_bind,
	mount_table, names, read, status_fields, sysctl_file, topmost)
from bundle import limits
from expect import (EACCES, ENOENT, EPERM, EROFS, PROPAGATION, after_exec, call_answers, capability_sets, device_allowed,
	expected_mounts, size, without)


def questions(bundle):
	"""The arguments of inside: what it is to look at."""
	config, words = bundle.config, ['-x', str(STATUS)]
	linux = config['linux']
	files = ['/proc/self/status', '/proc/self/mountinfo', '/proc/self/cgroup', '/proc/self/oom_score_adj']
	files += [sysctl_file(key) for key in linux.get('sysctl') or {}]
	if any(entry.get('type') in ('cgroup', 'cgroup2') for entry in config.get('mounts', [])):
		files += [CGROUP + '/' + file for _, file, _ in limits(config).values()]
	paths = ['/'] + [os.path.normpath(entry['destination']) for entry in config.get('mounts', [])]
	paths += (linux.get('maskedPaths') or []) + (linux.get('readonlyPaths') or [])
	paths += list(DEVICES) + list(LINKS) + ['/dev/console'] + [entry['path'] for entry in linux.get('devices') or []]
	paths += [entry['destination'] + '/seeded' for entry in config.get('mounts', []) if 'tmpcopyup' in entry.get('options', [])]
	paths += [entry['destination'] + '/inner/deep' for number, entry in enumerate(config.get('mounts', [])) if
		  'nested' in os.path.basename(bundle.sources.get(number, ''))]
	for option, list_ in (('-r', files), ('-l', paths), ('-o', ['/dev/null', '/dev/urandom', '/probe-device']),
			      ('-w', ['/', '/dev/null', '/proc/sysrq-trigger'])):
		for path in dict.fromkeys(list_):
			words += [option, path]
	return words + ['-c']


def compare_identity(bundle, seen, report):
	process, status = bundle.config['process'], status_fields(seen['files']['/proc/self/status'])
	user = process['user']
	no_new_privs = process.get('noNewPrivileges', False)
	report('uid', [user['uid']] * 3, seen['uid'])
	report('gid', [user['gid']] * 3, seen['gid'])
	report('groups', set(user.get('additionalGids', [])), set(seen['groups']) - ({USER} if bundle.rootless else set()))
	report('umask', user.get('umask', 0o022), seen['umask'])
	report('no_new_privs', int(no_new_privs), seen['no_new_privs'])
	report('seccomp mode', '2' if bundle.config['linux'].get('seccomp') else '0', status['Seccomp'])
	report('ignored signals', 0, int(status['SigIgn'], 16))
	report('blocked signals', 0, int(status['SigBlk'], 16))
	compare_capabilities(after_exec(capability_sets(bundle), user['uid'], no_new_privs), status, report, '')


def compare_capabilities(sets, status, report, when):
	for key, field in (('bounding', 'CapBnd'), ('effective', 'CapEff'), ('permitted', 'CapPrm'), ('inheritable', 'CapInh'),
			   ('ambient', 'CapAmb')):
		report('capabilities.' + key + when, names(sets[key]), names(int(status[field], 16)))


def compare_limits(bundle, seen, report):
	wanted = {number: list(pair) for number, pair in enumerate(bundle.place.rlimits)}
	for entry in bundle.config['process'].get('rlimits', []):
		wanted[LIMITS.index(entry['type'][7:])] = [entry['soft'], entry['hard']]
	for number, pair in wanted.items():
		report('RLIMIT_' + LIMITS[number], [value if value != 2 ** 64 - 1 else resource.RLIM_INFINITY for value in pair],
		       seen['rlimits'][number])
	adjust = bundle.config['process'].get('oomScoreAdj')
	report('oom_score_adj', bundle.place.oom_score_adj if adjust is None else adjust, int(seen['files']['/proc/self/oom_score_adj']))


def compare_surroundings(bundle, seen, report):
	config, process = bundle.config, bundle.config['process']
	kinds = bundle.kinds()
	env = [entry for number, entry in enumerate(process.get('env', [])) if
	       entry.split('=')[0] not in [later.split('=')[0] for later in process['env'][number + 1:]]]
	env = [entry for entry in env if entry != 'HOME=']
	if not any(entry.startswith('HOME=') for entry in env):
		env.append('HOME=' + {0: '/root', 1000: '/home/user'}.get(process['user']['uid'], '/'))
	report('env', env, [entry.encode('latin-1').decode() for entry in seen['env']])
	report('cwd', process['cwd'], seen['cwd'])
	host = 'sandbox' if 'uts' in bundle.joined else os.uname().nodename
	report('hostname', config.get('hostname', host), seen['hostname'])
	if 'domainname' in config:
		report('domainname', config['domainname'], seen['domainname'])
	for kind, outside in bundle.place.namespaces.items():
		inside = seen['namespaces'].get(NAMESPACES[kind])
		if kind in bundle.joined:
			report('namespace ' + kind, bundle.joined[kind], inside)
		else:
			report('new namespace ' + kind, kind in kinds, inside != outside)
	if 'pid' in kinds and not kinds['pid']:
		report('pid', 1, seen['pid'])
	for key, value in (config['linux'].get('sysctl') or {}).items():
		text = seen['files'][sysctl_file(key)]
		report('sysctl ' + key, value.split(), text.split() if isinstance(text, str) else text)
	own = [line[3:] for line in seen['files']['/proc/self/cgroup'].splitlines() if line.startswith('0::')]
	path = config['linux'].get('cgroupsPath')
	if 'cgroup' in kinds:
		report('cgroup', ['/'], own)
	elif path and not bundle.rootless:
		report('cgroup', [os.path.normpath('/' + path.lstrip('/'))], own)


def compare_stdio(bundle, seen, report, has_terminal):
	process = bundle.config['process']
	report('descriptors', [0, 1, 2], sorted(seen['descriptors']))
	for fd, stdio in enumerate(seen['stdio']):
		report('descriptor %d is a terminal' % fd, has_terminal, 'rows' in stdio)
		if has_terminal:
			console = process.get('consoleSize')
			report('descriptor %d: size' % fd, (console['height'], console['width']) if console else WINDOW,
			       (stdio.get('rows'), stdio.get('columns')))
			report('descriptor %d is in the container\'s devpts' % fd, True, 136 <= stdio.get('rdev_major', 0) < 144)
		# A file of the host's root cannot be given away in a user namespace, where that is nobody.
		if fd and (has_terminal or 'user' not in bundle.kinds()):
			report('descriptor %d: owner' % fd, process['user']['uid'], stdio['uid'])


def compare_mounts(bundle, seen, report):
	table, paths = mount_table(seen['files']['/proc/self/mountinfo']), seen['paths']
	for target, wanted in expected_mounts(bundle).items():
		what = '%s (%s)' % (wanted['origin'], target)
		found, look = topmost(table, target), paths[target]
		if not found:
			report.unless(False, what + ': not mounted')
			continue
		report(what + ': flags', sorted(wanted['flags']), sorted(without(found['flags'])))
		report.unless(wanted['super'] <= found['super'], '%s: of the filesystem: wanted %s, seen %s' %
			      (what, sorted(wanted['super']), sorted(found['super'])))
		compare_propagation(bundle, wanted, found, what, report)
		if 'source' in wanted:
			source = os.stat(wanted['source'])
			report(what + ': is the source', (source.st_dev, source.st_ino), (look['dev'], look['ino']))
		else:
			report(what + ': type', wanted['type'], found['type'])
			compare_data(bundle, wanted, found, look, what, report)
		if wanted.get('copied'):
			report(what + ': tmpcopyup', True, isinstance(paths[target + '/seeded'], dict))
		if 'inner' in wanted:
			inner = topmost(table, target + '/inner')
			report(what + ': mount below', wanted['inner'] and sorted(wanted['inner']), inner and sorted(without(inner['flags'])))
			report(what + ': file below', wanted['inner'] is not None, isinstance(paths[target + '/inner/deep'], dict))
	root = topmost(table, '/')
	report('root.readonly', bundle.config['root'].get('readonly', False), 'ro' in root['flags'])
	propagation = bundle.config['linux'].get('rootfsPropagation')
	if propagation:
		report('rootfsPropagation', PROPAGATION[propagation[propagation[:1] == 'r':]], root['propagation'])
	else:
		report.unless('shared' not in root['propagation'], 'the root is shared with others, and nobody asked for that')


def compare_propagation(bundle, wanted, found, what, report):
	"""All sources are shared mounts, so a slave has a master. Of new filesystems nobody else knows."""
	word, seen = wanted.get('propagation'), found['propagation']
	if not word:
		if not (bundle.config['linux'].get('rootfsPropagation') or '').endswith('shared'):
			report.unless('shared' not in seen, what + ': shared with others, and nobody asked for that')
		return
	kind = PROPAGATION[word[word[:1] == 'r' and word[1:] in PROPAGATION:]]
	root = bundle.config['linux'].get('rootfsPropagation') or 'slave'
	if kind == {'master'} and ('source' not in wanted or root in ('private', 'rprivate', 'unbindable', 'runbindable')):
		kind = set()
	# With the host's mount: a slave always, a peer only of a root that is shared itself.
	if 'source' in wanted and not bundle.rootless and (kind == {'master'} or (kind == {'shared'} and root.endswith('shared'))):
		report('%s: %s: group' % (what, word), wanted['group'], found['group'])
	# In a user namespace of its own a mount can be a peer of others there, and a slave of ours (mount_namespaces(7)).
	report('%s: %s' % (what, word), kind, seen - {'master'} if kind == {'shared'} else seen)


def outside(bundle, key, number):
	"""What an ID of the container is on the host."""
	for entry in get(bundle.config, 'linux.' + key) or []:
		if 0 <= number - entry['containerID'] < entry['size']:
			return number - entry['containerID'] + entry['hostID']
	return number


def compare_data(bundle, wanted, found, look, what, report):
	data = dict((word.split('=', 1) + [None])[:2] for word in wanted['data'])
	if wanted['type'] == 'tmpfs':
		if 'size' in data and '%' not in data['size']:
			report(what + ': size', size(data['size']), look['bytes'])
		if 'mode' in data:
			report(what + ': mode', oct(int(data['mode'], 8)), oct(look['mode'] & 0o7777))
		if 'nr_inodes' in data:
			report(what + ': nr_inodes', size(data['nr_inodes']), look['inodes'])
		for key in 'uid', 'gid':
			if key in data:
				report('%s: %s' % (what, key), int(data[key]), look[key])
	elif wanted['type'] == 'devpts':
		for key, value in data.items():
			# mountinfo shows octal numbers without their zero, and IDs as the host has them.
			value = str(outside(bundle, 'gidMappings', int(value))) if key == 'gid' else value.lstrip('0')
			report.unless('%s=%s' % (key, value) in found['super'],
				      '%s: wanted %s=%s, seen %s' % (what, key, value, sorted(found['super'])))


def compare_devices(bundle, seen, report, has_terminal):
	linux, paths = bundle.config['linux'], seen['paths']
	if any(os.path.normpath(entry['destination']) == '/dev' and is_bind(entry) for entry in bundle.config.get('mounts', [])):
		return
	is_user = 'user' in bundle.kinds()
	wanted = {path: ('c', numbers, 0o666, 0, 0) for path, numbers in DEVICES.items()}
	for entry in linux.get('devices') or []:
		wanted[entry['path']] = (entry['type'], (entry.get('major', 0), entry.get('minor', 0)), entry.get('fileMode', 0o666),
					 entry.get('uid', 0), entry.get('gid', 0))
	for path, (kind, numbers, mode, uid, gid) in wanted.items():
		look = paths[path]
		if path in LINKS or path == '/dev/console':
			continue
		if not isinstance(look, dict):
			report.unless(False, 'device %s: %s' % (path, os.strerror(look)))
			continue
		format_ = {'c': stat.S_IFCHR, 'u': stat.S_IFCHR, 'b': stat.S_IFBLK, 'p': stat.S_IFIFO}[kind]
		report('device %s: type' % path, format_, stat.S_IFMT(look['mode']))
		if kind != 'p':
			report('device %s: numbers' % path, numbers, (look['major'], look['minor']))
		if not is_user:
			report('device %s: mode and owner' % path, (oct(mode), uid, gid),
			       (oct(look['mode'] & 0o7777), look['uid'], look['gid']))
	for path, target in LINKS.items():
		report('link ' + path, target, paths[path].get('link') if isinstance(paths[path], dict) else paths[path])
	report('/dev/console', has_terminal, isinstance(paths['/dev/console'], dict) and
	       136 <= paths['/dev/console']['major'] < 144)
	report('open /dev/null', 0, seen['readable']['/dev/null'])
	report('open /dev/urandom', 0, seen['readable']['/dev/urandom'])
	report('write /dev/null', 0, seen['writable']['/dev/null'])
	# Where the kernel has no driver for it, an open that the rules allow ends in ENXIO or ENODEV.
	if not bundle.rootless:
		errno = seen['readable']['/probe-device']
		report.unless(device_allowed(bundle.config, *PROBE_DEVICE, 'r') == (errno not in (EPERM, EACCES)),
			      'the rules say %s to /probe-device: errno %d' % (device_allowed(bundle.config, *PROBE_DEVICE, 'r'), errno))


def compare_covers(bundle, seen, report):
	linux, paths = bundle.config['linux'], seen['paths']
	filesystems = {os.path.normpath(entry['destination']) for entry in bundle.config.get('mounts', [])}

	def is_there(path):
		top = '/' + path.split('/')[1]
		if top in ('/proc', '/sys'):
			return top in filesystems and os.path.lexists(path)
		return True

	for path in linux.get('maskedPaths') or []:
		look = paths[path]
		if not is_there(path):
			report.unless(not isinstance(look, dict), 'masked %s: it is there, and was not outside' % path)
		elif not isinstance(look, dict):
			report.unless(look in (ENOENT, EACCES), 'masked %s: %s' % (path, os.strerror(look)))
		elif stat.S_ISDIR(look['mode']):
			report('masked %s: (entries, read-only)' % path, (0, 1), (look.get('entries'), look['flags'] & 1))
		else:
			report('masked ' + path, (stat.S_IFCHR, 1, 3), (stat.S_IFMT(look['mode']), look['major'], look['minor']))
	masked = set(linux.get('maskedPaths') or [])
	for path in linux.get('readonlyPaths') or []:
		if is_there(path) and path not in masked:
			report('read-only ' + path, 1, paths[path]['flags'] & 1 if isinstance(paths[path], dict) else paths[path])
	if '/proc/sysrq-trigger' in (linux.get('readonlyPaths') or []) and is_there('/proc/sysrq-trigger'):
		report.unless(seen['writable']['/proc/sysrq-trigger'] in (EROFS, EACCES), '/proc/sysrq-trigger: errno %d when written to' %
			      seen['writable']['/proc/sysrq-trigger'])
	if bundle.config['root'].get('readonly'):
		report.unless(seen['writable']['/'] in (EROFS, EACCES), 'the read-only root can be written')
	elif bundle.config['process']['user']['uid'] == 0:
		report('write /', 0, seen['writable']['/'])


def compare_calls(bundle, seen, report):
	seccomp = bundle.config['linux'].get('seccomp')
	for name, plain in bundle.place.calls.items():
		if seccomp:
			wanted = call_answers(seccomp, name, plain)
			if wanted is not None:
				report.unless(seen['calls'][name] in wanted, 'system call %s: wanted errno %s, seen %d' %
					      (name, sorted(wanted), seen['calls'][name]))


def compare_cgroup(bundle, values, report, where):
	for path, (_, file, text) in limits(bundle.config).items():
		value = values(file)
		report('%s: %s %s' % (path, file, where), text, value.strip() if isinstance(value, str) else value)


def compare(bundle, text, report, has_terminal):
	try:
		seen = json.loads(text)
	except ValueError:
		raise Failed('the program printed no JSON: %r' % text[:500])
	compare_identity(bundle, seen, report)
	compare_limits(bundle, seen, report)
	compare_surroundings(bundle, seen, report)
	compare_stdio(bundle, seen, report, has_terminal)
	compare_mounts(bundle, seen, report)
	compare_devices(bundle, seen, report, has_terminal)
	compare_covers(bundle, seen, report)
	compare_calls(bundle, seen, report)
	if any(entry.get('type') in ('cgroup', 'cgroup2') for entry in bundle.config.get('mounts', [])):
		compare_cgroup(bundle, lambda file: seen['files'][CGROUP + '/' + file], report, 'inside')


def compare_hooks(bundle, name, report, ran):
	"""Each hook of ours writes its standard input to a file of its name: the state."""
	if not (bundle.config.get('hooks') or {}) or not bundle.name.endswith('hooks'):
		return
	statuses = {'prestart': 'creating', 'createRuntime': 'creating', 'createContainer': 'creating', 'startContainer': 'created',
		    'poststart': 'running', 'poststop': 'stopped'}
	for kind in ran:
		file = (bundle.root + '/hooked-' if kind == 'startContainer' else bundle.record + '/') + kind
		if not os.path.exists(file):
			report.unless(False, 'hook %s: did not run' % kind)
			continue
		state = json.loads(read(file))
		os.unlink(file)
		# The specification's "creating" has no PID yet for some; a process that ended fast is seen as stopped.
		allowed = {statuses[kind]} | ({'stopped'} if kind == 'poststart' else set())
		report.unless(state['status'] in allowed, 'hook %s: status %s' % (kind, state['status']))
		report('hook %s: id' % kind, name, state['id'])
		report('hook %s: bundle' % kind, bundle.folder, state['bundle'])
		report('hook %s: annotations' % kind, bundle.config.get('annotations', {}), state.get('annotations', {}))
