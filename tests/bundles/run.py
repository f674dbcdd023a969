#!/usr/bin/env python3
"""Runs engine bundles, and holds what their program sees against their config.json.

    run.py [FILE.json...]       without files: those beside this script, and those of the folder HOY_BUNDLES

As root, where /sys/fs/cgroup is cgroup v2: `tests/native tests/bundles/run.py`, `tests/uml tests/bundles/run.py`.
HOY: the program under test. HELPERS: the folder of the built test helpers. FILTER: a regular expression for names of bundles.

place.py is where we are, bundle.py makes a bundle ready, expect.py says what must be seen, compare.py whether it was.
Prints TAP, a test for each bundle and way: `run`, and `create`, `start`, `delete`. Where a bundle asks for what this place lacks (a
controller) or this version does not know, a test before these wants an error that names it; then it is taken out.

A config.json is used as it is, but for what belongs to the engine's machine:
  root.path          a small busybox tree
  process.args       tests/bundles/inside.c, told what to look at
  mounts[].source    a bind's source is made: a file, if its name looks like one, else a folder. Words in its last part:
                     "nested": another filesystem is mounted at inner/; "locked": it is a nosuid, nodev, noexec mount of its own
  namespaces[].path  /run/pod/ns/KIND: of a sandbox that is started first. Any other path: a new namespace
  hooks              "/run/engine" in their arguments and environment is a folder of this run; those that cannot run here are left out
  rlimits, oomScoreAdj   cut to what the caller may give. Capabilities stay: hoy must do without those that it cannot have
  a bundle "rootless-*" is run by the user 65534, and its ID mappings get that user's ID
All mounts of the place are shared, as systemd leaves them: nothing of a container may show outside.
"""
import fcntl
import json
import os
import re
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import traceback

# Nothing is written into the checkout.
sys.dont_write_bytecode = True
from place import (CGROUP, DEADLINE, Failed, HERE, MS_PRIVATE, MS_REC, MS_SHARED, Place, STATUS, TREE, USER, WINDOW, check,
	libc, mount, read, status_fields)
from bundle import Bundle, limits, refused, take_out, wait
from expect import Report, capability_sets
from compare import compare, compare_capabilities, compare_cgroup, compare_hooks, outside, questions


# ----------------------------------------------------------------------- ways

def nothing_left(bundle, before, report):
	after = bundle.place.snapshot()
	for what in after:
		for thing in set(after[what]) ^ set(before[what]):
			report.unless(False, '%s %s: %s' % (what, 'left behind' if thing in after[what] else 'gone', thing))
	left = [entry for entry in os.listdir(bundle.state) if entry != bundle.sandbox]
	report('state', [], left)
	end = time.monotonic() + 2
	while True:
		try:
			pid, _ = os.waitpid(-1, os.WNOHANG)
		except ChildProcessError:
			return
		if pid:
			report.unless(False, 'process %d: left behind' % pid)
		elif bundle.sandbox or time.monotonic() > end:
			report.unless(bundle.sandbox, 'a process is left behind, and runs')
			return
		time.sleep(.01)


def read_terminal(master):
	"""All that comes out of a terminal until nobody has its other end."""
	text, end = b'', time.monotonic() + DEADLINE
	while time.monotonic() < end:
		if not select.select([master], [], [], .1)[0]:
			continue
		try:
			piece = os.read(master, 65536)
		except OSError:
			return text.decode()
		if not piece:
			return text.decode()
		text += piece
	raise Failed('the terminal stays open')


def set_window(fd):
	import fcntl
	import termios
	fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', *WINDOW, 0, 0))


def way_run(bundle, report):
	name = bundle.name + '-run'
	terminal = bundle.config['process'].get('terminal', False)
	leak_read, leak_write = os.pipe()
	try:
		if terminal:
			text, status = run_in_terminal(bundle, name, leak_read)
		else:
			status = bundle.hoy('run', '--bundle', bundle.folder, name, leaks=(leak_read,))
			text = read(bundle.folder + '/out')
	finally:
		os.close(leak_read)
		os.close(leak_write)
	if status != STATUS:
		raise Failed('hoy run: status %d: %s' % (status, text[-800:] if terminal else bundle.said()))
	compare(bundle, text, report, terminal)
	compare_hooks(bundle, name, report, bundle.config.get('hooks') or {})


