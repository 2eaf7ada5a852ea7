// How schools come together: each its own, by invitation, in levels, with powers handed down.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { someone } from './lib/network.mjs';
import { decode } from './lib/msgpack.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { fromBase64, hex, read } from './lib/record.mjs';
import { clockOff, tempDir, waitFor } from './lib/run.mjs';

describe('a network grows', () => {
	const dir = tempDir();
	const nodes = [];
	after(() => stopAll(...nodes));
	const school = async (name) => {
		const node = await Node.create(dir, name, { dir: String(nodes.length) });
		nodes.push(node);
		return node.start();
	};
	const members = async (node) => (await node.get('/api/v1/network')).schools;
	let founder, satellite, second, own;

	test('n1 a school alone: its own instance, its own people, nobody else needed', async () => {
		own = await school('Сельская школа');
		const student = await someone(own, 'Одинцова');
		const { me, root, schools, peers } = await own.get('/api/v1/network');
		assert.equal(me.id, root.id);
		assert.deepEqual([schools.length, peers.length], [1, 0]);
		assert.equal((await own.get(`/api/v1/students/${student.id}`)).entries.confirmed, 3);
		const admin = await own.login();
		assert.equal((await admin.get('/api/v1/students')).total, 1);
	});

	test('n3 first one level: schools beside each other under a founder', async () => {
		founder = await school('Гимназия-основатель');
		for (const name of ['Спутник 1', 'Спутник 2']) {
			const node = await school(name);
			await founder.admit(node, { powers: ['relay', 'admit'], depth: 1 });
			await founder.agrees(node);
		}
		satellite = nodes[2];
		assert.deepEqual((await members(nodes[3])).map((s) => s.depth).sort(), [0, 1, 1]);
	});

	test('n2 a satellite admits a second-wave school; that one admits nobody', async () => {
		second = await school('Школа второй волны');
		await satellite.admit(second);
		await satellite.agrees(second);
		const seen = await waitFor('the news at the founder', async () => (await members(founder)).find((s) => s.name === second.name));
		assert.deepEqual([seen.depth, seen.powers, seen.parent], [2, ['relay'], await satellite.id()]);
		const refused = await second.request('POST', '/api/v1/network/invites', { powers: ['relay'], depth: 0 });
		assert.deepEqual([refused.status, refused.json.code], [403, 'no_power']);
		assert.equal((await second.cli('invite')).code, 77);
	});

	test('n2 nobody hands down more than it has', async () => {
		for (const ask of [{ powers: ['relay', 'admit'], depth: 1 }, { powers: ['observe'], depth: 0 }]) {
			const refused = await satellite.request('POST', '/api/v1/network/invites', ask);
			assert.deepEqual([refused.status, refused.json.code], [403, 'no_power'], JSON.stringify(ask));
		}
	});

	test('n3 later a network is nested inside: below a satellite, seen by all', async () => {
		const another = await school('Ещё одна второй волны');
		await satellite.admit(another);
		for (const node of [founder, nodes[3], second])
			await waitFor(`five members at ${node.name}`, async () => (await members(node)).length === 5);
	});

	test('n5 joining is voluntary and later: what the school wrote alone stays, and is escrowed', async () => {
		await founder.admit(own);
		await founder.agrees(own);
		const { items, total } = await own.get('/api/v1/students');
		assert.deepEqual([total, items[0].family, items[0].entries.confirmed], [1, 'Одинцова', 3]);
		const { me, root } = await own.get('/api/v1/network');
		assert.equal(root.id, await founder.id());
		await founder.get(`/api/v1/students/${items[0].id}`, 404);
		const said = (await own.exported(items[0].id)).network.map((raw) => read(fromBase64(raw)))
			.filter((r) => r.typeName === 'joining' && hex(r.author) === me.id)
			.map((r) => hex(decode(r.body).get('issuer')));
		assert.deepEqual(said, [await founder.id()]);
	});

	test('n5 one network at a time, and an invitation works once', async () => {
		const other = await school('Другой основатель');
		const { token } = await other.post('/api/v1/network/invites', { powers: ['relay'], depth: 0 });
		const refused = await own.request('POST', '/api/v1/network/join', { token });
		assert.deepEqual([refused.status, refused.json.code], [409, 'wrong_state']);
		const first = await school('Успела');
		const late = await school('Опоздала');
		await first.must('join', token);
		const r = await late.cli('join', token, '--wait', '20');
		assert.equal(r.code, 77);
		assert.match(r.stderr, /not admitted: the other school answers: this code was already used/);
		assert.equal((await members(late)).length, 1);
	});

	test('an invitation is checked before anybody is called', async () => {
		const lonely = await school('Одна');
		for (const token of ['estafeta1-это-не-приглашение', 'x'.repeat(40)]) {
			const refused = await lonely.request('POST', '/api/v1/network/join', { token });
			assert.equal(refused.status, 422, `${refused.bytes}`);
			assert.equal(refused.json.field, 'token');
		}
		const { token } = await founder.post('/api/v1/network/invites', { powers: ['relay'], depth: 0 });
		assert.equal((await founder.request('POST', '/api/v1/network/join', { token })).status, 409);
		const typed = token.slice(0, 50) + (token[50] === 'A' ? 'B' : 'A') + token.slice(51);
		for (const [text, says] of [[token.slice(0, -4), /check characters/], [typed, /check characters/], [`${token}x`, /invitation|check characters/]]) {
			const r = await lonely.cli('join', text);
			assert.deepEqual([r.code, says.test(r.stderr)], [65, true], `${text}: ${r.stderr}`);
		}
		const late = clockOff(15 * 24 * 3600);
		if (late) {
			await lonely.stop();
			await lonely.start({ env: late });
			const r = await lonely.cli('join', token);
			assert.deepEqual([r.code, /token: this code has expired/.test(r.stderr)], [65, true], r.stderr);
		}
		assert.equal((await members(lonely)).length, 1);
	});

	test('n2 a satellite gets other terms, within those of the founder', async () => {
		assert.match(await founder.must('terms', await satellite.id(), '--powers', 'relay,admit,observe', '--depth', '2', '--days', '90'), /Certified/);
		const seen = await waitFor('the new terms', async () =>
			(await members(satellite)).find((s) => s.name === satellite.name && s.powers.length === 3));
		assert.ok(Date.parse(seen.valid_until) - Date.now() < 91 * 24 * 3600e3);
		assert.equal((await satellite.cli('terms', await founder.id())).code, 77);
		assert.equal((await second.cli('terms', await satellite.id())).code, 77);
		const deep = await satellite.cli('terms', await second.id(), '--depth', '2');
		assert.deepEqual([deep.code, /power/.test(deep.stderr)], [77, true]);
	});

	test('n2 who may not revoke is told why, and nothing changes', async () => {
		const before_ = (await members(founder)).map((s) => `${s.name} ${s.status}`);
		for (const [node, whom, code, says] of [[satellite, satellite, 65, /this school itself/], [satellite, founder, 77, /lacks the power/],
			[satellite, nodes[3], 77, /lacks the power/], [second, satellite, 77, /lacks the power/], [nodes[3], second, 77, /lacks the power/]]) {
			const r = await node.cli('revoke', await whom.id());
			assert.deepEqual([r.code, says.test(r.stderr)], [code, true], `${node.name} ${whom.name}: ${r.stderr}`);
		}
		const part = await founder.cli('revoke', satellite.name.slice(0, -2));
		assert.deepEqual([part.code, /no such school/.test(part.stderr)], [65, true], 'a part of a name');
		assert.deepEqual((await members(founder)).map((s) => `${s.name} ${s.status}`), before_);
	});

	test('n2 a satellite revoked: its schools are adopted, and go on', async () => {
		await founder.must('revoke', await satellite.id());
		await waitFor('the adoption', async () =>
			(await members(founder)).find((s) => s.name === second.name)?.parent === await founder.id());
		assert.equal((await members(founder)).find((s) => s.name === second.name).status, 'member');
	});
});
