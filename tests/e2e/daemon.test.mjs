// The daemon on a machine: signals, load, full and damaged disks, backups, and what the commands say.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cascade, someone } from './lib/network.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { BINARY, clockOff, estafeta, smallDisk, spawnEstafeta, tempDir, unmount, waitFor } from './lib/run.mjs';
import { fromBase64, read } from './lib/record.mjs';
import { onDisk } from './lib/search.mjs';

const WRITERS = 8;

/** Writes students from several clients at once until the node is gone; the ids that were acknowledged. */
function load(node) {
	const acknowledged = [];
	const client = async (n) => {
		for (let i = 0; ; i++) {
			try {
				const answer = await node.request('POST', '/api/v1/students', { family: 'Нагрузкин', given: `${n}-${i}` });
				if (answer.status !== 201)
					return;
				acknowledged.push(answer.json.id);
			} catch (error) {
				if (!['ECONNRESET', 'ECONNREFUSED', 'ENOENT', 'EPIPE'].includes(error.code))
					throw error;
				return;
			}
		}
	};
	return { acknowledged, over: Promise.all(Array.from({ length: WRITERS }, (_, n) => client(n))) };
}

describe('one node', () => {
	const dir = tempDir();
	let node;
	before(async () => { node = await (await Node.create(dir, 'Школа на испытании', { dir: 'node' })).start(); });
	after(() => stopAll(node));

	test('79 a second daemon on the same directory: 75', async () => {
		const r = await node.cli('run --http 127.0.0.1:0 --peer 127.0.0.1:0');
		assert.equal(r.code, 75);
		assert.match(r.stderr, /already running/);
		assert.equal((await node.web('GET', '/healthz')).status, 200);
	});

	for (const signal of ['SIGINT', 'SIGHUP'])
		test(`${signal} ends it like SIGTERM`, async () => {
			await node.stop(signal);
			assert.ok(!fs.existsSync(path.join(node.dir, 'ports')));
			await node.start();
		});

	for (const how of ['stop', 'kill'])
		test(`${how === 'stop' ? 'SIGTERM' : 'kill -9'} under load loses nothing that was acknowledged`, async () => {
			const { acknowledged, over } = load(node);
			await waitFor('some writes', () => acknowledged.length > 60);
			await node[how]();
			await over;
			await node.start();
			const have = new Set();
			for (let cursor = ''; cursor !== null;) {
				const page = await node.get(`/api/v1/students?limit=200${cursor && `&cursor=${cursor}`}`);
				page.items.forEach((s) => have.add(s.id));
				cursor = page.next;
			}
			assert.deepEqual(acknowledged.filter((id) => !have.has(id)), []);
		});

	test('the same Idempotency-Key writes once', async () => {
		const headers = { 'idempotency-key': 'once-and-no-more' };
		const body = { family: 'Единственный', given: 'Раз' };
		/* 503 with Retry-After while the first answer is still being put away */
		const ask = (what) => waitFor('an answer', async () => {
			const answer = await node.request('POST', '/api/v1/students', what, headers);
			if (answer.status === 503)
				assert.ok(answer.headers['retry-after']);
			return answer.status !== 503 && answer;
		});
		const [a, b] = [await ask(body), await ask(body)];
		assert.deepEqual([a.status, b.status, b.json.id], [201, 201, a.json.id]);
		const other = await ask({ ...body, given: 'Два' });
		assert.deepEqual([other.status, other.json.code], [422, 'key_reused']);
	});

	test('garbage on the peer port ends that connection and nothing else', async () => {
		const send = (bytes) => new Promise((resolve) => {
			const socket = net.connect(node.peerPort, node.host, () => socket.write(bytes));
			socket.on('error', resolve).on('close', resolve).resume();
		});
		const noise = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 89 + 7) % 256));
		await Promise.all([send(Buffer.from([0xff, 0xff, ...noise])), send('GET / HTTP/1.1\r\n\r\n'), send(Buffer.concat([Buffer.from([0, 48]), noise]))]);
		assert.equal((await node.web('GET', '/healthz')).status, 200);
		assert.equal((await node.get('/api/v1/network')).peers.length, 0);
	});

	test('metrics and health say nothing of a child', async () => {
		const metrics = (await node.web('GET', '/metrics')).bytes.toString();
		assert.match(metrics, /^estafeta_\w+ /m);
		assert.doesNotMatch(metrics + node.log(), /Нагрузкин|Единственный/);
	});

	test('fsck and reindex: sound after all that, and reindex changes nothing', async () => {
		await node.stop();
		assert.equal((await node.cli('fsck')).code, 0);
		await node.must('reindex');
		const first = await node.must('fsck');
		await node.must('reindex');
		assert.equal(await node.must('fsck'), first);
		await node.start();
	});

	test('fsck finds a flipped byte', async () => {
		const student = await someone(node, 'Битова', 1);
		const { records } = await node.exported(student.id);
		const { signature } = read(fromBase64(records.find((r) => r.type === 'entry').raw));
		await node.stop();
		const file = path.join(node.dir, 'store', 'data.mdb');
		const whole = fs.readFileSync(file);
		const broken = Buffer.from(whole);
		for (let at = broken.indexOf(signature); at >= 0; at = broken.indexOf(signature, at + 1))
			broken[at + 20] ^= 4;
		fs.writeFileSync(file, broken);
		const r = await node.cli('fsck');
		assert.equal(r.code, 65);
		assert.match(r.stdout, /damaged 1/);
		fs.writeFileSync(file, whole);
		await node.must('fsck');
		await node.start();
	});
});

