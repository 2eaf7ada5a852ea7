// Every way in which a student's change of school can go, or go wrong.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bundleRecords, writeBundle } from './lib/bundle.mjs';
import { codeOf, mistyped } from './lib/code.mjs';
import { cascade, settle, someone } from './lib/network.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { waitFor } from './lib/run.mjs';
import { readExport } from './lib/record.mjs';

const titles = async (node, student) => (await node.entries(student)).map((e) => e.title).sort();

async function claimed(from, to, student) {
	const { code, transfer } = await from.code(student);
	const claim = await to.claim(code);
	await from.reaches(transfer.id, 'claimed');
	return { code, out: transfer.id, in: claim.id };
}

async function moved(from, to, student) {
	const t = await claimed(from, to, student);
	await from.act(t.out, 'approve');
	await to.reaches(t.in, 'accepted');
	await from.reaches(t.out, 'accepted');
	return t;
}

const problem = async (node, method, target, body) => {
	const { status, json } = await node.request(method, target, body);
	return `${status} ${json?.code}${json?.field ? ` ${json.field}` : ''}`;
};
const claimProblem = (node, code) => problem(node, 'POST', '/api/v1/transfers/claims', { code });

describe('codes and claims', () => {
	let net, student;
	before(async () => {
		net = await cascade();
		student = await someone(net.old, 'Кодова');
	});
	after(() => net && stopAll(...net.all));

	test('a mistyped code is found out before anything happens', async () => {
		const { code, transfer } = await net.old.code(student.id);
		assert.equal(await claimProblem(net.fresh, mistyped(code)), '422 bad_check code');
		assert.equal(await claimProblem(net.fresh, `${code}-0000`), '422 invalid code');
		assert.equal(await claimProblem(net.fresh, 'ЩЩЩЩ-ЩЩЩЩ-ЩЩЩЩ'), '422 invalid code');
		assert.equal((await net.old.transfer(transfer.id)).state, 'code');
		assert.equal((await net.fresh.get('/api/v1/transfers')).incoming.length, 0);
	});

	test('case, spaces and Cyrillic look-alikes do not matter', async () => {
		const { code, transfer } = await net.old.code(student.id);
		const typed = code.toLowerCase().replace(/-/g, ' ').replace(/a/g, 'а').replace(/c/g, 'С');
		const claim = await net.fresh.claim(typed);
		await net.old.reaches(transfer.id, 'claimed');
		await net.old.act(transfer.id, 'decline');
		await net.fresh.reaches(claim.id, 'declined');
	});

	test('one\'s own code, and that of an unknown school, are refused', async () => {
		const { code } = await net.old.code(student.id);
		assert.equal(await claimProblem(net.old, code), '409 self code');
		assert.equal(await claimProblem(net.fresh, codeOf('ab'.repeat(32), crypto.randomBytes(16))), '409 no_route code');
	});

	test('a code nobody issued waits, and shows nothing of anybody', async () => {
		const claim = await net.fresh.claim(codeOf(await net.old.id(), crypto.randomBytes(16)));
		await settle(net);
		const t = await net.fresh.transfer(claim.id);
		assert.deepEqual([t.state, t.student], ['claimed', null]);
		assert.ok(!(await net.old.get('/api/v1/transfers')).outgoing.some((o) => o.state === 'claimed'));
	});

	test('two claims on one code freeze both; a new code works', async () => {
		const { code, transfer } = await net.old.code(student.id);
		await net.fresh.claim(code);
		await net.right.claim(code);
		const t = await net.old.reaches(transfer.id, 'frozen');
		assert.equal(t.reason, 'two_claims');
		assert.equal(await problem(net.old, 'POST', `/api/v1/transfers/${transfer.id}/approve`, {}), '409 disputed');
		await moved(net.old, net.fresh, student.id);
	});

	test('a used code is used', async () => {
		const other = await someone(net.old, 'Повторова', 1);
		const t = await moved(net.old, net.fresh, other.id);
		assert.equal(await claimProblem(net.fresh, t.code), '409 code_used code');
		assert.equal(await problem(net.old, 'POST', `/api/v1/transfers/${t.out}/approve`, {}), '409 code_used');
		await net.right.claim(t.code);
		await settle(net);
		assert.equal((await net.old.transfer(t.out)).state, 'accepted');
		assert.equal((await net.fresh.get(`/api/v1/students/${other.id}`)).custody, 'enrolled');
		await net.right.get(`/api/v1/students/${other.id}`, 404);
	});

	test('the new school may not make a code for a student it does not keep', async () => {
		const another = await someone(net.old, 'Чужова', 1);
		assert.equal(await problem(net.fresh, 'POST', '/api/v1/transfers/codes', { student: another.id }), '404 not_found');
	});

	test('a cancelled code is no code', async () => {
		const another = await someone(net.old, 'Отменова', 1);
		const { code, transfer } = await net.old.code(another.id);
		await net.old.act(transfer.id, 'void');
		assert.notEqual((await net.old.transfer(transfer.id)).state, 'code');
		await net.fresh.claim(code);
		await settle(net);
		assert.notEqual((await net.old.transfer(transfer.id)).state, 'claimed');
	});
});

