// X7: forgetting for good, everywhere, with receipts; and one child enrolled twice.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cascade, settle, someone } from './lib/network.mjs';
import { stopAll } from './lib/node.mjs';
import { must, waitFor } from './lib/run.mjs';
import { readExport } from './lib/record.mjs';
import { inMemory, onDisk } from './lib/search.mjs';

const TITLE = 'Справка ъщ-о-диагнозе-4711';

describe('x7 what is erased is gone', () => {
	let net, student, entry, needle, needles;
	before(async () => {
		net = await cascade('founder', 'left', 'old');
		student = await someone(net.old, 'Забытова');
		entry = await net.old.achieve(student.id, TITLE);
		await settle(net);
		const { byId, records } = readExport(await net.old.exported(student.id));
		/* the end of a ciphertext stands for the record */
		const tail = (r) => Buffer.from(r.raw).subarray(-40);
		needle = tail(byId.get(entry.id));
		needles = records.filter((r) => r.keyId).map(tail);
	});
	after(() => net && stopAll(...net.all));
	const disk = (node, what) => onDisk(path.join(node.dir, 'store'), what).length;

	test('x7 one entry: its text goes at the school and at its relay, the fact stays', async () => {
		for (const node of [net.old, net.left])
			assert.equal(disk(node, [needle]), 1, 'the search finds what is there');
		assert.match(await net.old.must('erase', student.id, entry.id), /Erased here/);
		await settle(net);
		const seen = (await net.old.entries(student.id)).find((e) => e.id === entry.id);
		assert.deepEqual([seen.status, seen.title, seen.fields], ['erased', '', {}]);
		assert.equal((await net.old.get(`/api/v1/students/${student.id}`)).entries.total, 3);
		assert.equal((await net.old.cli('erase', student.id, entry.id)).code, 65);
		assert.equal((await net.old.cli('erase', student.id, '0'.repeat(64))).code, 65);
		for (const node of [net.old, net.left]) {
			await node.stop();
			await node.start();
			assert.equal(disk(node, [needle]), 0, `${node.name}: in the file after a start`);
		}
		await settle(net);
	});

	test('an export still verifies, and says that something was erased', async () => {
		const file = path.join(net.dir, 'export.json');
		await net.old.must('export', student.id, file);
		assert.match(await must('verify', file), /0 bad; of 1 only the envelope is left/);
	});

	test('x7 an order to erase a student waits, shows, and can be cancelled', async () => {
		assert.match(await net.old.must('erase', student.id), /To be erased at/);
		const { erasure } = await net.old.get(`/api/v1/students/${student.id}`);
		const days = (Date.parse(erasure.due) - Date.parse(erasure.ordered)) / 24 / 3600e3;
		assert.equal(days, 7);
		assert.equal((await net.old.cli('erase', student.id)).code, 65);
		assert.match(await net.old.must('erase list'), /due/);
		await net.old.must('erase', student.id, '--cancel');
		assert.equal((await net.old.get(`/api/v1/students/${student.id}`)).erasure, null);
		assert.equal((await net.left.cli('erase', student.id)).code, 65, 'a relay has nothing to say');
	});

	test('x7 due, it is carried out by every holder, each with a receipt', async () => {
		await net.old.stop();
		fs.appendFileSync(path.join(net.old.dir, 'estafeta.conf'), '\n[records]\nerasure_delay_hours = 0\n');
		await net.old.start();
		await settle(net);
		assert.ok(inMemory(net.old.pid, ['Забытова']).length);
		await net.old.must('erase', student.id);
		await net.old.get(`/api/v1/students/${student.id}`, 404);
		assert.equal((await net.old.get('/api/v1/school')).students, 0);
		const all = await waitFor('both receipts', async () => {
			const { items } = await net.old.get('/api/v1/erasures');
			return items[0].holders.length === 2 && items[0].holders.every((h) => h.receipt) && items[0];
		});
		assert.deepEqual(all.holders.map((h) => h.school.name).sort(), [net.left.name, net.old.name].sort());
		await settle(net);
		for (const node of [net.old, net.left]) {
			await node.stop();
			await node.must('fsck');
			await node.start();
			assert.equal(disk(node, needles), 0, node.name);
		}
		assert.equal((await net.old.get('/api/v1/erasures')).compaction_due, false);
	});
});

describe('one child enrolled twice', () => {
	let net;
	before(async () => { net = await cascade('founder'); });
	after(() => net && stopAll(...net.all));

	test('two records are linked by the school that keeps both, shown on both, and parted again', async () => {
		const one = await someone(net.founder, 'Дважды'), other = await someone(net.founder, 'Двожды');
		const link = (method, a, b) => net.founder.request(method, `/api/v1/students/${a.id}/links/${b.id}`);
		assert.equal((await link('PUT', one, other)).status, 204);
		assert.equal((await link('PUT', other, one)).json.code, 'wrong_state');
		assert.equal((await link('PUT', one, one)).json.code, 'self');
		for (const [a, b] of [[one, other], [other, one]]) {
			const { links } = await net.founder.get(`/api/v1/students/${a.id}`);
			assert.deepEqual(links.map((l) => [l.id, l.family]), [[b.id, b.family]]);
		}
		assert.equal((await link('DELETE', other, one)).status, 204);
		assert.deepEqual((await net.founder.get(`/api/v1/students/${one.id}`)).links, []);
		assert.equal((await link('PUT', one, other)).status, 204);
		assert.equal((await net.founder.get(`/api/v1/students/${other.id}`)).links.length, 1);
		assert.equal((await link('PUT', one, { id: '0'.repeat(32) })).status, 404);
	});
});