describe('a full disk', () => {
	const disk = smallDisk(8);
	after(() => disk && unmount(disk));
	test('writes answer 507, reads go on, and freeing space is enough', { skip: disk ? false : 'no right to mount a small tmpfs here' }, async () => {
		const node = await (await Node.create(disk, 'Полный диск', { dir: 'node' })).start();
		const student = await someone(node, 'Первая', 1);
		const filler = path.join(disk, 'filler');
		try {
			fs.writeFileSync(filler, Buffer.alloc(64 << 20));
		} catch (error) {
			assert.equal(error.code, 'ENOSPC');
		}
		const acknowledged = [];
		const full = await waitFor('the disk to be full', async () => {
			const answer = await node.request('POST', '/api/v1/students', { family: 'Лишний', given: 'Ученик' });
			if (answer.status === 201)
				acknowledged.push(answer.json.id);
			return answer.status !== 201 && answer;
		});
		assert.deepEqual([full.status, full.json.code], [507, 'disk_full']);
		assert.equal((await node.get(`/api/v1/students/${student.id}/entries`)).total, 1);
		const began = Date.now();
		fs.rmSync(filler);
		await waitFor('writing again', async () =>
			(await node.request('POST', '/api/v1/students', { family: 'После', given: 'Чистки' })).status === 201);
		assert.ok(Date.now() - began < 5000);
		await node.kill();
		await node.start();
		for (const id of acknowledged)
			await node.get(`/api/v1/students/${id}`);
		await node.stop();
		await node.must('fsck');
	});
});

describe('no room for a file', () => {
	const disk = smallDisk(4);
	const skip = disk ? false : 'no right to mount a small tmpfs here';
	const dir = tempDir();
	let node, student;
	before(async () => {
		if (!disk)
			return;
		node = await (await Node.create(disk, 'Тесная школа', { dir: 'node' })).start();
		student = await someone(node, 'Последняя', 1);
		await node.must('backup', path.join(dir, 'backup'));
		try {
			fs.writeFileSync(path.join(disk, 'filler'), Buffer.alloc(64 << 20));
		} catch (error) {
			assert.equal(error.code, 'ENOSPC');
		}
	});
	after(async () => {
		await stopAll(node);
		if (disk)
			unmount(disk);
	});

	test('each command says so, ends with 74, and leaves nothing half made', { skip }, async () => {
		const left = fs.readdirSync(disk);
		for (const [name, verb, ...args] of [['copy', 'backup', path.join(disk, 'copy')], ['card.json', 'export', student.id, path.join(disk, 'card.json')],
			['school.bundle', 'bundle', node.name, path.join(disk, 'school.bundle')]]) {
			const r = await node.cli(verb, ...args);
			assert.equal(r.code, 74, `${name}: ${r.stderr}`);
			assert.match(r.stderr, /full|No space left/);
			assert.ok(r.stderr.includes(path.join(disk, name)), r.stderr);
		}
		const made = await estafeta('init', '--dir', path.join(disk, 'another'), '--name', 'Ещё школа');
		assert.equal(made.code, 74, made.stderr);
		await node.stop();
		const r = await node.cli('restore', path.join(dir, 'backup'));
		assert.equal(r.code, 74, r.stderr);
		assert.match(r.stderr, /the disk is full; nothing was changed/);
		await node.must('fsck');
		assert.deepEqual(fs.readdirSync(disk), left);
	});

	test('started there, the node serves what it holds', { skip }, async () => {
		const log = fs.openSync(path.join(dir, 'log'), 'a');
		node.process = spawnEstafeta(['run', '--dir', node.dir, '--http', `${node.host}:0`, '--peer', `${node.host}:0`], log);
		fs.closeSync(log);
		const card = await waitFor('an answer', () => node.get(`/api/v1/students/${student.id}`).catch((error) => {
			assert.ok(['ENOENT', 'ECONNREFUSED'].includes(error.code), error);
		}));
		assert.equal(card.family, 'Последняя');
		await node.stop();
	});
});