describe('over the web', () => {
	let net;
	before(async () => { net = await cascade('founder', 'left', 'old'); });
	after(() => net && stopAll(...net.all));

	test('what the contract calls optional may be left out: approve, decline, void and revoke without a body', async () => {
		const [old, founder] = [await net.old.login(), await net.founder.login()];
		const bare = async (who, target) => (await who.request('POST', target)).status;
		for (const verb of ['decline', 'void', 'approve']) {
			const student = await someone(net.old, 'Безтелова', 1);
			const t = await claimed(net.old, net.founder, student.id);
			assert.equal(await bare(old, `/api/v1/transfers/${t.out}/${verb}`), 202, verb);
			if (verb === 'approve')
				await net.founder.reaches(t.in, 'accepted');
		}
		assert.equal(await bare(founder, `/api/v1/network/schools/${await net.left.id()}/revoke`), 202, 'revoke');
	});
});

describe('refusals and returns', () => {
	let net;
	before(async () => { net = await cascade(); });
	after(() => net && stopAll(...net.all));

	test('the old school refuses a claim: both see why', async () => {
		const student = await someone(net.old, 'Отказова');
		const t = await claimed(net.old, net.fresh, student.id);
		await net.old.act(t.out, 'decline', { reason: 'by_family' });
		assert.equal((await net.old.reaches(t.out, 'declined')).reason, 'by_family');
		assert.equal((await net.fresh.reaches(t.in, 'declined')).reason, 'by_family');
		await moved(net.old, net.fresh, student.id);
	});

	test('the new school gives back what it was released, and did not yet hold in full', async () => {
		const student = await someone(net.old, 'Возвратова', 5);
		const t = await claimed(net.old, net.fresh, student.id);
		await net.right.stop();
		await net.old.act(t.out, 'approve');
		await net.old.reaches(t.out, 'in_cascade');
		const file = path.join(net.dir, 'part.bundle');
		await net.old.must('bundle', await net.fresh.id(), file, '--student', student.id);
		const records = bundleRecords(fs.readFileSync(file));
		const entry = records.findIndex((r) => r.typeName === 'entry');
		fs.writeFileSync(file, writeBundle(records.filter((_, i) => i !== entry)));
		await net.fresh.must('ingest', file);
		const part = await net.fresh.reaches(t.in, 'receiving');
		assert.equal(part.progress.have, part.progress.total - 1, 'a partial transfer does not look complete');
		assert.equal((await net.fresh.get(`/api/v1/students/${student.id}`)).read_only, true);
		await net.fresh.act(t.in, 'decline', { reason: 'mistake' });
		await net.fresh.reaches(t.in, 'declined');
		await net.right.start();
		assert.equal((await net.old.reaches(t.out, 'declined')).reason, 'by_new_school');
		const card = await net.old.get(`/api/v1/students/${student.id}`);
		assert.deepEqual([card.custody, card.read_only], ['enrolled', false]);
		await net.old.achieve(student.id, 'Дома');
		await settle(net);
	});

	test('the common ancestor, and nobody else, ends a release that nobody answers', async () => {
		const student = await someone(net.old, 'Забытова');
		const t = await claimed(net.old, net.fresh, student.id);
		assert.equal(await problem(net.founder, 'POST', `/api/v1/transfers/${student.id}/void`, {}), '404 not_found', 'it holds nothing of it yet');
		await net.fresh.stop();
		await net.old.act(t.out, 'approve');
		await net.old.reaches(t.out, 'in_cascade');
		await waitFor('the release at the founder', async () =>
			await problem(net.founder, 'POST', `/api/v1/transfers/${'00'.repeat(16)}/void`, {}) === '404 not_found' &&
			(await net.left.peer(net.founder)).complete);
		assert.equal(await problem(net.left, 'POST', `/api/v1/transfers/${student.id}/void`, {}), '403 no_power');
		await net.founder.act(student.id, 'void');
		assert.equal((await net.old.reaches(t.out, 'void')).reason, 'by_ancestor');
		assert.equal((await net.old.get(`/api/v1/students/${student.id}`)).custody, 'enrolled');
		await net.fresh.start();
		await net.fresh.agrees(net.right);
		assert.notEqual((await net.fresh.transfer(t.in)).state, 'accepted');
		await moved(net.old, net.fresh, student.id);
	});

	test('a student returns to the former school, with what the other one wrote', async () => {
		const student = await someone(net.old, 'Обратнова', 2);
		await moved(net.old, net.fresh, student.id);
		const there = await net.fresh.achieve(student.id, 'Написано в новой школе');
		await net.fresh.judge(student.id, there.id, 'confirm');
		await moved(net.fresh, net.old, student.id);
		const card = await net.old.get(`/api/v1/students/${student.id}`);
		assert.deepEqual([card.custody, card.read_only, card.entries.confirmed], ['enrolled', false, 3]);
		assert.equal((await net.fresh.get(`/api/v1/students/${student.id}`)).read_only, true);
		assert.deepEqual(await titles(net.old, student.id), await titles(net.fresh, student.id));
		await net.old.achieve(student.id, 'Снова дома');
		await settle(net);
	});

	test('a school outside the network can claim nothing', async () => {
		const stranger = await Node.create(net.dir, 'Посторонняя школа', { dir: 'stranger' });
		await stranger.start();
		const student = await someone(net.old, 'Наша', 1);
		const { code } = await net.old.code(student.id);
		assert.equal(await claimProblem(stranger, code), '409 no_route code');
		await stranger.stop();
	});

	test('a revoked school: the session ends with its reason on both sides, and nothing is released to it', async () => {
		const student = await someone(net.old, 'Последнева', 1);
		const t = await claimed(net.old, net.fresh, student.id);
		const id = await net.fresh.id();
		assert.equal((await net.right.post(`/api/v1/network/schools/${id}/revoke`, { reason: 'закрыта' }, 202)).status, 'revoked');
		const there = await waitFor('the reason at the revoked school', async () => {
			const peer = (await net.fresh.get('/api/v1/network')).peers[0];
			return peer?.reason?.code === 'revoked' && peer;
		});
		assert.equal(there.complete, false);
		await waitFor('the revocation everywhere', async () =>
			(await net.old.get('/api/v1/network')).schools.find((s) => s.id === id)?.status === 'revoked');
		assert.equal(await problem(net.old, 'POST', `/api/v1/transfers/${t.out}/approve`, {}), '403 revoked');
		const peer = await net.right.peer(net.fresh);
		assert.ok(!peer || peer.state !== 'connected', JSON.stringify(peer));
	});
});

