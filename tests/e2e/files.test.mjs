// Evidence files: up in pieces, found out by content, sealed; to the new school behind the records
// through relays that cannot open them; gone everywhere when their entry is erased.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cascade, settle, someone } from './lib/network.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { smallDisk, tempDir, unmount, waitFor } from './lib/run.mjs';
import { filesUnder, onDisk } from './lib/search.mjs';

const CANARY = 'ЪЩЫ-скан-свидетельства-7731-эюя';
const PIECE = 1 << 20;

/** Bytes of that length that no compression and no luck makes; the canary stands at three places. */
function document(magic, length) {
	const bytes = crypto.randomBytes(length);
	Buffer.from(magic, 'latin1').copy(bytes);
	for (const at of [64, Math.floor(length / 2), length - 200])
		bytes.write(CANARY, at);
	return bytes;
}
const pdf = (length) => document('%PDF-1.7\n', length);
const segment = (marker, body) => Buffer.concat([Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255]), body]);
const jpeg = (...segments) => Buffer.concat([Buffer.from([0xff, 0xd8]), ...segments, segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
	Buffer.from([1, 2, 3, 0xff, 0, 0xff, 0xd0, 7, 0xff, 0xd9])]);
const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.from('<html><script>alert(1)</script></html>')]);

const octets = { 'content-type': 'application/octet-stream' };
const begin = (who, student, name, size, type = 'application/pdf') =>
	who.request('POST', `/api/v1/students/${student}/files`, { name, size, type });
const put = (who, upload, offset, bytes) => who.request('PUT', `/api/v1/uploads/${upload}?offset=${offset}`, bytes, octets);

/** The whole of it; the answer to the last piece. */
async function send(who, student, name, bytes) {
	const began = await begin(who, student, name, bytes.length);
	assert.equal(began.status, 201, `${began.bytes}`);
	assert.equal(began.json.received, 0);
	let answer;
	for (let at = 0; at < bytes.length; at += PIECE)
		answer = await put(who, began.json.upload, at, bytes.subarray(at, at + PIECE));
	return answer;
}
async function upload(who, student, name, bytes) {
	const answer = await send(who, student, name, bytes);
	assert.equal(answer.status, 201, `${answer.bytes}`);
	return answer.json;
}
const entryWith = (who, student, name, ...files) => who.achieve(student, name, { fields: { files: files.map(({ id, name: n }) => ({ id, name: n })) } });
const download = (who, student, file) => who.request('GET', `/api/v1/students/${student}/files/${file}`);
const blobs = (node) => filesUnder(path.join(node.dir, 'blobs')).filter((f) => !f.includes('/part/'));
const held = async (node, n) => waitFor(`${node.name} to hold ${n} files`, async () => await node.metric('estafeta_files{state="held"}') === n);

