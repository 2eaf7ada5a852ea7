// The journey the whole thing is for: a student's record reaches the new school through schools that
// cannot read it, while the old school is dead. Told through the public interfaces alone.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cascade, settle, someone } from './lib/network.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { estafeta, must, tempDir, waitFor } from './lib/run.mjs';
import { fromHex, hex, keyId, open, openAnyway, read, readExport } from './lib/record.mjs';
import { inMemory, onDisk } from './lib/search.mjs';

const FAMILY = 'Ъыльщук-Жоэрский';
const CANARIES = ['Турнир щъэвыхов «Юждьяпфг»', 'Примечание ъжъ-цфыщ-4417-эюя', 'Вернула: шщъ-нет-печати-ъэю'];
const SECRETS = [FAMILY, ...CANARIES];

/** What must arrive. An attestation only spares a receiver work: neither digests nor manifests count it. */
const due = (records) => records.filter((r) => r.typeName !== 'attest');

/** None of the other schools' subject keys opens one of the bodies, whatever the headers say. */
async function triesEveryKey(relay, students, bodies) {
	const ids = new Set(bodies.map((r) => hex(r.keyId)));
	let tried = 0;
	for (const [i, student] of students.entries()) {
		for (const key of (await relay.exported(student.id)).keys.map(fromHex)) {
			assert.ok(!ids.has(hex(keyId(key))), `${relay.name} holds a key of the student`);
			for (const body of i < 2 ? bodies : bodies.slice(0, 4))
				assert.equal(openAnyway(body, key), null, `${relay.name} opened ${hex(body.id)}`);
			tried++;
		}
	}
	return tried;
}

