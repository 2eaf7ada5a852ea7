// What every test needs of the machine: temporary directories, child processes and waiting.
// Whatever happens, nothing stays behind.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

export const BINARY = path.resolve(process.env.ESTAFETA ?? new URL('../../../build/estafeta', import.meta.url).pathname);
export const SAN = Boolean(process.env.SAN);
/** A loopback address of this file's own: while a node of it is away, no other file's node can take its port. */
export const HOST = `127.${1 + ((process.pid >> 16) & 127)}.${(process.pid >> 8) & 255}.${process.pid & 255}`;
const PATIENCE_MS = SAN ? 120_000 : 30_000;

/* even where this process is killed outright, nothing that it started outlives it */
const GUARD = fs.existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--'] : [];

const children = new Set();
const directories = new Set();
const mounts = new Set();

export function tempDir() {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'estafeta-e2e-'));
	directories.add(dir);
	return dir;
}

export function removeDir(dir) {
	fs.rmSync(dir, { recursive: true, force: true });
	directories.delete(dir);
}

/** Starts a program so that neither it nor, by its own guard, what it starts outlives this process. */
function guarded(program, args, stdio, env = {}) {
	const [command, ...all] = [...GUARD, program, ...args];
	const child = spawn(command, all, { stdio, env: { ...process.env, ...env } });
	children.add(child);
	return child;
}

/** Starts a program; its standard error goes to the open file logFd. env comes on top of ours. */
export function spawnLogged(program, args, logFd, env) {
	const child = guarded(program, args, ['ignore', logFd, logFd], env);
	child.ended = new Promise((resolve) => child.once('close', (code, signal) => {
		children.delete(child);
		resolve({ code, signal });
	}));
	return child;
}

export const spawnEstafeta = (args, logFd, env) => spawnLogged(BINARY, args, logFd, env);

/** Runs a command to its end, without blocking this process: {code, stdout, stderr}. */
export async function estafeta(...args) {
	const child = guarded(BINARY, args, ['ignore', 'pipe', 'pipe']);
	const out = { stdout: '', stderr: '' };
	for (const name of ['stdout', 'stderr'])
		child[name].setEncoding('utf8').on('data', (text) => (out[name] += text));
	const { code, signal } = await new Promise((resolve) => child.once('close', (c, s) => resolve({ code: c, signal: s })));
	children.delete(child);
	if (signal || /AddressSanitizer|runtime error:|LeakSanitizer/.test(out.stderr))
		throw new Error(`estafeta ${args.join(' ')}: ${signal ?? code}\n${out.stderr}`);
	return { code, ...out };
}

/** The same, and it must succeed; returns its standard output. */
export async function must(...args) {
	const r = await estafeta(...args);
	if (r.code !== 0)
		throw new Error(`estafeta ${args.join(' ')}: exit ${r.code}\n${r.stderr}${r.stdout}`);
	return r.stdout;
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Polls until the condition holds; returns what it returned. */
export async function waitFor(what, condition, patience = PATIENCE_MS) {
	const end = Date.now() + patience;
	let last;
	for (let wait = 5; ; wait = Math.min(wait * 2, 60)) {
		try {
			last = await condition();
			if (last)
				return last;
		} catch (error) {
			if (!error.transient)
				throw error;
			last = error.message;
		}
		if (Date.now() > end)
			throw new Error(`${what}: did not come about in ${patience / 1000} s (last seen: ${JSON.stringify(last)})`);
		await pause(wait);
	}
}

/** A small file system of its own, or null where this machine does not let us mount one. */
export function smallDisk(megabytes) {
	const dir = tempDir();
	const r = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir]);
	if (r.status !== 0) {
		removeDir(dir);
		return null;
	}
	mounts.add(dir);
	return dir;
}

export function unmount(dir) {
	spawnSync('umount', ['-l', dir]);
	mounts.delete(dir);
	removeDir(dir);
}

/**
 * A clock of the day that stands that many seconds off and may be moved while nodes run under it: {env, move(seconds off)};
 * null with sanitizers, which must come first.
 */
export function movableClock(seconds) {
	if (SAN)
		return null;
	const dir = tempDir();
	const [source, library, offset] = ['clock.c', 'clock.so', 'offset'].map((name) => path.join(dir, name));
	const move = (off) => {
		const bytes = Buffer.alloc(8);
		bytes.writeBigInt64LE(BigInt(off));
		fs.writeFileSync(offset, bytes, { flag: fs.existsSync(offset) ? 'r+' : 'w' });
	};
	move(seconds);
	fs.writeFileSync(source, `#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static const long long still, *volatile off = &still;
__attribute__((constructor)) static void begin(void)
{
	int fd = open(${JSON.stringify(offset)}, O_RDONLY | O_CLOEXEC);
	void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof still, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		_exit(99);
	off = map;
	close(fd);
}
int clock_gettime(clockid_t clock, struct timespec *t)
{
	long bad = syscall(SYS_clock_gettime, clock, t);
	t->tv_sec += clock == CLOCK_REALTIME ? *(const volatile long long *)off : 0;
	return (int)bad;
}
`);
	const r = spawnSync('cc', ['-shared', '-fPIC', '-D_GNU_SOURCE', '-o', library, source], { encoding: 'utf8' });
	if (r.status !== 0)
		throw new Error(`cc: ${r.stderr}`);
	return { env: { LD_PRELOAD: library }, move };
}

/** An environment in which the clock of the day stands that many seconds off; null as above. */
export const clockOff = (seconds) => movableClock(seconds)?.env ?? null;

function cleanUp() {
	for (const child of children)
		child.kill('SIGKILL');
	for (const dir of mounts)
		spawnSync('umount', ['-l', dir]);
	for (const dir of directories)
		fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
}

// A test that failed half-way leaves its nodes running, and they would keep this process alive.
after(cleanUp);
process.once('exit', cleanUp);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.once(signal, () => process.exit(1));

// Nor does this file's process go on once the runner that started it was killed: then nobody reads
// its output, and without this handler it would end at the first line with nothing cleaned up.
process.stdout.once('error', () => process.exit(1));
const runner = process.ppid;
setInterval(() => process.ppid === runner || process.exit(1), 500).unref();
