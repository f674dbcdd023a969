"""A bundle made ready for this place, and what hoy does with it."""
import json
import math
import os
import re
import resource
import stat
import subprocess
import time

from place import (DEADLINE, Failed, LIMITS, MS_NODEV, MS_NOEXEC, MS_NOSUID, NAMESPACES, PROBE_DEVICE, USER, check, get,
	is_bind, is_file_name, libc, mount, read, write)


# What this version refuses by name. Whoever builds one takes its row out.
LATER = [('process', 'apparmorProfile'), ('process', 'selinuxLabel'), ('process', 'scheduler'), ('process', 'ioPriority'),
	 ('process', 'execCPUAffinity'), ('linux', 'intelRdt'), ('linux', 'memoryPolicy'), ('linux', 'mountLabel'),
	 ('linux', 'personality'), ('linux', 'timeOffsets'), ('linux', 'netDevices'), ('linux.resources', 'rdma'),
	 ('linux.resources', 'hugepageLimits'), ('linux.resources.memory', 'swappiness'),
	 ('linux.resources.memory', 'disableOOMKiller'), ('linux.resources.memory', 'kernel'),
	 ('linux.resources.memory', 'kernelTCP'), ('linux.resources.cpu', 'realtimeRuntime'),
	 ('linux.resources.cpu', 'realtimePeriod'), ('linux.resources.network', 'classID'),
	 ('linux.resources.network', 'priorities'), ('linux.resources.blockIO', 'weight'),
	 ('linux.resources.blockIO', 'leafWeight'), ('linux.resources.blockIO', 'weightDevice'),
	 ('linux.resources.blockIO', 'throttleReadBpsDevice'), ('linux.resources.blockIO', 'throttleWriteBpsDevice'),
	 ('linux.resources.blockIO', 'throttleReadIOPSDevice'), ('linux.resources.blockIO', 'throttleWriteIOPSDevice')]
LATER_OF_MOUNTS = ['uidMappings', 'gidMappings']
LATER_MOUNT_OPTIONS = ['idmap', 'ridmap']


# ----------------------------------------------------------------- the limits

def asks(value):
	return value not in (None, 0, -1, '')


def limits(config):
	"""What linux.resources asks for: property -> (controller, file, text in it)."""
	resources = get(config, 'linux.resources') or {}
	wanted = {}

	def want(path, file, text):
		wanted['linux.resources.' + path] = (file.split('.')[0], file, text)

	memory, cpu = resources.get('memory') or {}, resources.get('cpu') or {}
	if asks(memory.get('limit')):
		want('memory.limit', 'memory.max', str(memory['limit']))
	if asks(memory.get('reservation')):
		want('memory.reservation', 'memory.low', str(memory['reservation']))
	if asks(memory.get('swap')) and memory['swap'] != memory.get('limit'):
		want('memory.swap', 'memory.swap.max', str(memory['swap'] - max(memory.get('limit', 0), 0)))
	if asks(cpu.get('shares')):
		log = math.log2(min(max(cpu['shares'], 2), 262144))
		want('cpu.shares', 'cpu.weight', str(math.ceil(round(10 ** ((log * log + 125 * log) / 612 - 7 / 34), 6))))
	if asks(cpu.get('quota')):
		want('cpu.quota', 'cpu.max', '%d %d' % (cpu['quota'], cpu.get('period') or 100000))
	if asks(cpu.get('burst')):
		want('cpu.burst', 'cpu.max.burst', str(cpu['burst']))
	if asks(cpu.get('idle')):
		want('cpu.idle', 'cpu.idle', str(cpu['idle']))
	if asks(cpu.get('cpus')):
		want('cpu.cpus', 'cpuset.cpus', cpu['cpus'])
	if asks(cpu.get('mems')):
		want('cpu.mems', 'cpuset.mems', cpu['mems'])
	if get(resources, 'pids.limit') not in (None, -1):
		want('pids.limit', 'pids.max', str(resources['pids']['limit']))
	for file, text in (resources.get('unified') or {}).items():
		want('unified["%s"]' % file, file, text)
	return wanted