describe('a student changes school in a cascade of five', () => {
	let net, student, before_, code, claim, relays;
	before(async () => {
		net = await cascade();
		relays = [net.left, net.founder, net.right];
	});
	after(() => net && stopAll(...net.all));

	test('n6 the old school imports its people and writes the record', async () => {
		const csv = path.join(net.dir, 'students.csv');
		const rows = Array.from({ length: 25 }, (_, i) => `Петров${'абвгдежзиклмнопрстуфхцчшщ'[i]},Пётр,Ильич,2012-05-${10 + (i % 15)},8А`);
		fs.writeFileSync(csv, `Фамилия,Имя,Отчество,Дата рождения,Класс\n${rows.join('\n')}\n${FAMILY},Алина,Олеговна,14.03.2012,8Б\n`);
		await net.old.must('import students', csv, '--apply');
		fs.rmSync(csv); /* the only plain text of ours on the disk */
		const found = await net.old.get(`/api/v1/students?query=${encodeURIComponent(FAMILY)}`);
		assert.equal(found.total, 1);
		student = found.items[0];
		assert.deepEqual([student.family, student.given, student.class], [FAMILY, 'Алина', '8Б']);
		for (let i = 0; i < 30; i++) {
			const entry = await net.old.achieve(student.id, i ? `Олимпиада, тур ${i}` : CANARIES[0],
				{ fields: { section: 'olympiads', level: 'municipal', result: 'winner', date: '2026-10-14', note: i ? '' : CANARIES[1] } });
			if (i % 3 === 0)
				await net.old.judge(student.id, entry.id, 'return', i ? 'Приложите скан' : CANARIES[2]);
			else
				await net.old.judge(student.id, entry.id, 'confirm');
		}
		for (const relay of relays)
			await someone(relay, 'Соседова', 1);
		await settle(net);
		before_ = readExport(await net.old.exported(student.id));
		assert.ok(before_.records.length >= 60);
		assert.ok(before_.records.every((r) => !r.keyId || r.plain), 'the old school opens every body');
	});

	test('canaries: in the old school\'s memory, never on a disk, nowhere at a relay', async () => {
		await net.old.entries(student.id);
		assert.ok(inMemory(net.old.pid, [FAMILY]).length, 'the search finds what is there');
		await waitFor('the entries in memory', async () => {
			await net.old.entries(student.id);
			return inMemory(net.old.pid, [CANARIES[0]]).length;
		});
		for (const node of net.all)
			assert.deepEqual(onDisk(node.dir, SECRETS), [], node.name);
		for (const relay of relays)
			assert.deepEqual(inMemory(relay.pid, SECRETS), [], relay.name);
	});

	test('the family\'s code reaches the old school as a claim', async () => {
		code = await net.old.code(student.id);
		assert.equal(code.transfer.state, 'code');
		claim = await net.fresh.claim(code.code);
		const seen = await net.old.reaches(code.transfer.id, 'claimed');
		assert.equal(seen.school.name, net.fresh.name);
		assert.equal(seen.safe_to_switch_off, false);
		assert.equal(claim.student, null, 'the new school is not told whose code it is');
	});

	test('nothing of the record is at the new school before it is released', async () => {
		await net.fresh.get(`/api/v1/students/${student.id}`, 404);
		await net.fresh.get(`/api/v1/students/${student.id}/export`, 404);
		const signatures = (records) => records.map((r) => Buffer.from(r.signature));
		const handedUp = signatures(due(before_.records));
		assert.deepEqual(onDisk(path.join(net.fresh.dir, 'store'), signatures(before_.records)), []);
		assert.equal(onDisk(path.join(net.left.dir, 'store'), handedUp).length, handedUp.length, 'the parent holds every record');
		await net.fresh.stop();
	});

	test('x3 approved while the new school is off line: in cascade, then the old one is killed', async () => {
		await net.old.act(code.transfer.id, 'approve');
		const t = await net.old.reaches(code.transfer.id, 'in_cascade');
		assert.equal(t.safe_to_switch_off, true);
		assert.deepEqual(t.progress, { have: t.progress.total, total: t.progress.total });
		await net.old.kill();
		const signatures = before_.records.map((r) => Buffer.from(r.signature));
		assert.deepEqual(onDisk(path.join(net.fresh.dir, 'store'), signatures), []);
	});

	test('the new school accepts: every record byte for byte, every body open', async () => {
		await net.fresh.start();
		const t = await net.fresh.reaches(claim.id, 'accepted');
		assert.equal(t.student.family, FAMILY);
		const after_ = readExport(await net.fresh.exported(student.id));
		for (const record of due(before_.records)) {
			const arrived = after_.byId.get(hex(record.id));
			assert.ok(arrived, `${record.typeName} ${hex(record.id)} is missing`);
			assert.deepEqual(arrived.raw, record.raw);
			assert.deepEqual(arrived.plain, record.plain);
		}
		const names = new Set([...after_.byId].filter(([id]) => !before_.byId.has(id)).map(([, r]) => r.typeName));
		for (const name of ['release', 'accept', 'keywrap', 'manifest'])
			assert.ok(names.has(name), name);
		const entries = await net.fresh.entries(student.id);
		assert.equal(entries.length, 30);
		assert.ok(entries.some((e) => e.title === CANARIES[0] && e.status === 'returned' && e.history[0].reason === CANARIES[2]));
		assert.ok(entries.every((e) => e.author.name === net.old.name));
	});

	test('x2 no relay can read: no page, no key of its own opens a body', async () => {
		const bodies = before_.records.filter((r) => r.keyId);
		for (const relay of relays) {
			await relay.get(`/api/v1/students/${student.id}`, 404);
			await relay.get(`/api/v1/students/${student.id}/entries`, 404);
			const { items } = await relay.get('/api/v1/students?limit=200');
			assert.ok(await triesEveryKey(relay, items, bodies) >= items.length);
		}
	});

	test('canaries after the transfer: only the new school has them, and only in memory', async () => {
		assert.ok(inMemory(net.fresh.pid, [FAMILY]).length);
		await waitFor('the entries in memory', async () => {
			await net.fresh.entries(student.id);
			return inMemory(net.fresh.pid, [CANARIES[0]]).length;
		});
		for (const node of net.all)
			assert.deepEqual(onDisk(node.dir, SECRETS), [], node.name);
		for (const relay of relays)
			assert.deepEqual(inMemory(relay.pid, SECRETS), [], relay.name);
	});

	test('n6 the old school, back again: out of its totals, read-only, still legible', async () => {
		await net.old.start();
		await net.old.reaches(code.transfer.id, 'accepted');
		const card = await net.old.get(`/api/v1/students/${student.id}`);
		assert.deepEqual([card.custody, card.read_only, card.custodian.name], ['transferred', true, net.fresh.name]);
		assert.equal((await net.old.totals()).students, 25);
		assert.equal((await net.fresh.totals()).students, 1);
		assert.equal((await net.old.entries(student.id)).length, 30);
		const refused = await net.old.request('POST', `/api/v1/students/${student.id}/entries`,
			{ kind: 'achievement', fields: { name: 'Поздно', section: 'sport' } });
		assert.equal(refused.json.code, 'read_only');
		await settle(net);
	});

	test('every store is sound', async () => {
		await stopAll(...net.all);
		for (const node of net.all)
			await node.must('fsck');
	});
});