def run_in_terminal(bundle, name, leak):
	"""In the foreground of a terminal that somebody has to read meanwhile."""
	master, slave = os.openpty()
	set_window(slave)
	user = {'user': USER, 'group': USER, 'extra_groups': []} if bundle.rootless else {}
	process = subprocess.Popen([bundle.place.hoy, '--root', bundle.state, 'run', '--bundle', bundle.folder, name], stdin=slave,
				   stdout=slave, stderr=slave, restore_signals=False, pass_fds=(leak,), cwd=bundle.folder, **user)
	os.close(slave)
	try:
		text = read_terminal(master)
		return text, process.wait(DEADLINE)
	except subprocess.TimeoutExpired:
		process.kill()
		raise Failed('hoy run: not done after %d seconds' % DEADLINE)
	finally:
		os.close(master)


def receive_terminal(server):
	server.settimeout(DEADLINE)
	connection, _ = server.accept()
	with connection:
		_, descriptors, _, _ = socket.recv_fds(connection, 4096, 4)
	if len(descriptors) != 1:
		raise Failed('the console socket got %d descriptors' % len(descriptors))
	return descriptors[0]


def way_create(bundle, report):
	name, folder = bundle.name + '-create', bundle.folder
	before = bundle.place.snapshot()
	words, master, pid = ['create', '--bundle', folder, '--pid-file', folder + '/pid'], None, None
	terminal = bundle.config['process'].get('terminal', False)
	try:
		if terminal:
			with socket.socket(socket.AF_UNIX) as server:
				server.bind(folder + '/console')
				server.listen()
				bundle.must(*words, '--console-socket', folder + '/console', name)
				master = receive_terminal(server)
			if not bundle.config['process'].get('consoleSize'):
				set_window(master)
		else:
			# Its standard output is ours: what is printed after `start` lands there too.
			bundle.must(*words, name)
			os.rename(folder + '/out', folder + '/printed')
		pid = int(read(folder + '/pid'))
		report.unless(not read(folder + '/pid').endswith('\n'), 'the pid file ends in a newline')
		compare_created(bundle, name, pid, before, report)
		bundle.must('start', name)
		text = read_terminal(master) if terminal else None
		status, pid = os.waitstatus_to_exitcode(wait(pid)), None
		text = text if terminal else read(folder + '/printed')
		report('exit status', STATUS, status)
		state = json.loads(bundle.must('state', name))
		report('state after the end', ('stopped', 0), (state['status'], state['pid']))
	finally:
		if master is not None:
			os.close(master)
		gone = bundle.hoy('delete', name) if pid is None and not sys.exc_info()[0] else bundle.hoy('delete', '--force', name)
		if not sys.exc_info()[0]:
			report.unless(gone == 0, 'hoy delete: status %d: %s' % (gone, bundle.said()))
		if pid is not None:
			wait(pid)
	report('state of what is deleted', 1, bundle.hoy('state', name))
	report.unless('does not exist' in bundle.said(), 'state of what is deleted: ' + bundle.said())
	compare(bundle, text, report, terminal)
	compare_hooks(bundle, name, report, bundle.config.get('hooks') or {})


def compare_created(bundle, name, pid, before, report):
	"""What the engine sees of a container that waits for `start`: its process is already what the program will be."""
	config = bundle.config
	state = json.loads(bundle.must('state', name))
	for key, value in (('id', name), ('pid', pid), ('status', 'created'), ('bundle', bundle.folder),
			   ('annotations', config.get('annotations', {}))):
		report('state: ' + key, value, state.get(key, {} if key == 'annotations' else None))
	status = status_fields(read('/proc/%d/status' % pid))
	user = config['process']['user']
	report('uid on the host', str(outside(bundle, 'uidMappings', user['uid'])), status['Uid'].split()[0])
	report('gid on the host', str(outside(bundle, 'gidMappings', user['gid'])), status['Gid'].split()[0])
	compare_capabilities(capability_sets(bundle), status, report, ' before start')
	report('seccomp mode before start', '2' if config['linux'].get('seccomp') else '0', status['Seccomp'])
	report('no_new_privs before start', str(int(config['process'].get('noNewPrivileges', False))), status['NoNewPrivs'])
	mounts = bundle.place.snapshot()['mount']
	for thing in set(mounts) ^ set(before['mount']):
		report.unless(False, 'mount %s: %s on the host while the container is there' % (thing, 'seen' if thing in mounts else 'gone'))
	path = config['linux'].get('cgroupsPath')
	if path and not bundle.rootless:
		own = [line[3:] for line in read('/proc/%d/cgroup' % pid).splitlines() if line.startswith('0::')]
		report('cgroup', [os.path.normpath('/' + path.lstrip('/'))], own)
		compare_cgroup(bundle, lambda file: read('%s/%s/%s' % (CGROUP, path, file)), report, 'outside')