describe('backup and restore', () => {
	let net;
	before(async () => { net = await cascade('founder', 'left'); });
	after(() => net && stopAll(...net.all));

	test('a copy put in place; the network brings what is newer', async () => {
		const early = await someone(net.left, 'Ранняя');
		const backup = path.join(net.dir, 'backup');
		await net.left.must('backup', backup);
		const late = await someone(net.left, 'Поздняя');
		const more = await net.left.achieve(early.id, 'После копии');
		await net.left.agrees(net.founder);
		const { incarnation } = await net.left.get('/api/v1/school');
		await net.left.stop();
		await net.left.must('restore', backup);
		await net.left.start();
		await net.left.agrees(net.founder);
		assert.notEqual((await net.left.get('/api/v1/school')).incarnation, incarnation);
		assert.equal((await net.left.get(`/api/v1/students/${late.id}`)).entries.confirmed, 3);
		assert.ok((await net.left.entries(early.id)).some((e) => e.id === more.id));
		await net.left.achieve(late.id, 'И дальше');
		await net.left.agrees(net.founder);
	});

	test('80 a damaged copy is refused with 65, and the live data is untouched', async () => {
		const source = path.join(net.dir, 'backup', 'data.mdb');
		const before_ = await net.left.totals();
		await net.founder.must('backup', path.join(net.dir, 'others'));
		await net.left.stop();
		const live = fs.readFileSync(path.join(net.left.dir, 'store', 'data.mdb'));
		const whole = fs.readFileSync(source);
		for (const [what, bytes] of [['cut', whole.subarray(0, whole.length / 2 & ~4095)], ['cut within a page', whole.subarray(0, whole.length - 100)],
			['empty', Buffer.alloc(0)], ['something else', Buffer.alloc(40960, 0x5a)]]) {
			const dir = path.join(net.dir, what);
			fs.mkdirSync(dir);
			fs.writeFileSync(path.join(dir, 'data.mdb'), bytes);
			const r = await net.left.cli('restore', dir);
			assert.equal(r.code, 65, `${what}: ${r.stderr}`);
			assert.deepEqual(fs.readFileSync(path.join(net.left.dir, 'store', 'data.mdb')), live, what);
		}
		const r = await net.left.cli('restore', path.join(net.dir, 'others'));
		assert.equal(r.code, 65, r.stderr);
		assert.match(r.stderr, /others: a backup of another school; nothing was changed/);
		assert.deepEqual(fs.readFileSync(path.join(net.left.dir, 'store', 'data.mdb')), live);
		await net.left.start();
		assert.deepEqual(await net.left.totals(), before_);
	});

	test('a backup never overwrites, and holds no key but in the box for the sheet', async () => {
		assert.equal((await net.left.cli('backup', path.join(net.dir, 'backup'))).code, 73);
		assert.deepEqual(fs.readdirSync(path.join(net.dir, 'backup')).sort(), ['blobs', 'data.mdb', 'identity.box']);
		const master = fs.readFileSync(path.join(net.left.dir, 'master.key'));
		assert.deepEqual(onDisk(path.join(net.dir, 'backup'), [master]), []);
		for (const name of ['blobs', 'data.mdb', 'identity.box'])
			assert.equal(fs.statSync(path.join(net.dir, 'backup', name)).mode & 0o077, 0, name);
		const overTcp = await (await net.left.login()).request('POST', '/api/v1/backup', { path: path.join(net.dir, 'x') });
		assert.ok([403, 404].includes(overTcp.status));
	});
});

describe('a clock that is wrong', () => {
	const YEAR = 365.25 * 24 * 3600;
	const [lost, ahead] = [clockOff(-Math.floor(Date.now() / 1000) + 60), clockOff(10 * YEAR)];
	const skip = lost ? false : 'sanitizers must be loaded first';
	let net, student;
	before(async () => {
		net = await cascade('founder', 'left');
		student = await someone(net.left, 'Часова', 1);
		await net.left.agrees(net.founder);
	});
	after(() => net && stopAll(...net.all));

	test('82 in 1970 the node starts, warns, and never dates a record back', { skip }, async () => {
		const newest = (await net.left.entries(student.id))[0].time;
		await net.left.stop();
		await net.left.start({ env: lost });
		await waitFor('the warning', () => /"level":"warning","event":"clock_wrong"/.test(net.left.log()));
		const entry = await net.left.achieve(student.id, 'До начала времён');
		assert.ok(entry.time >= newest, `${entry.time} before ${newest}`);
		await net.left.stop();
		await net.left.start();
		await net.left.agrees(net.founder);
	});

	test('70 ten years ahead: the record is kept and travels, its time in doubt, and nobody is struck', { skip }, async () => {
		await net.left.stop();
		await net.left.start({ env: ahead });
		const { id } = await net.left.achieve(student.id, 'Из будущего');
		await net.left.stop();
		await net.left.start();
		await net.left.agrees(net.founder);
		const entries = await net.left.entries(student.id);
		assert.deepEqual(entries.filter((e) => e.time_in_doubt).map((e) => e.id), [id]);
		assert.deepEqual(await net.founder.totals().then((t) => t.records), await net.left.totals().then((t) => t.records));
		assert.equal(await net.founder.metric('estafeta_peer_strikes_total'), 0);
	});
});