describe('one school', () => {
	let net, student, other;
	before(async () => {
		net = await cascade('founder');
		student = await someone(net.founder, 'Файлова', 0);
		other = await someone(net.founder, 'Иная', 0);
	});
	after(() => net && stopAll(...net.all));

	test('a file goes up in pieces with a restart in between, and comes down the same', async () => {
		const { founder } = net, bytes = pdf(2 * PIECE + 12345);
		const { upload: id } = (await begin(founder, student.id, 'Грамота за «1-е место».pdf', bytes.length)).json;
		assert.equal((await put(founder, id, 0, bytes.subarray(0, PIECE))).json.received, PIECE);
		await founder.kill();
		await founder.start();
		assert.equal((await founder.get(`/api/v1/uploads/${id}`)).received, PIECE);
		assert.equal((await put(founder, id, 2 * PIECE, bytes.subarray(2 * PIECE))).json.code, 'conflict');
		assert.equal((await put(founder, id, PIECE, bytes.subarray(PIECE, PIECE + 100))).json.code, 'invalid', 'no dribble');
		assert.equal((await put(founder, id, 0, bytes.subarray(0, PIECE))).json.received, PIECE, 'a piece may come twice');
		assert.equal((await put(founder, id, PIECE, bytes.subarray(PIECE, 2 * PIECE))).json.received, 2 * PIECE);
		assert.deepEqual(onDisk(founder.dir, [CANARY]), [], 'nothing of it lies on the disk in clear');
		const done = await put(founder, id, 2 * PIECE, bytes.subarray(2 * PIECE));
		assert.equal(done.status, 201);
		const file = done.json;
		assert.deepEqual([file.name, file.size, file.type], ['Грамота за «1-е место».pdf', bytes.length, 'application/pdf']);
		await founder.get(`/api/v1/uploads/${id}`, 404);
		assert.equal((await download(founder, student.id, file.id)).status, 404, 'no entry names it yet');
		const entry = await entryWith(founder, student.id, 'С файлом', file);
		assert.deepEqual(entry.fields.files, [{ ...file, held: true }]);
		const down = await download(founder, student.id, file.id);
		assert.ok(down.bytes.equals(bytes));
		assert.equal(down.headers['content-type'], 'application/pdf');
		assert.equal(down.headers['content-disposition'], `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`);
		assert.equal(down.headers['x-content-type-options'], 'nosniff');
		assert.equal(down.headers['cache-control'], 'no-store');
		assert.match(down.headers['content-security-policy'], /sandbox/);
		await founder.stop();
		await founder.start();
		assert.ok((await download(founder, student.id, file.id)).bytes.equals(bytes), 'and after a restart');
		assert.equal((await download(founder, other.id, file.id)).status, 404, 'another student has no such file');
		assert.equal(blobs(founder).length, 1);
	});

	test('what it is, is found out by its content', async () => {
		const { founder } = net;
		const html = Buffer.from('<!doctype html><script>alert(1)</script>');
		const refused = await send(founder, student.id, 'справка.pdf', html);
		assert.equal(refused.status, 415);
		const file = await upload(founder, student.id, 'картинка.html', png);
		assert.equal(file.type, 'image/png');
		await entryWith(founder, student.id, 'Двуликая', file);
		const down = await download(founder, student.id, file.id);
		assert.equal(down.headers['content-type'], 'image/png');
		assert.match(down.headers['content-disposition'], /^attachment/);
		assert.equal((await send(founder, student.id, 'x.jpg', Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 1]))).status, 415);
	});

	test('a photograph loses the place where it was taken', async () => {
		const { founder } = net;
		const exif = segment(0xe1, Buffer.from(`Exif\0\0 ${CANARY}`)), jfif = segment(0xe0, Buffer.from('JFIF\0'));
		const file = await upload(founder, student.id, 'фото.jpg', Buffer.concat([jpeg(exif, jfif), Buffer.from(CANARY)]));
		await entryWith(founder, student.id, 'Фото', file);
		const down = await download(founder, student.id, file.id);
		assert.ok(down.bytes.equals(jpeg(jfif)), 'the rest is byte for byte what it was');
		assert.equal(file.size, down.bytes.length);
	});

	test('names name nothing but a file', async () => {
		const { founder } = net;
		const table = [['../../x', 'x'], ['C:\\Temp\\отчёт.pdf', 'отчёт.pdf'], ['a\r\nSet-Cookie: b=c', 'a__Set-Cookie: b=c'],
			['fdp\u202e.exe', 'fdp_.exe'], ['..', 'file'], ['', 'file'], ['ы'.repeat(300), 'ы'.repeat(100)]];
		for (const [name, clean] of table)
			assert.equal((await upload(founder, student.id, name, png)).name, clean);
	});

	test('empty, too large, too much, foreign', async () => {
		const { founder } = net;
		assert.equal((await begin(founder, student.id, 'x', 0)).status, 422);
		assert.equal((await begin(founder, student.id, 'x', 10 * PIECE + 1)).status, 413);
		assert.equal((await begin(founder, 'ab'.repeat(16), 'x', 5)).status, 404);
		const { upload: id } = (await begin(founder, student.id, 'x', 20000)).json;
		assert.equal((await put(founder, id, 0, Buffer.alloc(20001))).status, 413);
		assert.equal((await put(founder, id, 0, Buffer.alloc(PIECE + 1))).status, 413);
		assert.equal((await put(founder, '00'.repeat(16), 0, png)).status, 404);
		const mine = await founder.login();
		assert.equal((await mine.request('GET', `/api/v1/uploads/${id}`)).status, 404, 'an upload is whose it is');
		for (const file of ['ab'.repeat(32), 'zz', ''])
			assert.equal((await founder.request('POST', `/api/v1/students/${student.id}/entries`,
				{ kind: 'achievement', fields: { name: 'x', section: 'sport', files: [{ id: file, name: 'x' }] } })).json.field, 'fields.files');
		const file = await upload(founder, other.id, 'чужой.png', png);
		const foreign = await founder.request('POST', `/api/v1/students/${student.id}/entries`,
			{ kind: 'achievement', fields: { name: 'x', section: 'sport', files: [{ id: file.id, name: 'x' }] } });
		assert.equal(`${foreign.status} ${foreign.json.field}`, '422 fields.files');
		const full = await someone(founder, 'Полная', 0);
		for (let i = 0; i < 10; i++)
			await upload(founder, full.id, `${i}.pdf`, pdf(10 * PIECE));
		const over = await begin(founder, full.id, 'x', 10 * PIECE);
		assert.equal(`${over.status} ${over.json.code}`, '507 quota');
	});

	test('a teacher has files too', async () => {
		const { founder } = net, csv = path.join(net.dir, 'staff.csv');
		fs.writeFileSync(csv, 'Фамилия,Имя,Отчество,Дата рождения,Должность\nНаградова,Вера,Ильинична,1980-02-03,учитель\n');
		await founder.must('import staff', csv, '--apply');
		const { items: [teacher] } = await founder.get('/api/v1/staff');
		const at = `/api/v1/staff/${teacher.id}`;
		const { upload: id } = await founder.post(`${at}/files`, { name: 'приказ.png', size: png.length });
		const file = (await put(founder, id, 0, png)).json;
		const entry = await founder.post(`${at}/entries`,
			{ kind: 't_award_state', fields: { name: 'Грамота', date: '2026-10-05', files: [{ id: file.id, name: file.name }] } });
		assert.equal(entry.fields.files[0].held, true);
		assert.ok((await founder.request('GET', `${at}/files/${file.id}`)).bytes.equals(png));
		assert.equal((await download(founder, student.id, file.id)).status, 404);
	});

	test('an entry put in the place of another keeps its files', async () => {
		const { founder } = net, file = await upload(founder, other.id, 'одна.png', png);
		const first = await entryWith(founder, other.id, 'Первая', file);
		const second = await founder.achieve(other.id, 'Вторая', { replaces: first.id, fields: { files: [{ id: file.id }] } });
		assert.deepEqual(second.fields.files, first.fields.files);
		const third = await founder.post(`/api/v1/students/${other.id}/entries/${second.id}/verdicts`,
			{ verdict: 'confirm', fields: { name: 'Третья', section: 'sport', files: [{ id: file.id }] } });
		assert.equal(third.status, 'confirmed');
		await founder.must('erase', other.id, third.id);
		assert.equal((await download(founder, other.id, file.id)).status, 404);
		assert.ok(!blobs(founder).some((f) => f.endsWith(file.id)), 'with the chain of them it goes');
	});

	test('over the web, and to those only who may see the entry', async () => {
		const { founder } = net, me = await founder.classTeacher(student.class), admin = await founder.login();
		const file = await upload(me, student.id, 'сеть.png', png);
		const entry = await me.post(`/api/v1/students/${student.id}/entries`,
			{ kind: 'achievement', fields: { name: 'По сети', section: 'sport', files: [{ id: file.id, name: 'a/b.png' }] } });
		assert.equal(entry.fields.files[0].name, 'b.png');
		assert.ok((await download(me, student.id, file.id)).bytes.equals(png));
		assert.equal((await download(admin, student.id, file.id)).status, 404);
		assert.equal((await founder.web('GET', `/api/v1/students/${student.id}/files/${file.id}`)).status, 401);
	});
});