def take_out(config, path):
	"""A property by the path that hoy names it by."""
	found = re.fullmatch(r'(.*?)(?:\["(.*)"\])?', path)
	folder, key = found[1], found[2]
	if key is None:
		folder, key = path.rsplit('.', 1)
	entry = re.fullmatch(r'mounts\[(\d+)\](?:\.(options))?', folder)
	element = re.fullmatch(r'(.*)\[(\d+)\]', key)
	if element:
		del get(config, folder)[element[1]][int(element[2])]
	elif entry and entry[2]:
		config['mounts'][int(entry[1])]['options'].remove(key)
	elif entry:
		del config['mounts'][int(entry[1])][key]
	else:
		del get(config, folder)[key]
	# It is the sum of memory and swap, and nothing without a limit.
	if path == 'linux.resources.memory.limit':
		get(config, folder).pop('swap', None)


def refused(config):
	"""Paths of what this version does not know, as hoy names them, and what to take out."""
	found = []
	for folder, key in LATER:
		value = (get(config, folder) or {}).get(key)
		if value is not None and (asks(value) or key == 'swappiness') and value != [] and value != {}:
			found.append((folder + '.' + key, folder + '.' + key))
	for number, entry in enumerate(config.get('mounts', [])):
		for key in LATER_OF_MOUNTS:
			if entry.get(key):
				found.append(('mounts[%d].%s' % (number, key),) * 2)
		for index, option in enumerate(entry.get('options', [])):
			if option in LATER_MOUNT_OPTIONS:
				found.append(('mounts[%d].options[%d]' % (number, index), 'mounts[%d].options.%s' % (number, option)))
	for number, rule in enumerate(get(config, 'linux.seccomp.syscalls') or []):
		if rule['action'] == 'SCMP_ACT_NOTIFY':
			found.append(('linux.seccomp.syscalls[%d].action' % number, 'linux.seccomp.syscalls[%d]' % number))
	return found


# ------------------------------------------------------------------ a bundle