describe('two histories of one school', () => {
	let net;
	before(async () => { net = await cascade('founder', 'left'); });
	after(() => net && stopAll(...net.all));

	test('69 a directory copied and run twice: both histories count, and the log raises it', async () => {
		const before_ = await someone(net.left, 'Первая', 1);
		await net.left.agrees(net.founder);
		await net.left.stop();
		const copy = path.join(net.dir, 'copy');
		fs.cpSync(net.left.dir, copy, { recursive: true });
		await net.left.start();
		const one = await someone(net.left, 'Здешняя', 1);
		await net.left.agrees(net.founder);
		assert.equal(await net.founder.metric('estafeta_forks_total'), 0);
		await net.left.stop();
		fs.rmSync(net.left.dir, { recursive: true });
		fs.renameSync(copy, net.left.dir);
		await net.left.start();
		const two = await someone(net.left, 'Тамошняя', 1);
		await net.left.agrees(net.founder);
		assert.ok(await net.founder.metric('estafeta_forks_total') > 0);
		assert.match(net.founder.log(), /"level":"warning","event":"two_histories","school":"[0-9a-f]+","records":\d+/);
		assert.equal(await net.founder.metric('estafeta_peer_strikes_total'), 0);
		assert.deepEqual((await net.founder.totals()).records, (await net.left.totals()).records);
		/* the keys of the first history's student are gone with its directory, its records are not */
		for (const s of [before_, two])
			assert.equal((await net.left.get(`/api/v1/students/${s.id}`)).entries.confirmed, 1);
		await net.left.get(`/api/v1/students/${one.id}`, 404);
		await net.left.stop();
		await net.left.must('fsck');
	});
});