def way_refused(bundle, report):
	"""All that this version does not know, and all that the place lacks, is named by an error."""
	config = bundle.config
	later = refused(config)
	before = bundle.place.snapshot()
	while later:
		# An error is one line of limited length: what it has no room for is named the next time.
		status = bundle.hoy('run', '--bundle', bundle.folder, bundle.name)
		report('status of hoy run, with what it does not know', 1, status)
		nothing_left(bundle, before, report)
		named = [(path, entry) for path, entry in later if
			 re.search(re.escape(path) + r': [^;]*(not supported|nothing like it)', bundle.said())]
		if not named:
			raise Failed('refuse %s by name: said: %s' % (', '.join(path for path, _ in later), bundle.said()))
		for _, path in reversed(named):
			take_out(config, path)
		bundle.write()
		later = refused(config)
	for entry in lacks_namespaces(bundle):
		report('status of hoy run, without %s namespaces' % entry['type'], 1, bundle.hoy('run', '--bundle', bundle.folder, bundle.name))
		report.unless(re.search(r'\b%s\b.*namespace|namespace.*\b%s\b' % (entry['type'], entry['type']), bundle.said()),
			      'name the %s namespace: said: %s' % (entry['type'], bundle.said()))
		nothing_left(bundle, before, report)
		config['linux']['namespaces'].remove(entry)
		bundle.write()
	lacking = lacks(bundle)
	while lacking:
		status = bundle.hoy('run', '--bundle', bundle.folder, bundle.name)
		named = [path for path, controller in lacking.items() if path in bundle.said() and
			 re.search(r'\b%s controller\b' % controller, bundle.said())]
		report('status of hoy run, without controllers %s' % sorted(set(lacking.values())), 1, status)
		report.unless(named, 'name one of %s and its controller: said: %s' % (sorted(lacking), bundle.said()))
		nothing_left(bundle, before, report)
		for path in named[:1] or list(lacking):
			take_out(config, path)
			del lacking[path]
		bundle.write()


def lacks_namespaces(bundle):
	return [entry for entry in bundle.config['linux']['namespaces'] if entry['type'] not in bundle.place.namespaces]


def lacks(bundle):
	"""Property -> controller that this place does not have."""
	return {path: controller for path, (controller, _, _) in limits(bundle.config).items() if
		controller not in bundle.place.controllers and controller != 'cgroup'}


# ----------------------------------------------------------------------- suite

class Suite:
	def __init__(self):
		self.count, self.failed = 0, 0

	def test(self, name, function, *args):
		report, begin = Report(), time.monotonic()
		try:
			function(*args, report)
		except Failed as problem:
			report.lines.append(str(problem))
		except Exception:
			report.lines += traceback.format_exc().splitlines()
		self.count += 1
		self.failed += bool(report.lines)
		print('%sok %d - %s' % ('not ' if report.lines else '', self.count, name))
		for line in report.lines[:40]:
			print('#   ' + str(line).replace('\n', '\n#   '))
		if os.environ.get('TIMES'):
			print('#   %.2f s' % (time.monotonic() - begin))
		sys.stdout.flush()
		return not report.lines

	def skip(self, name, reason):
		self.count += 1
		print('ok %d - %s # SKIP %s' % (self.count, name, reason), flush=True)

	def bundle(self, place, file):
		name = os.path.basename(file)[:-5]
		bundle, begun = None, place.snapshot()
		kinds = [entry['type'] for entry in json.loads(read(file))['linux']['namespaces']]
		if 'user' in kinds and not (place.rootless if name.startswith('rootless') else place.user_namespaces):
			self.skip(name, 'no user namespace may be made here' + ' by an ordinary user' * name.startswith('rootless'))
			return

		def adapt(report):
			nonlocal bundle
			bundle = Bundle(place, file)
			bundle.adapt()

		def way(function):
			def go(report):
				before = place.snapshot()
				try:
					function(bundle, report)
				finally:
					if bundle.hoy('state', bundle.name + '-run') == 0:
						report.unless(False, 'run left its state behind')
						bundle.hoy('delete', '--force', bundle.name + '-run')
					nothing_left(bundle, before, report)
			return go

		def close(report):
			bundle.close()
			bundle.sandbox = None
			nothing_left(bundle, begun, report)

		report = Report()
		try:
			adapt(report)
		except Exception:
			problem = traceback.format_exc()
			self.test(name + ': make it ready', lambda report: report.unless(False, problem))
			return
		later, lacking = [path for path, _ in refused(bundle.config)], lacks(bundle)
		why = ['%d properties of later versions' % len(later)] * bool(later)
		why += ['%d limits of missing controllers (%s)' % (len(lacking), ' '.join(sorted(set(lacking.values()))))] * bool(lacking)
		why += ['%s namespaces' % entry['type'] for entry in lacks_namespaces(bundle)]
		if why:
			self.test('%s: refuse %s by name' % (name, ', '.join(why)), way_refused, bundle)
		bundle.config['process']['args'] = ['/usr/bin/inside'] + questions(bundle)
		bundle.write()
		self.test(name + ': run', way(way_run))
		self.test(name + ': create, start, delete', way(way_create))
		if bundle.sandbox or bundle.mounted:
			self.test(name + ': nothing is left', close)
		shutil.rmtree(bundle.folder, ignore_errors=True)