describe('estafeta demo --once', () => {
	const dir = path.join(tempDir(), 'demo');
	const nodes = [];
	let line;
	after(() => stopAll(...nodes));

	test('ends with one JSON object of the right shape', async () => {
		const { code, stdout, stderr } = await estafeta('demo', '--once', '--dir', dir);
		assert.equal(code, 0, stderr);
		line = JSON.parse(stdout.trim().split('\n').pop());
		assert.equal(line.ok, true);
		assert.equal(line.schools, 5);
		assert.ok(line.students > 1600 && line.records > 30_000);
		const { via, ms, ...rest } = line.transfer;
		assert.deepEqual(rest, { records: 550, missing: 0, origin_online: false });
		assert.equal(via.length, 3);
		assert.ok(ms > 0 && Number.isInteger(ms));
	});

	test('the 550 records the generator wrote are at the new school, byte for byte and in plain text', async () => {
		for (let i = 0; i < 5; i++)
			nodes[i] = new Node(path.join(dir, String(i)), `demo ${i}`);
		const wrote = fs.readFileSync(path.join(dir, 'mover.jsonl'), 'utf8').trim().split('\n').map((l) => JSON.parse(l));
		assert.equal(new Set(wrote.map((w) => w.id)).size, 550);
		const subject = hex(read(fromHex(wrote[0].raw)).subject);
		await nodes[4].start();
		const { byId, keys } = readExport(await nodes[4].exported(subject));
		for (const w of wrote) {
			const record = byId.get(w.id);
			assert.ok(record, `${w.type} ${w.id} is missing`);
			assert.equal(hex(record.raw), w.raw);
			assert.equal(record.plain ? hex(record.plain) : '', w.plain);
			assert.ok(!record.keyId || keys.some((k) => open(record, k)));
		}
	});

	test('x2 all keys of all relays of the demonstration, tried on its bodies', async () => {
		const bodies = fs.readFileSync(path.join(dir, 'mover.jsonl'), 'utf8').trim().split('\n')
			.map((l) => read(fromHex(JSON.parse(l).raw))).filter((r) => r.keyId);
		assert.ok(bodies.length > 500);
		for (const relay of [nodes[0], nodes[1], nodes[2]]) {
			await relay.start();
			const { items, total } = await relay.get('/api/v1/students?limit=200');
			assert.ok(items.length === total && total >= 90);
			assert.ok(await triesEveryKey(relay, items, bodies) >= total);
			await relay.stop();
		}
	});

	test('x1 the old school\'s directory deleted: its word still stands', async () => {
		const subject = hex(read(fromHex(JSON.parse(fs.readFileSync(path.join(dir, 'mover.jsonl'), 'utf8').split('\n')[0]).raw)).subject);
		const file = path.join(dir, 'export.json');
		await nodes[4].must('export', subject, file);
		await nodes[4].stop();
		for (let i = 0; i < 5; i++)
			fs.rmSync(path.join(dir, String(i)), { recursive: true });
		assert.match(await must('verify', file), /0 bad/);
	});
});