describe('what the commands say', () => {
	const dir = tempDir();
	let node;
	before(async () => { node = await Node.create(dir, 'Школа команд', { dir: 'node' }); });
	const config = () => path.join(node.dir, 'estafeta.conf');

	/** Rows of arguments, exit code and what stderr says. */
	const told = async (rows) => {
		const wrong = [];
		for (const [args, code, says] of rows) {
			const r = await estafeta(...args);
			if (r.code !== code || !says.test(r.stderr))
				wrong.push(`${args.join(' ')}: ${r.code} ${r.stderr.slice(0, 200)}`);
		}
		assert.deepEqual(wrong, []);
	};

	test('usage, absence and existence have their exit codes', async () => {
		assert.equal((await estafeta()).code, 64);
		const file = path.join(dir, 'file');
		const nowhere = ['--dir', path.join(dir, 'nowhere')];
		fs.writeFileSync(file, 'это не то');
		await told([
			[['fly'], 64, /^estafeta: fly: no such command/],
			[['status', '--colour'], 64, /unknown option --colour/],
			[['status', '--dir'], 64, /--dir lacks its value/],
			[['status', '--dir='], 64, /--dir is empty/],
			[['status', '--json=1'], 64, /--json takes no value/],
			...['init', 'run', 'invite', 'status', 'admin-link', 'fsck', 'reindex', 'rotate', 'recover'].map((verb) =>
				[[verb, 'слово', ...nowhere], 64, new RegExp(`${verb} takes no argument: слово`)]),
			...['join', 'revoke', 'terms', 'peer', 'transfer', 'bundle', 'ingest', 'backup', 'restore', 'import', 'export', 'erase', 'verify'].map((verb) =>
				[[verb], 64, /^estafeta: (give|say) /]),
			[['status', ...nowhere], 69, /no node is running on .*nowhere/],
			[['run', ...nowhere], 78, /nowhere: there is no node here/],
			[['run', '--dir', file], 78, /file: Not a directory/],
			[['fsck', '--dir', file], 78, /file: Not a directory/],
			[['init', '--dir', node.dir, '--name', 'Ещё раз'], 73, /there is a node here already/],
			[['init', '--dir', file, '--name', 'Ш'], 73, /file: Not a directory/],
			[['init', '--dir', dir, '--name', 'Ш'], 73, /holds other files/],
			[['init', '--dir', path.join(dir, 'no/way'), '--name', 'Ш'], 73, /no: No such file or directory/],
			[['init', ...nowhere, '--name', '  '], 64, /--name/],
			[['init', ...nowhere, '--name', 'две\nстроки'], 64, /--name/],
			[['init', ...nowhere, '--name', 'Ш'.repeat(200)], 64, /--name/],
			[['init', ...nowhere, '--name', 'Ш', '--http', '127.0.0.1:80x'], 64, /--http/],
			[['run', '--dir', node.dir, '--http', 'localhost:0'], 78, /\[http\] listen = localhost:0: not a numeric address/],
			[['run', '--dir', node.dir, '--http', '127.0.0.1:0', '--peer', 'localhost:0'], 78, /\[peer\] listen = localhost:0: not a numeric/],
			[['restore', path.join(dir, 'absent'), '--dir', node.dir], 66, /absent.*No such file.*nothing was changed/],
			[['restore', file, '--dir', node.dir], 66, /file.*Not a directory.*nothing was changed/],
			[['verify', dir], 66, /no archive/],
			[['verify', file], 65, /file:1: /],
		]);
		assert.ok(!fs.existsSync(nowhere[1]));
		for (const verb of ['init', 'run', 'transfer', 'verify', 'demo']) {
			const r = await estafeta(verb, '--help');
			assert.equal(r.code, 0);
			assert.match(r.stdout, new RegExp(`^Usage: estafeta ${verb} `));
		}
	});

	const good = '[http]\nlisten = 127.0.0.1:8480\n';
	for (const [what, text, line] of [['an unknown key', `${good}lisen = 1\n`, 3], ['a key given twice', `${good}listen = 127.0.0.1:8481\n`, 3],
		['port 0', '[http]\nlisten = 127.0.0.1:0\n', 2], ['port 65536', '[peer]\nlisten = 127.0.0.1:65536\n', 2],
		['port 80x', '[http]\nlisten = 127.0.0.1:80x\n', 2], ['a zero byte', '[http]\n\0\n', 2], ['Windows line ends', '[http]\r\n', 1],
		['a byte order mark', '\ufeff[http]\n', 1], ['neither key nor section', 'hello\n', 1]])
		test(`a configuration with ${what}: 78, file and line`, async () => {
			const kept = fs.readFileSync(config());
			fs.writeFileSync(config(), text);
			const r = await node.cli('run');
			fs.writeFileSync(config(), kept);
			assert.equal(r.code, 78, r.stderr);
			assert.ok(r.stderr.includes(`${config()}:${line}: `), r.stderr);
		});

	test('an open address without encryption is refused', async () => {
		const r = await node.cli('run --http 0.0.0.0:0 --peer 127.0.0.1:0');
		assert.equal(r.code, 78);
		assert.match(r.stderr, /insecure_lan/);
	});

	for (const name of ['master.key', 'node.key'])
		test(`a ${name} that others may read: 78`, async () => {
			const key = path.join(node.dir, name);
			fs.chmodSync(key, 0o644);
			const r = await node.cli('run --http 127.0.0.1:0 --peer 127.0.0.1:0');
			fs.chmodSync(key, 0o600);
			assert.equal(r.code, 78);
			assert.ok(r.stderr.includes(`${key}: others may read or write it`), r.stderr);
		});

	test('81 who may not read the directory: 77', async (t) => {
		const root = process.getuid() === 0;
		if (!root)
			fs.chmodSync(node.dir, 0);
		/* the directory of the test is root's alone */
		const as = root ? { uid: 65534, gid: 65534 } : {};
		for (const verb of ['run', 'fsck', 'status', 'backup']) {
			const r = spawnSync(BINARY, [verb, ...(verb === 'backup' ? [path.join(dir, 'copy')] : []), '--dir', node.dir], { ...as, cwd: '/', encoding: 'utf8' });
			if (r.error?.code === 'EACCES') {
				t.skip('another user may not run this binary');
				break;
			}
			assert.equal(r.status, 77, `${verb}: ${r.stderr}`);
			assert.match(r.stderr, new RegExp(`${node.dir}.*(Permission denied|not permitted)`));
		}
		if (!root)
			fs.chmodSync(node.dir, 0o700);
	});

	test('asked of a running node, each refusal says what is wrong, and nothing changes', async () => {
		await node.start();
		const other = await Node.create(dir, 'Соседняя', { dir: 'other' });
		const student = await someone(node, 'Командова', 1);
		const before_ = await node.totals();
		const at = (name, content) => {
			const file = path.join(dir, name);
			if (content !== undefined)
				fs.writeFileSync(file, content);
			return file;
		};
		const here = (...args) => [...args, '--dir', node.dir];
		const zeros = (n) => '0'.repeat(n);
		const token = (await node.must('invite')).trim();
		const empty = at('empty', ''), junk = at('junk "в кавычках" 😀', 'это не то'), fresh = at('fresh');
		const bundle = 'estafeta bundle 1\n';
		await told([
			[here('import', 'students', at('absent')), 66, /absent: No such file/],
			[here('import', 'students', dir), 66, /not a file/],
			[here('import', 'students', empty), 65, /empty: the file is empty/],
			[here('import', 'pupils', junk), 64, /import students FILE.csv/],
			[here('import', 'students', junk, '--encoding', 'koi8-r'), 64, /utf-8 or windows-1251/],
			[here('import', 'students', junk, '--encoding', 'x HTTP/1.1\r\nX: y'), 64, /utf-8 or windows-1251/],
			[here('import', 'students', junk), 65, /junk "в кавычках" 😀: .*unknown column/],
			[here('import', 'students', at('big', Buffer.alloc(17 << 20, 'a'))), 65, /big: the body is larger than the limit/],
			[here('export', 'zz', fresh), 64, /zz: neither students nor staff, classes or oneroster, nor an id/],
			[here('export', zeros(32), fresh), 65, /no such student/],
			[here('export', student.id, junk), 73, /junk.*File exists/],
			[here('export', student.id, path.join(dir, 'no/way')), 73, /no\/way: No such file/],
			[here('erase', 'zz'), 64, /zz: not a student's id/],
			[here('erase', student.id, 'zz'), 64, /zz: not an entry's id/],
			[here('erase', student.id, zeros(64), '--cancel'), 64, /say list/],
			[here('erase', zeros(32)), 65, /no such student/],
			[here('erase', student.id, zeros(64)), 65, /not found/],
			[here('bundle', 'Никакая', fresh), 65, /Никакая: no such school/],
			[here('bundle', zeros(64), fresh), 65, /no such school/],
			[here('bundle', '', fresh), 64, /empty/],
			[here('bundle', node.name, fresh, '--student', 'zz'), 65, /subject: /],
			[here('ingest', at('absent')), 66, /absent: No such file/],
			[here('ingest', dir), 66, /not a file/],
			[here('ingest', junk), 65, /junk.*not a file of estafeta bundle/],
			[here('ingest', at('cut', `${bundle}\0\0\0\x09x`)), 65, /cut: .*cut short or damaged; nothing of it was taken in/],
			[here('ingest', at('endless', Buffer.concat([Buffer.from(bundle), Buffer.alloc(4, 255)]))), 65, /endless: larger than the limit/],
			[here('backup', junk), 73, /junk.*is there already/],
			[here('backup', path.join(dir, 'no/way')), 73, /no: no such directory/],
			[here('backup', ''), 64, /give one new directory/],
			[here('backup', 'две\nстроки'), 65, /path: /],
			[here('join', 'нечто'), 65, /this is not an invitation/],
			[here('join', token), 65, /this school itself/],
			[here('join', token.slice(0, -5)), 65, /check characters do not match/],
			[here('invite', '--depth', '8'), 65, /depth: .*from 0 to 7/],
			[here('invite', '--depth', '-1'), 65, /depth: .*from 0 to 7/],
			[here('invite', '--depth', 'много'), 64, /say a number/],
			[here('invite', '--days', '1000'), 65, /days: .*from 1 to 90/],
			[here('invite', '--powers', 'all'), 65, /powers: .*relay, admit and observe/],
			[here('revoke', node.name), 65, /this school itself/],
			[here('revoke', 'Школа'), 65, /Школа: no such school/],
			[here('revoke', zeros(64)), 65, /no such school/],
			[here('terms', zeros(64)), 65, /no such school/],
			[here('terms', 'Школа'), 65, /Школа: no such school/],
			[here('terms', node.name), 65, /this school itself/],
			[here('terms', zeros(64), '--depth', 'x'), 64, /say a number/],
			[here('terms', zeros(64), '--depth', '9'), 65, /depth: .*from 0 to 7/],
			[here('peer', 'set', node.name, 'nowhere'), 65, /address: .*host:port/],
			[here('peer', 'drop', node.name), 64, /peer list, or peer set/],
			[here('transfer', 'code', 'zz'), 65, /student: /],
			[here('transfer', 'code', zeros(32)), 65, /no such student/],
			[here('transfer', 'claim', 'zz'), 65, /code: .*40 characters/],
			[here('transfer', 'approve', 'zz'), 65, /zz: not the id of a transfer/],
			[here('transfer', 'approve', zeros(32)), 65, /no such transfer/],
			[here('transfer', 'decline', zeros(32), '--reason', 'так'), 64, /--reason/],
			[here('transfer', 'void', zeros(32)), 65, /no such transfer/],
			[here('transfer', 'resolve', student.id, node.name), 65, /not possible in the present state/],
			[here('transfer', 'fly', student.id), 64, /fly: no such step/],
			[['run', '--dir', other.dir, '--http', `${node.host}:${node.httpPort}`, '--peer', '127.0.0.1:0'], 69, /\[http\] listen = .*already in use/],
			[['run', '--dir', other.dir, '--http', '127.0.0.1:0', '--peer', `${node.host}:${node.peerPort}`], 69, /\[peer\] listen = .*already in use/],
			[here('fsck'), 75, /already running/],
			[here('restore', dir), 75, /already running/],
		]);
		assert.ok(!fs.existsSync(fresh) && !fs.existsSync(path.join(dir, 'no')));
		assert.deepEqual(await node.totals(), before_);
		await node.stop();
	});
});

describe('import', () => {
	const dir = tempDir();
	let node;
	before(async () => { node = await (await Node.create(dir, 'Школа импорта', { dir: 'node' })).start(); });
	after(() => stopAll(node));
	const csv = (text, encoding) => {
		const file = path.join(dir, 'people.csv');
		const cp1251 = (c) => (c < 'Ё' ? c.charCodeAt(0) : c === 'Ё' ? 0xa8 : c === 'ё' ? 0xb8 : c.charCodeAt(0) - 0x410 + 0xc0);
		fs.writeFileSync(file, encoding ? Buffer.from([...text].map(cp1251)) : text);
		return file;
	};
	const HEAD = 'Фамилия;Имя;Отчество;Дата рождения;Класс\n';
	const report = async (...args) => JSON.parse((await node.cli('import', ...args, '--json')).stdout);

	test('a dry run writes nothing; applied, it does; again, nothing is new', async () => {
		const file = csv(`${HEAD}Иванов;Пётр;Ильич;14.03.2012;8Б\nПетрова;Анна;;2012-02-29;8Б\n`);
		assert.deepEqual((await report('students', file)).counts, { new: 2, same: 0, changed: 0, conflict: 0, error: 0 });
		assert.equal((await node.get('/api/v1/students')).total, 0);
		assert.equal((await report('students', file, '--apply')).applied, true);
		const { items } = await node.get('/api/v1/students');
		assert.deepEqual(items.map((s) => [s.family, s.birth_date, s.class]), [['Иванов', '2012-03-14', '8Б'], ['Петрова', '2012-02-29', '8Б']]);
		assert.equal((await report('students', file)).counts.same, 2);
		const changed = csv(`${HEAD}Иванов;Пётр;Ильич;14.03.2012;9А\n`);
		assert.equal((await report('students', changed, '--apply')).counts.changed, 1);
		assert.equal((await node.get(`/api/v1/students?class=${encodeURIComponent('9А')}`)).total, 1);
	});

	test('83 Windows-1251 is offered in the dry run, read when said, and not taken for UTF-8', async () => {
		const file = csv(`${HEAD}Ёлкина;Алёна;Ильинична;01.09.2013;7В\n`, 'cp1251');
		const { total } = await node.get('/api/v1/students');
		const guess = await node.cli('import students', file);
		assert.deepEqual([guess.code, guess.stdout.split('\n')[0]], [0, 'line 2: new Ёлкина Алёна']);
		assert.match(guess.stderr, /Read as Windows-1251/);
		const said = await node.cli('import students', file, '--encoding', 'utf-8');
		assert.equal(said.code, 65);
		assert.match(said.stderr, /line 1: the file looks like Windows-1251/);
		assert.equal((await node.get('/api/v1/students')).total, total);
		const { encoding, counts } = await report('students', file, '--encoding', 'windows-1251', '--apply');
		assert.deepEqual([encoding, counts.new], ['windows-1251', 1]);
		assert.equal((await node.get(`/api/v1/students?query=${encodeURIComponent('елкина')}`)).items[0].given, 'Алёна');
	});

	test('86, 87 bad rows are told by line, and the good ones do not hide them', async () => {
		const { total } = await node.get('/api/v1/students');
		const rows = [['Сидоров;Иван;;30.02.2012;8Б', 'error Сидоров Иван: date of birth: not a day of the calendar'],
			['Сидоров;Пётр;;30.12.2912;8Б', 'error Сидоров Пётр: date of birth: a day to come'],
			[';Без фамилии;;;', 'error  Без фамилии: the family name is missing'], ['Короткий', 'error Короткий : the given name is missing'],
			['Хорошев;Олег;;2012-01-01;8Б', 'new Хорошев Олег'], ['Хорошев;Олег;;2013-01-01;8Б', 'new Хорошев Олег'],
			['Хорошев;Олег;;;9А', 'conflict Хорошев Олег: the same person stands in an earlier row'],
			['Хорошев;Олег;;2012-01-01;9А', 'conflict Хорошев Олег: the same person stands in an earlier row']];
		const r = await node.cli('import', 'students', csv(HEAD + rows.map(([row]) => `${row}\n`).join('')));
		assert.equal(r.code, 65);
		assert.deepEqual(r.stdout.split('\n').slice(0, -1),
			[...rows.map(([, says], i) => `line ${i + 2}: ${says}`), 'new 2, same 0, changed 0, conflict 2, error 4']);
		assert.equal((await node.get('/api/v1/students')).total, total);
	});

	test('87 two students of one name, and a row that may mean either: conflict', async () => {
		await report('students', csv(`${HEAD}Двойников;Олег;;2012-01-01;8Б\nДвойников;Олег;;2013-01-01;8В\n`), '--apply');
		const { counts, rows } = await report('students', csv(`${HEAD}Двойников;Олег;;;9А\n`));
		assert.equal(counts.conflict, 1);
		assert.match(rows[0].problems[0], /several people of that name/);
	});

	for (const [what, text, says] of [['84 UTF-16', Buffer.from('\ufeffФамилия', 'utf16le'), /line 1: the file is UTF-16/],
		['84 a zero byte', `${HEAD}Ива\0нов;П;;;\n`, /line 2: a zero byte/], ['85 an open quote', `${HEAD}А;Б;;;\n"Иванов;Пётр;;;\n;;\n`, /line 3: a quote is opened and not closed/],
		['85 a quote in a field', `${HEAD}Ив"анов;П;;;\n`, /line 2: a quote in the wrong place/], ['86 no header of ours', 'a,b,c\n1,2,3\n', /line 1: unknown column "a"/],
		['86 no column for the class', '\n\nФамилия,Имя\nА,Б\n', /line 3: the column Класс is needed/],
		['86 a long Russian column', `№${'я'.repeat(100)},Имя\n`, /line 1: unknown column "№я+"/], ['nothing', '\n', /line 1: the file is empty/],
		['neither UTF-8 nor Windows-1251', Buffer.from([0x41, 0x80, 0x81, 10]), /neither UTF-8 nor Windows-1251/]])
		test(`a file with ${what} is refused whole, by line`, async () => {
			const r = await node.cli('import', 'students', csv(text));
			assert.equal(r.code, 65, r.stdout + r.stderr);
			assert.match(r.stderr, says);
		});

	test('89 200 MB: 413 before any of it is read', async () => {
		const answer = await new Promise((resolve, reject) => {
			const socket = net.connect(path.join(node.dir, 'control.sock'), () => socket.write('POST /api/v1/imports?kind=students&apply=false HTTP/1.1\r\n'
				+ 'Host: localhost\r\nContent-Type: text/csv\r\nContent-Length: 209715200\r\n\r\nФамилия'));
			let text = '';
			socket.setEncoding('utf8').on('data', (part) => (text += part)).on('error', reject).on('close', () => resolve(text));
		});
		assert.match(answer, /^HTTP\/1\.1 413 /);
	});

	test('a long list is checked while others are served', async () => {
		const long = csv(`${HEAD}${Array.from({ length: 100_000 }, (_, i) => `Ф${i};Имя;;;1А`).join('\n')}\n`);
		const began = Date.now();
		assert.equal((await report('students', long)).counts.new, 100_000);
		assert.ok(Date.now() - began < 20_000, `${Date.now() - began} ms`);
	});

	test('interrupted, an import is whole or not at all', async () => {
		const rows = 5000;
		const { total } = await node.get('/api/v1/students');
		const file = csv(`${HEAD}${Array.from({ length: rows }, (_, i) => `Прерванный${i};Имя;;;2А`).join('\n')}\n`);
		/* each look is an answer too */
		const answers = () => node.metric('estafeta_http_responses_total{class="2xx"}');
		const before_ = await answers();
		const child = spawn(BINARY, ['import', 'students', file, '--apply', '--dir', node.dir], { stdio: 'ignore' });
		const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal)));
		let looks = 0;
		await waitFor('the check to be answered', async () => await answers() - before_ > ++looks);
		child.kill('SIGINT');
		assert.equal(await ended, 'SIGINT');
		await node.enrol('Следующий', 'Ученик'); /* behind whatever the import had begun */
		const now = (await node.get('/api/v1/students')).total - 1;
		assert.ok([total, total + rows].includes(now), `${total} -> ${now}`);
	});

	test('88 a formula is text', async () => {
		await report('students', csv(`${HEAD}=HYPERLINK(1);Пётр;;2012-01-01;8Б\n`), '--apply');
		assert.equal((await node.get('/api/v1/students?query=%3Dhyperlink')).total, 1);
		const file = path.join(dir, 'out.csv');
		await node.must('export', 'students', file);
		assert.match(fs.readFileSync(file, 'utf8'), /^\ufeffФамилия;Имя;Отчество;Дата рождения;Класс;Зачислен;Выбыл;Код;Родитель 1 фамилия;[^]*"'=HYPERLINK\(1\)";Пётр;;2012-01-01;8Б;/);
	});

	for (const kind of ['students', 'staff'])
		test(`the table of ${kind} that is taken out is found the same when it comes in again`, async () => {
			if (kind === 'staff')
				await report(kind, csv('Фамилия;Имя;Отчество;Должность\nУчителева;Мария;Петровна;"учитель; физика"\n'), '--apply');
			const file = path.join(dir, `all-${kind}.csv`);
			await node.must('export', kind, file);
			const { counts } = await report(kind, file);
			const { total } = await node.get(`/api/v1/${kind}`);
			assert.ok(total > 0);
			assert.deepEqual(counts, { new: 0, same: total - counts.conflict, changed: 0, conflict: counts.conflict, error: 0 });
		});

	test('applied against a file that changed since the check: 409', async () => {
		const headers = { 'content-type': 'text/csv' };
		const post = (query, text) => node.request('POST', `/api/v1/imports?kind=students&${query}`, Buffer.from(text), headers);
		const { json } = await post('apply=false', `${HEAD}Новый;Ученик;;;\n`);
		const stale = await post(`apply=true&digest=${json.digest}`, `${HEAD}Другой;Ученик;;;\n`);
		assert.deepEqual([stale.status, stale.json.code], [409, 'conflict']);
	});
});