describe('restarts', () => {
	let net;
	before(async () => { net = await cascade(); });
	after(() => net && stopAll(...net.all));

	for (const how of ['stop', 'kill'])
		test(`every state survives a ${how === 'stop' ? 'SIGTERM' : 'kill -9'} of both schools`, async () => {
			const student = await someone(net.old, how === 'stop' ? 'Плановая' : 'Внезапная');
			let out, into;
			const again = async (outState, inState) => {
				await Promise.all([net.old[how](), net.fresh[how]()]);
				await Promise.all([net.old.start(), net.fresh.start()]);
				await net.old.reaches(out, outState);
				if (inState)
					await net.fresh.reaches(into, inState);
			};
			const { code, transfer } = await net.old.code(student.id);
			out = transfer.id;
			await again('code');
			into = (await net.fresh.claim(code)).id;
			await again('claimed', 'claimed');
			await net.left.stop();
			await net.old.act(out, 'approve');
			await again('released', 'claimed');
			await net.fresh[how]();
			await net.left.start();
			await net.old.reaches(out, 'in_cascade');
			await net.old[how]();
			await net.old.start();
			await net.old.reaches(out, 'in_cascade');
			await net.fresh.start();
			await net.fresh.reaches(into, 'accepted');
			await again('accepted', 'accepted');
			assert.deepEqual(await titles(net.fresh, student.id), await titles(net.old, student.id));
			await settle(net);
		});
});

describe('x3 by USB alone', () => {
	let net;
	before(async () => { net = await cascade(); });
	after(() => net && stopAll(...net.all));

	test('claim, release and accept are carried by hand; no link is ever up', async () => {
		const student = await someone(net.old, 'Флешкина', 8);
		const before_ = readExport(await net.old.exported(student.id));
		await stopAll(net.founder, net.left, net.right);
		const carry = async (from, to, name) => {
			const file = path.join(net.dir, `${name}.bundle`);
			await from.must('bundle', await to.id(), file);
			await to.must('ingest', file);
			return JSON.parse(await to.must('ingest --json', file));
		};
		const { code, transfer } = await net.old.code(student.id);
		const claim = await net.fresh.claim(code);
		await carry(net.fresh, net.old, 'claim');
		await net.old.reaches(transfer.id, 'claimed');
		await net.old.act(transfer.id, 'approve');
		assert.equal((await net.old.transfer(transfer.id)).state, 'released');
		const twice = await carry(net.old, net.fresh, 'release');
		assert.equal(twice.new, 0, 'the same file again does no harm');
		await net.fresh.reaches(claim.id, 'accepted');
		await carry(net.fresh, net.old, 'accept');
		await net.old.reaches(transfer.id, 'accepted');
		const after_ = readExport(await net.fresh.exported(student.id));
		for (const [id, record] of before_.byId) {
			assert.deepEqual(after_.byId.get(id)?.raw, record.raw);
			assert.deepEqual(after_.byId.get(id)?.plain, record.plain);
		}
		assert.equal((await net.old.get(`/api/v1/students/${student.id}`)).read_only, true);
	});

	test('a bundle that is no bundle, or is cut short, is refused', async () => {
		const file = path.join(net.dir, 'bad.bundle');
		fs.writeFileSync(file, 'это не то');
		assert.equal((await net.old.cli('ingest', file)).code, 65);
		fs.writeFileSync(file, fs.readFileSync(path.join(net.dir, 'release.bundle')).subarray(0, -7));
		const cut = await net.fresh.cli('ingest', file);
		assert.equal(cut.code, 65, cut.stdout + cut.stderr);
	});
});
