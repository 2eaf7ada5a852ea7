// The daemon on a machine: signals, load, full and damaged disks, backups, and what the commands say.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cascade, someone } from './lib/network.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { estafeta, smallDisk, tempDir, unmount, waitFor } from './lib/run.mjs';
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

	test('a second daemon on the same directory: 75', async () => {
		const r = await node.cli('run --http 127.0.0.1:0 --peer 127.0.0.1:0');
		assert.equal(r.code, 75);
		assert.match(r.stderr, /already running/);
		assert.equal((await node.web('GET', '/healthz')).status, 200);
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
			const socket = net.connect(node.peerPort, '127.0.0.1', () => socket.write(bytes));
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

	test('a damaged copy is refused with 65, and the live data is untouched', async () => {
		const source = path.join(net.dir, 'backup', 'data.mdb');
		const before_ = await net.left.totals();
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
		await net.left.start();
		assert.deepEqual(await net.left.totals(), before_);
	});

	test('a backup never overwrites, and holds no key but in the box for the sheet', async () => {
		assert.equal((await net.left.cli('backup', path.join(net.dir, 'backup'))).code, 73);
		assert.deepEqual(fs.readdirSync(path.join(net.dir, 'backup')).sort(), ['data.mdb', 'identity.box']);
		const master = fs.readFileSync(path.join(net.left.dir, 'master.key'));
		assert.deepEqual(onDisk(path.join(net.dir, 'backup'), [master]), []);
		const overTcp = await (await net.left.login()).request('POST', '/api/v1/backup', { path: path.join(net.dir, 'x') });
		assert.ok([403, 404].includes(overTcp.status));
	});
});

describe('what the commands say', () => {
	const dir = tempDir();
	let node;
	before(async () => { node = await Node.create(dir, 'Школа команд', { dir: 'node' }); });
	const config = () => path.join(node.dir, 'estafeta.conf');

	test('usage, absence and existence have their exit codes', async () => {
		assert.equal((await estafeta('fly')).code, 64);
		assert.equal((await estafeta()).code, 64);
		assert.equal((await estafeta('status', '--colour')).code, 64);
		assert.equal((await node.cli('status')).code, 69);
		assert.equal((await node.cli('init', '--name', 'Ещё раз')).code, 73);
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

	test('a master key that others may read: 78', async () => {
		const key = path.join(node.dir, 'master.key');
		fs.chmodSync(key, 0o644);
		const r = await node.cli('run --http 127.0.0.1:0 --peer 127.0.0.1:0');
		fs.chmodSync(key, 0o600);
		assert.equal(r.code, 78);
		assert.match(r.stderr, /master\.key/);
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

	test('Windows-1251 is offered and read', async () => {
		const file = csv(`${HEAD}Ёлкина;Алёна;Ильинична;01.09.2013;7В\n`, 'cp1251');
		const guess = await node.cli('import students', file);
		assert.ok(guess.code === 0 || /1251/.test(guess.stderr), guess.stderr);
		assert.equal((await report('students', file, '--encoding', 'windows-1251', '--apply')).counts.new, 1);
		assert.equal((await node.get(`/api/v1/students?query=${encodeURIComponent('елкина')}`)).items[0].given, 'Алёна');
	});

	test('bad rows are told by line, and the good ones do not hide them', async () => {
		const file = csv(`${HEAD}Сидоров;Иван;;30.02.2012;8Б\n;Без фамилии;;;\nХорошев;Олег;;2012-01-01;8Б\n`);
		const r = await node.cli('import', 'students', file);
		assert.equal(r.code, 65);
		assert.match(r.stdout, /line 2: error/);
		assert.match(r.stdout, /line 3: error/);
		assert.match(r.stdout, /line 4: new/);
	});

	for (const [what, text] of [['an open quote', `${HEAD}"Иванов;Пётр;;;\n`], ['no header of ours', 'a,b,c\n1,2,3\n'], ['a zero byte', `${HEAD}Ива\0нов;П;;;\n`],
		['UTF-16', '\ufeffФ'.split('').map((c) => `${c}\0`).join('')], ['nothing', '\n']])
		test(`a file with ${what} is refused whole`, async () => {
			const r = await node.cli('import', 'students', csv(text));
			assert.equal(r.code, 65, r.stdout + r.stderr);
		});

	test('a formula is text', async () => {
		await report('students', csv(`${HEAD}=HYPERLINK(1);Пётр;;2012-01-01;8Б\n`), '--apply');
		assert.equal((await node.get('/api/v1/students?query=%3Dhyperlink')).total, 1);
	});

	test('applied against a file that changed since the check: 409', async () => {
		const headers = { 'content-type': 'text/csv' };
		const post = (query, text) => node.request('POST', `/api/v1/imports?kind=students&${query}`, Buffer.from(text), headers);
		const { json } = await post('apply=false', `${HEAD}Новый;Ученик;;;\n`);
		const stale = await post(`apply=true&digest=${json.digest}`, `${HEAD}Другой;Ученик;;;\n`);
		assert.deepEqual([stale.status, stale.json.code], [409, 'conflict']);
	});
});