def find_inside(work):
	"""The helper as the Makefile builds it, or built now."""
	source, target = HERE + '/inside.c', work + '/bin/inside'
	built = os.path.join(os.path.dirname(os.environ.get('HELPERS') or TREE + '/build/plain/tests/cli'), 'bundles', 'inside')
	if os.path.exists(built) and os.path.getmtime(built) >= os.path.getmtime(source):
		shutil.copy(built, target)
	else:
		subprocess.run([os.environ.get('CC') or 'cc', '-std=c11', '-D_GNU_SOURCE', '-O2', '-static', '-o', target, source], check=True)
	os.chmod(target, 0o755)


def engine_bundles():
	"""What engines have written, if there is any here; and why not."""
	folder = os.environ.get('HOY_BUNDLES') or TREE + '/../shared/bundles'
	files = sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith('.json')) if \
		os.path.isdir(folder) else []
	return files, '%s has no bundles of engines (HOY_BUNDLES)' % os.path.normpath(folder)


def skip_all(reason):
	print('1..0 # SKIP ' + reason)
	sys.exit(0)


def main():
	if os.getuid() != 0:
		skip_all('needs root')
	if not os.path.exists(CGROUP + '/cgroup.procs'):
		skip_all('%s is not cgroup v2 (run it in tests/native or tests/uml)' % CGROUP)
	busybox, hoy = shutil.which('busybox'), os.environ.get('HOY') or TREE + '/build/hoy'
	if not busybox:
		skip_all('no busybox')
	if not os.access(hoy, os.X_OK):
		print('1..0\n# %s is not there' % hoy)
		sys.exit(1)
	os.umask(0o022)
	check(libc.prctl(36, 1, 0, 0, 0), 'become a subreaper')
	check(libc.unshare(0x20000), 'make a mount namespace')
	mount('none', '/', 'none', MS_REC | MS_PRIVATE)
	mount('none', '/', 'none', MS_REC | MS_SHARED)
	work = os.path.realpath(tempfile.mkdtemp(prefix='hoy-bundles.'))
	try:
		mount('tmpfs', work, 'tmpfs', 0, 'mode=700')
		os.mkdir(work + '/bin')
		shutil.copy(busybox, work + '/bin/busybox')
		shutil.copy(hoy, work + '/bin/hoy')
		find_inside(work)
		place, suite = Place(work), Suite()
		place.tell()
		wanted = re.compile(os.environ.get('FILTER') or '')
		files, reason = [os.path.abspath(file) for file in sys.argv[1:]], None
		if not files:
			files = sorted(os.path.join(HERE, name) for name in os.listdir(HERE) if name.endswith('.json'))
			engines, reason = engine_bundles()
			files += engines
			reason = None if engines else reason
		for file in files:
			if wanted.search(os.path.basename(file)[:-5]):
				suite.bundle(place, file)
		if reason:
			suite.skip('bundles of engines', reason)
		print('1..%d' % suite.count)
	finally:
		libc.umount2(work.encode(), 2)
		os.rmdir(work)
	sys.exit(suite.failed > 0)


main()