test('P10 P11 a student on a phone: a printed code, a photo of the diploma, and the status of the entry', async () => {
	const net = await cascade('founder'), { founder } = net;
	try {
		const child = await founder.enrol('Телефонова', 'Аня', { class: '8Б' });
		const teacher = await founder.classTeacher('8Б');
		const { code } = await founder.paper('student', { person: child.id });
		const { session, status } = await founder.enter('/api/v1/accounts/claims', { code, login: 'anya8b', password: 'дождь-и-зонтик-2' });
		assert.equal(status, 201);
		const photo = jpeg(segment(0xe1, Buffer.from('Exif\0\0GPS 56.85N')), segment(0xdb, Buffer.alloc(65)));
		const file = await upload(session, child.id, 'IMG_0042.jpg', photo);
		const entry = await session.post(`/api/v1/students/${child.id}/entries`, { kind: 'achievement', fields: { name: 'Диплом', section: 'sport', files: [{ id: file.id, name: file.name }] } }, 201);
		assert.equal((await download(session, child.id, file.id)).bytes.includes('GPS'), false, 'where it was taken stays private');
		assert.equal((await download(teacher, child.id, file.id)).type, 'image/jpeg');
		await teacher.post(`/api/v1/students/${child.id}/entries/${entry.id}/verdicts`, { verdict: 'return', reason: 'Не видно печати' }, 201);
		const [shown] = (await session.get(`/api/v1/students/${child.id}/entries?status=returned`)).items;
		assert.equal(shown.history[0].reason, 'Не видно печати');
	} finally {
		await stopAll(...net.all);
	}
});

