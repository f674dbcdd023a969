"""Where we are: what can be had there, and what is mounted."""
import ctypes
import json
import os
import resource
import subprocess


HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
CGROUP = '/sys/fs/cgroup'
USER = 65534
STATUS = 7			# what the program exits with
WINDOW = (33, 101)		# of the caller's terminal
DEADLINE = 60			# seconds for anything

LIMITS = ['CPU', 'FSIZE', 'DATA', 'STACK', 'CORE', 'RSS', 'NPROC', 'NOFILE', 'MEMLOCK', 'AS', 'LOCKS', 'SIGPENDING', 'MSGQUEUE',
	  'NICE', 'RTPRIO', 'RTTIME']
CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP',
		'LINUX_IMMUTABLE', 'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'IPC_OWNER',
		'SYS_MODULE', 'SYS_RAWIO', 'SYS_CHROOT', 'SYS_PTRACE', 'SYS_PACCT', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE',
		'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'MKNOD', 'LEASE', 'AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP',
		'MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF',
		'CHECKPOINT_RESTORE']
NAMESPACES = {'cgroup': 'cgroup', 'ipc': 'ipc', 'mount': 'mnt', 'network': 'net', 'pid': 'pid', 'time': 'time', 'user': 'user',
	      'uts': 'uts'}
DEVICES = {'/dev/null': (1, 3), '/dev/zero': (1, 5), '/dev/full': (1, 7), '/dev/random': (1, 8), '/dev/urandom': (1, 9),
	   '/dev/tty': (5, 0)}
LINKS = {'/dev/fd': '/proc/self/fd', '/dev/stdin': '/proc/self/fd/0', '/dev/stdout': '/proc/self/fd/1',
	 '/dev/stderr': '/proc/self/fd/2', '/dev/ptmx': 'pts/ptmx'}
PROBE_DEVICE = (10, 229)	# a node in the root that only some bundles may open

libc = ctypes.CDLL(None, use_errno=True)
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE, MS_SHARED = 2, 4, 8, 1 << 14, 1 << 18, 1 << 20


class Failed(Exception):
	"""A test that cannot go on; its text says why."""


def check(result, what):
	if result < 0:
		raise OSError(ctypes.get_errno(), what + ': ' + os.strerror(ctypes.get_errno()))


def mount(source, target, kind, flags=0, data=''):
	check(libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()), 'mount ' + target)


def read(path):
	with open(path) as file:
		return file.read()


def write(path, text, mode=0o644):
	with open(path, 'w') as file:
		file.write(text)
	os.chmod(path, mode)


def bits(names):
	return sum({1 << CAPABILITIES.index(name[4:]) for name in names or [] if name[4:] in CAPABILITIES})


def names(mask):
	return [name for number, name in enumerate(CAPABILITIES) if mask >> number & 1]


def ids(directory='/proc/self/ns'):
	return {kind: os.stat(directory + '/' + file).st_ino for kind, file in NAMESPACES.items() if os.path.exists(directory + '/' + file)}


def status_fields(text):
	return dict(line.split(':\t', 1) for line in text.splitlines() if ':\t' in line)


def get(config, path):
	for part in path.split('.'):
		config = config.get(part) if isinstance(config, dict) else None
	return config


def is_bind(entry):
	options = entry.get('options', [])
	return 'remount' not in options and ('bind' in options or 'rbind' in options or entry.get('type') == 'bind')


def is_change(entry):
	"""Of what is mounted there already: a remount, or nothing but propagation."""
	return 'remount' in entry.get('options', []) or not (is_bind(entry) or entry.get('type'))


def is_file_name(path):
	name = os.path.basename(path)
	return '.' in name or name in ('hosts', 'hostname', 'passwd', 'group', 'mtab', 'termination-log') or name.endswith('-file')


def mount_table(text):
	"""mountinfo: a list of dicts, in the kernel's order."""
	table = []
	for line in text.splitlines():
		words = line.split(' ')
		end = words.index('-')
		table.append({'id': words[0], 'parent': words[1], 'root': words[3],
			      'target': words[4].encode().decode('unicode_escape'), 'flags': set(words[5].split(',')),
			      'propagation': {word.split(':')[0] for word in words[6:end]},
			      'group': next((word.split(':')[1] for word in words[6:end] if ':' in word), None),
			      'type': words[end + 1], 'super': set(words[end + 3].split(','))})
	return table


def sysctl_file(key):
	return '/proc/sys/' + key.replace('.', '/')


def topmost(table, target):
	"""What is seen at a path. Not simply the last line: newer kernels sort by the time of making."""
	there = [entry for entry in table if entry['target'] == target]
	covered = {entry['parent'] for entry in there}
	return next((entry for entry in there if entry['id'] not in covered), None)


def holder(table, path):
	while True:
		found = topmost(table, path)
		if found or path == '/':
			return found
		path = os.path.dirname(path)


# ------------------------------------------------------------------ the place

class Place:
	"""Where we are, and what can be had here."""

	def __init__(self, work):
		own = status_fields(read('/proc/self/status'))
		self.bounding = int(own['CapBnd'], 16)
		self.may_raise = int(own['CapEff'], 16) >> CAPABILITIES.index('SYS_RESOURCE') & 1
		self.most_files = int(read('/proc/sys/fs/nr_open'))
		self.rlimits = [resource.prlimit(0, number) for number in range(len(LIMITS))]
		self.oom_score_adj = int(read('/proc/self/oom_score_adj'))
		self.controllers = set(read(CGROUP + '/cgroup.controllers').split())
		self.namespaces = ids()
		self.work = work
		self.hoy = work + '/bin/hoy'
		self.user_namespaces = self.may_unshare()
		self.rootless = self.may_unshare(user=USER, group=USER, extra_groups=[])
		self.calls = json.loads(subprocess.run([work + '/bin/inside', '-c'], stdout=subprocess.PIPE, check=True).stdout)['calls']

	@staticmethod
	def may_unshare(**user):
		return subprocess.run(['unshare', '--user', 'true'], cwd='/', stderr=subprocess.DEVNULL, **user).returncode == 0

	def tell(self):
		print('# place: %s, controllers: %s, capabilities missing: %s' %
		      (os.uname().release, ' '.join(sorted(self.controllers)) or 'none',
		       ' '.join(names(~self.bounding & (1 << len(CAPABILITIES)) - 1)) or 'none'))

	def snapshot(self):
		"""What a container could leave behind, but for processes: those are our children, since we are a subreaper."""
		cgroups = [folder for folder, _, _ in os.walk(CGROUP)]
		return {'mount': [entry['target'] + ' ' + entry['type'] for entry in mount_table(read('/proc/self/mountinfo'))],
			'cgroup': sorted(cgroups)}