class Bundle:
	def __init__(self, place, file):
		self.place = place
		self.name = os.path.basename(file)[:-5]
		self.config = json.loads(read(file))
		self.folder = place.work + '/' + self.name
		self.state = self.folder + '/state'
		self.record = self.folder + '/engine'
		self.rootless = self.name.startswith('rootless')
		self.joined = {}		# kind of namespace -> inode of that to join
		self.sources = {}		# index of mount -> path of a bind's source
		self.mounted = []
		self.sandbox = None
		os.mkdir(self.folder)
		os.mkdir(self.state)
		os.mkdir(self.record)
		os.chmod(self.record, 0o777)
		# An engine's folders are nobody else's business; only an ordinary user's own must be open to that user.
		os.chmod(place.work, 0o755 if self.rootless else 0o700)
		if self.rootless:
			os.chown(self.folder, USER, USER)
			os.chown(self.state, USER, USER)

	# What the container has is owned by its root.
	def owner(self):
		if self.rootless:
			return USER, USER
		return tuple(next((entry['hostID'] for entry in get(self.config, 'linux.' + key) or [] if entry['containerID'] == 0), 0)
			     for key in ('uidMappings', 'gidMappings'))

	def kinds(self):
		return {entry['type']: entry.get('path') for entry in self.config['linux']['namespaces']}

	def adapt(self):
		self.config['root']['path'] = root = os.path.join(self.folder, self.config['root']['path'].lstrip('/')) \
			if self.config['root']['path'].startswith('/') else self.config['root']['path']
		self.root = os.path.join(self.folder, root)
		if self.rootless:
			for key in 'uidMappings', 'gidMappings':
				self.config['linux'][key] = [dict(self.config['linux'][key][0], hostID=USER)]
		self.make_root()
		for number, entry in enumerate(self.config.get('mounts', [])):
			if is_bind(entry):
				self.make_source(number, entry)
			if 'tmpcopyup' in entry.get('options', []):
				self.make_folder(entry['destination'])
				self.make_file(entry['destination'] + '/seeded', 'seeded')
		self.cut()
		self.adapt_hooks()
		self.join()
		self.write()

	def write(self):
		write(self.folder + '/config.json', json.dumps(self.config))

	def make_folder(self, path):
		folder = self.root
		for part in path.strip('/').split('/'):
			folder += '/' + part
			if not os.path.lexists(folder):
				os.mkdir(folder, 0o755)
				os.chown(folder, *self.owner())

	def make_file(self, path, text):
		self.make_folder(os.path.dirname(path) or '/')
		write(self.root + path, text)

	def make_root(self):
		os.makedirs(self.root)
		os.chmod(self.root, 0o755)
		os.chown(self.root, *self.owner())
		for folder in ('bin', 'dev', 'etc', 'home/user', 'proc', 'run', 'sys', 'tmp', 'usr/bin', 'var/tmp'):
			self.make_folder(folder)
		os.link(self.place.work + '/bin/busybox', self.root + '/bin/busybox')
		os.link(self.place.work + '/bin/inside', self.root + '/usr/bin/inside')
		for applet in ('sh', 'cat', 'true', 'sleep'):
			os.symlink('busybox', self.root + '/bin/' + applet)
		write(self.root + '/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home/user:/bin/sh\n')
		write(self.root + '/etc/group', 'root:x:0:\nuser:x:1000:\n')
		os.mknod(self.root + '/probe-device', stat.S_IFCHR | 0o666, os.makedev(*PROBE_DEVICE))
		os.chmod(self.root + '/probe-device', 0o666)
		for key in 'maskedPaths', 'readonlyPaths':
			for path in self.config['linux'].get(key) or []:
				if re.match('/(proc|sys|dev)(/|$)', path):
					continue
				if not is_file_name(path):
					self.make_folder(path)
				self.make_file(path if is_file_name(path) else path + '/secret', 'secret')

	def make_source(self, number, entry):
		source = entry['source']
		if re.match('/(proc|sys|dev)(/|$)', source) and os.path.lexists(source):
			self.sources[number] = source
			return
		path = os.path.join(self.folder, 'sources' + source) if source.startswith('/') else os.path.join(self.folder, source)
		self.sources[number] = path
		if source.startswith('/'):
			entry['source'] = path
		if os.path.lexists(path):
			return
		os.makedirs(os.path.dirname(path), exist_ok=True)
		if is_file_name(path):
			write(path, 'a file of the engine\n')
			return
		os.mkdir(path)
		if 'locked' in os.path.basename(path):
			self.mount(path, MS_NOSUID | MS_NODEV | MS_NOEXEC)
		if 'nested' in os.path.basename(path):
			os.mkdir(path + '/inner')
			self.mount(path + '/inner')
			write(path + '/inner/deep', 'deep')
		write(path + '/content', 'a folder of the engine\n')
		for folder in path, path + '/content':
			os.chown(folder, *self.owner())

	def mount(self, path, flags=0):
		mount('tmpfs', path, 'tmpfs', flags, 'mode=755,size=1m')
		self.mounted.append(path)

	def cut(self):
		process = self.config['process']
		for entry in process.get('rlimits', []):
			number = LIMITS.index(entry['type'][7:])
			most = self.place.rlimits[number][1]
			if entry['type'] == 'RLIMIT_NOFILE' and (most == resource.RLIM_INFINITY or self.place.may_raise):
				most = self.place.most_files
			elif self.place.may_raise and not self.rootless:
				most = resource.RLIM_INFINITY
			if most != resource.RLIM_INFINITY:
				entry['hard'], entry['soft'] = min(entry['hard'], most), min(entry['soft'], most)
		if process.get('oomScoreAdj') is not None and (self.rootless or not self.place.may_raise):
			process['oomScoreAdj'] = max(process['oomScoreAdj'], self.place.oom_score_adj)

	def adapt_hooks(self):
		def here(words):
			return [word.replace('/run/engine', self.record) for word in words]

		for kind, hooks in (self.config.get('hooks') or {}).items():
			kept = [hook for hook in hooks if kind == 'startContainer' or os.access(hook['path'], os.X_OK)]
			for hook in kept:
				for key in 'args', 'env':
					if key in hook:
						hook[key] = here(hook[key])
			self.config['hooks'][kind] = kept

	# --- the sandbox of a pod, by hoy itself

	def join(self):
		wanted = set()
		for entry in self.config['linux']['namespaces']:
			if entry.get('path', '').startswith('/run/pod/ns/'):
				wanted.add(entry['type'])
			else:
				entry.pop('path', None)
		if not wanted:
			return
		config = {'ociVersion': '1.3.0', 'hostname': 'sandbox', 'root': {'path': self.config['root']['path'], 'readonly': True},
			  'process': {'user': {'uid': 0, 'gid': 0}, 'cwd': '/', 'args': ['/bin/sleep', '1000'], 'noNewPrivileges': True},
			  'mounts': [{'destination': '/proc', 'type': 'proc', 'source': 'proc'},
				     {'destination': '/dev', 'type': 'tmpfs', 'source': 'tmpfs'}],
			  'linux': {'namespaces': [{'type': kind} for kind in sorted(wanted | {'mount', 'pid', 'uts'})],
				    'cgroupsPath': os.path.dirname(self.config['linux']['cgroupsPath']) + '/sandbox'}}
		if 'user' in wanted:
			for key in 'uidMappings', 'gidMappings':
				config['linux'][key] = self.config['linux'][key]
		os.mkdir(self.folder + '/sandbox')
		config['root']['path'] = self.root
		write(self.folder + '/sandbox/config.json', json.dumps(config))
		self.sandbox = self.name + '-sandbox'
		self.must('create', '--bundle', self.folder + '/sandbox', '--pid-file', self.folder + '/sandbox/pid', self.sandbox)
		self.must('start', self.sandbox)
		pid = read(self.folder + '/sandbox/pid')
		for entry in self.config['linux']['namespaces']:
			if entry['type'] in wanted:
				entry['path'] = '/proc/%s/ns/%s' % (pid, NAMESPACES[entry['type']])
				self.joined[entry['type']] = os.stat(entry['path']).st_ino

	def close(self):
		"""Take down what adapt() has put up."""
		if self.sandbox:
			pid = int(read(self.folder + '/sandbox/pid'))
			self.must('kill', self.sandbox, 'KILL')
			wait(pid)
			self.must('delete', self.sandbox)
		for path in reversed(self.mounted):
			check(libc.umount2(path.encode(), 0), 'umount ' + path)

	# --- hoy

	def hoy(self, *words, stdio=None, leaks=()):
		"""Its exit status. What it prints, and the container after it, goes to the files out and err."""
		with open(self.folder + '/out', 'w+') as out, open(self.folder + '/err', 'w+') as err:
			user = {'user': USER, 'group': USER, 'extra_groups': []} if self.rootless else {}
			env = {key: value for key, value in os.environ.items() if not key.startswith(('LISTEN_', 'NOTIFY_', 'XDG_'))}
			try:
				# Python ignores SIGPIPE, as engines may, and hands down a descriptor: neither may get inside.
				return subprocess.run([self.place.hoy, '--root', self.state] + list(words), cwd=self.folder, env=env,
						      stdin=subprocess.DEVNULL if stdio is None else stdio,
						      stdout=out if stdio is None else stdio, stderr=err if stdio is None else stdio,
						      restore_signals=False, pass_fds=leaks, timeout=DEADLINE, **user).returncode
			except subprocess.TimeoutExpired:
				raise Failed('hoy %s: not done after %d seconds' % (words[0], DEADLINE))

	def said(self):
		return read(self.folder + '/err').strip()[-1500:]

	def must(self, *words, **more):
		status = self.hoy(*words, **more)
		if status != 0:
			raise Failed('hoy %s: status %d: %s' % (words[0], status, self.said()))
		return read(self.folder + '/out')


def wait(pid):
	"""The wait status of a container's first process, which is our child since its parent has gone."""
	end = time.monotonic() + DEADLINE
	while time.monotonic() < end:
		found, status = os.waitpid(pid, os.WNOHANG)
		if found:
			return status
		time.sleep(.005)
	raise Failed('process %d: still there after %d seconds' % (pid, DEADLINE))