describe('a parent whose disk is nearly full', () => {
	const disk = smallDisk(120);
	let parent, child;
	after(async () => {
		await stopAll(parent, child);
		if (disk)
			unmount(disk);
	});

	test('fetches nothing, has the records all the same, and goes on when there is room', { skip: disk ? false : 'no right to mount a small tmpfs here' }, async () => {
		parent = await (await Node.create(disk, 'Тесная', { dir: 'node' })).start();
		child = await (await Node.create(tempDir(), 'Просторная', { dir: 'node' })).start();
		await parent.admit(child);
		await parent.agrees(child);
		const filler = path.join(disk, 'filler');
		fs.writeFileSync(filler, Buffer.alloc(80 << 20));
		const student = await someone(child, 'Большая', 0);
		const withFile = async (name) => entryWith(child, student.id, name, await upload(child, student.id, `${name}.pdf`, pdf(PIECE)));
		await withFile('первое');
		await waitFor('the parent to find no room', () => parent.log().includes('files_disk_full'));
		await parent.agrees(child);
		assert.deepEqual([await parent.metric('estafeta_files{state="held"}'), await parent.metric('estafeta_files{state="missing"}')], [0, 1]);
		assert.deepEqual(blobs(parent), []);
		fs.rmSync(filler);
		await withFile('второе');
		await held(parent, 2);
	});
});

describe('in the cascade', () => {
	let net, student, bytes, file, entry;
	before(async () => {
		net = await cascade();
		student = await someone(net.old, 'Переездова', 2);
		bytes = pdf(3 * PIECE + 777);
		file = await upload(net.old, student.id, 'Свидетельство.pdf', bytes);
		entry = await entryWith(net.old, student.id, 'С грамотой', file);
		await net.old.judge(student.id, entry.id, 'confirm');
	});
	after(() => net && stopAll(...net.all));

	test('the parent fetches it, sealed', async () => {
		await settle(net);
		await held(net.left, 1);
		assert.equal(blobs(net.left).length, 1);
		assert.equal(await net.founder.metric('estafeta_files{state="held"}'), 0);
	});

	test('a kill in the middle of fetching loses nothing of what came', async () => {
		await net.left.stop();
		const big = pdf(10 * PIECE), other = await someone(net.old, 'Большая', 0);
		const { id, name } = await upload(net.old, other.id, 'том.pdf', big);
		await entryWith(net.old, other.id, 'Большое', { id, name });
		await net.left.start();
		const part = path.join(net.left.dir, 'blobs', 'part', id), size = () => fs.statSync(part, { throwIfNoEntry: false })?.size ?? 0;
		await waitFor('the first pieces, or all of them', () => size() > PIECE || blobs(net.left).length === 2);
		await net.left.kill();
		const came = size();
		await net.left.start();
		await held(net.left, 2);
		assert.equal(size(), 0);
		if (came)
			assert.ok(await net.left.metric('estafeta_peer_bytes_total{direction="in"}') < big.length - came + 2 * PIECE, 'it went on behind them');
		await net.old.must('erase', other.id, (await net.old.entries(other.id))[0].id);
		await waitFor('it to be dropped', () => blobs(net.left).length === 1);
	});

	test('the origin dead, it follows the student through relays that cannot open it', async () => {
		const { code, transfer } = await net.old.code(student.id);
		const claim = await net.fresh.claim(code);
		await net.old.reaches(transfer.id, 'claimed');
		await net.old.act(transfer.id, 'approve');
		await net.old.reaches(transfer.id, 'in_cascade');
		await net.old.kill();
		await net.fresh.reaches(claim.id, 'accepted');
		const there = (await net.fresh.entries(student.id)).find((e) => e.id === entry.id).fields.files[0];
		assert.deepEqual([there.id, there.name, there.size], [file.id, file.name, file.size]);
		await held(net.fresh, 1);
		assert.ok((await download(net.fresh, student.id, file.id)).bytes.equals(bytes));
		for (const relay of [net.left, net.founder, net.right]) {
			assert.deepEqual(onDisk(relay.dir, [CANARY]), [], relay.name);
			assert.equal(blobs(relay).length, 1, relay.name);
		}
		assert.deepEqual(onDisk(net.fresh.dir, [CANARY]), [], 'nor does it lie open at the school that reads it');
		const export_ = await net.fresh.exported(student.id);
		assert.ok(export_.files.some((f) => f.id === file.id && f.name === file.name && f.held));
	});

	test('a backup has it, and a restore brings it back', async () => {
		const copy = path.join(tempDir(), 'copy');
		await net.fresh.must('backup', copy);
		await net.fresh.stop();
		await net.fresh.must('fsck');
		fs.rmSync(path.join(net.fresh.dir, 'blobs'), { recursive: true });
		assert.match((await net.fresh.cli('fsck')).stdout, /files 0, missing 1/);
		await net.fresh.must('restore', copy);
		assert.equal(blobs(net.fresh).length, 1);
		const [blob] = blobs(net.fresh), whole = fs.readFileSync(blob);
		fs.rmSync(blob); /* a link to the backup's: only this name goes */
		whole[whole.length >> 1] ^= 1;
		fs.writeFileSync(blob, whole, { mode: 0o600 });
		const bad = await net.fresh.cli('fsck');
		assert.equal(bad.code, 65);
		assert.match(bad.stdout, /damaged 1/);
		fs.rmSync(blob);
		await net.fresh.start();
		await held(net.fresh, 1); /* what is lost comes again from the parent */
		assert.ok((await download(net.fresh, student.id, file.id)).bytes.equals(bytes));
	});

	test('a file that is damaged on the disk is fetched again, once somebody looks', async () => {
		const [blob] = blobs(net.fresh), whole = fs.readFileSync(blob);
		for (const harm of [() => fs.writeFileSync(blob, Buffer.from(whole).fill(7, 5000, 6000)), () => fs.truncateSync(blob, 9000), () => fs.rmSync(blob)]) {
			harm();
			assert.equal((await download(net.fresh, student.id, file.id)).json.code, 'incomplete');
			await waitFor('the file again', async () => (await download(net.fresh, student.id, file.id)).bytes.equals(bytes));
			assert.ok(fs.readFileSync(blob).equals(whole));
		}
	});

	test('the entry erased, the file goes everywhere', async () => {
		await net.old.start();
		await settle(net);
		await net.fresh.must('erase', student.id, entry.id);
		await settle(net);
		for (const node of [net.fresh, net.right, net.founder, net.left, net.old])
			await waitFor(`${node.name} to drop the file`, () => blobs(node).length === 0);
		assert.equal((await download(net.fresh, student.id, file.id)).status, 404);
	});
});
