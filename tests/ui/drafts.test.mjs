// What is being typed, and what waits to be sent, with every step failing in turn.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { load } from './load.mjs';

let ui;
before(async () => { ui = await load('lib/drafts', 'lib/outbox'); });
const DAY = 24 * 3600_000;

/** A device; fail: names of what it refuses to do. */
function device(fail = []) {
	const held = new Map();
	const act = (name, work) => async (...args) => {
		if (fail.includes(name))
			throw new Error(`no ${name}`);
		return work(...args);
	};
	return {
		held, fail,
		get: act('get', (key) => held.get(key)),
		set: act('set', (key, value) => void held.set(key, value)),
		del: act('del', (key) => void held.delete(key)),
		entries: act('entries', () => [...held]),
		delMany: act('delMany', (keys) => keys.forEach((key) => held.delete(key))),
		list: act('list', (owner) => [...held.values()].filter((one) => one.owner === owner)),
		put: act('put', (item) => void held.set(item.key, structuredClone(item))),
		drop: act('drop', (item) => void held.delete(item.key)),
	};
}

describe('a draft', () => {
	const keeper = (storage, states = []) => ui.draftKeeper(storage, 'Алина draft', (state) => states.push(state), 1);
	test('is saved a moment after the last stroke, or at once when its form is left', async () => {
		const phone = device(), states = [];
		const draft = keeper(phone, states);
		draft.change({ name: 'К' });
		draft.change({ name: 'Кубок' });
		assert.equal(phone.held.size, 0);
		await draft.flush();
		assert.deepEqual(phone.held.get('Алина draft').value, { name: 'Кубок' });
		assert.ok(Math.abs(phone.held.get('Алина draft').time - Date.now()) < 10_000, 'of now');
		draft.change({ name: 'Кубок школы' });
		await new Promise((done) => setTimeout(done, 20));
		assert.deepEqual(phone.held.get('Алина draft').value, { name: 'Кубок школы' });
		assert.deepEqual(states, ['saved', 'saved']);
		await draft.flush();
		assert.equal(states.length, 2, 'nothing new, nothing saved');
	});
	test('comes back, but not over what is being typed already', async () => {
		const phone = device();
		const states = [], time = Date.now() - 2 * DAY;
		phone.held.set('Алина draft', { time, value: { name: 'старое' } });
		assert.deepEqual(await keeper(phone, states).load(), { name: 'старое' });
		assert.deepEqual(states, [{ restoredFrom: time }]);
		const draft = keeper(phone), loading = draft.load();
		draft.change({ name: 'новое' });
		assert.equal(await loading, null);
		await draft.flush();
		assert.deepEqual(phone.held.get('Алина draft').value, { name: 'новое' });
	});
	test('is gone when discarded, the stroke before it too', async () => {
		const phone = device(), states = [];
		const draft = keeper(phone, states);
		draft.change({ name: 'а' });
		await draft.flush();
		draft.change({ name: 'аб' });
		await draft.discard();
		await new Promise((done) => setTimeout(done, 20));
		assert.equal(phone.held.size, 0);
		assert.equal(states.at(-1), 'none');
	});
	for (const step of ['get', 'set', 'del'])
		test(`a device that fails to ${step} does not stop the typing`, async () => {
			const draft = keeper(device([step]));
			await draft.load();
			draft.change({ name: 'а' });
			await draft.flush();
			await draft.discard();
		});
});

describe('drafts on a device', () => {
	const at = (days) => ({ time: Date.now() - days * DAY, value: { name: 'Кубок' } });
	const waiting = { key: 'k', owner: 'teacher/1', made: '2020-01-01T00:00:00.000Z' };
	function filled() {
		const phone = device();
		for (const owner of ['teacher/1', 'administrator/1', 'teacher/2', 'student/3', 'parent/4', 'administrator/По ссылке'])
			phone.held.set(`${owner} draft:student`, at(1));
		phone.held.set('outbox:k', waiting);
		return phone;
	}
	const left = (phone) => [...phone.held.keys()].map((key) => key.replace(' draft:student', ''));

	test('go when they are a month old; what waits to be sent does not', async () => {
		const phone = device();
		for (const [key, days] of [['a', 29.9], ['b', 30.1], ['c', 400]])
			phone.held.set(`student/${key} draft:entry`, at(days));
		phone.held.set('student/d draft:entry', { name: 'из прежних времён, без дня' });
		phone.held.set('outbox:k', waiting);
		await ui.dropOldDrafts(phone);
		assert.deepEqual([...phone.held.keys()], ['student/a draft:entry', 'outbox:k']);
	});
	test('somebody logs in on their own device: a family\'s stay, a colleague\'s go', async () => {
		const phone = filled();
		await ui.dropDraftsOfOthers('teacher/2', false, phone);
		assert.deepEqual(left(phone), ['teacher/2', 'student/3', 'parent/4', 'outbox:k']);
	});
	test('the same person in another role is nobody else', async () => {
		const phone = filled();
		await ui.dropDraftsOfOthers('teacher/1', false, phone);
		assert.deepEqual(left(phone), ['teacher/1', 'administrator/1', 'student/3', 'parent/4', 'outbox:k']);
	});
	test('somebody logs in on a computer that others use: only their own stay', async () => {
		const phone = filled();
		await ui.dropDraftsOfOthers('student/3', true, phone);
		assert.deepEqual(left(phone), ['student/3', 'outbox:k']);
	});
	for (const step of ['entries', 'delMany'])
		test(`a device that fails at ${step} does not stop the log-in`, async () => {
			await ui.dropOldDrafts(device([step]));
			await ui.dropDraftsOfOthers('student/3', true, device([step]));
		});
});

describe('the outbox', () => {
	const OFFLINE = { problem: null };
	const refusal = (status, code = 'invalid') => ({ problem: { status, code, title: code, detail: 'so', field: 'fields.name' } });
	let made = 0;
	const item = (more = {}) => ({ key: `key${++made}`, owner: 'Алина', subject: { about: 'student', id: 'a' }, kind: 'achievement', fields: { name: `n${made}` }, made: `2026-01-01T00:00:00.${String(made).padStart(3, '0')}Z`, ...more });
	/** An outbox that was opened, what it sent, and how the sending goes: answers are taken one by one, then all is well. */
	async function opened({ phone = device(), answers = [], owner = 'Алина' } = {}) {
		const sent = [], told = [];
		const box = ui.createOutbox(phone, async (one, keep) => {
			sent.push(one.key);
			const answer = answers.shift();
			if (typeof answer === 'function')
				await answer(one, keep);
			else if (answer)
				throw answer;
		}, (one) => told.push(one.key));
		await box.open(owner);
		return { box, phone, sent, told };
	}
	const keys = (box) => box.items.value.map((one) => one.key);

	test('sends the oldest first, each once, and forgets it', async () => {
		const { box, phone, sent, told } = await opened();
		const [a, b] = [item({ made: '2026-01-02' }), item({ made: '2026-01-01' })];
		await box.add(a);
		await box.add(b);
		assert.deepEqual(keys(box), [b.key, a.key]);
		await Promise.all([box.flush(), box.flush()]);
		assert.deepEqual(sent, [b.key, a.key]);
		assert.deepEqual(told, sent);
		assert.equal(phone.held.size, 0);
		await box.flush();
		assert.equal(sent.length, 2);
	});

	test('no link: it stops at the first, remembers that it tried, and tries again under the same key', async () => {
		const { box, phone, sent } = await opened({ answers: [OFFLINE] });
		const [a, b] = [item(), item()];
		await box.add(a);
		await box.add(b);
		await box.flush();
		assert.deepEqual(sent, [a.key]);
		assert.equal(phone.held.get(a.key).tried, true);
		assert.equal(phone.held.get(b.key).tried, undefined);
		await box.flush();
		assert.deepEqual(sent, [a.key, a.key, b.key]);
		assert.equal(phone.held.size, 0);
	});

	for (const [status, code] of [[401, 'unauthenticated'], [429, 'throttled'], [503, 'busy'], [500, 'io'], [507, 'disk_full'], [403, 'csrf']])
		test(`${status} ${code} says nothing about the entry: it waits`, async () => {
			const { box, sent } = await opened({ answers: [refusal(status, code)] });
			await box.add(item());
			await box.flush();
			assert.equal(box.items.value[0].refused, undefined);
			await box.flush();
			assert.deepEqual([sent.length, box.items.value.length], [2, 0]);
		});

	for (const status of [400, 403, 404, 409, 413, 422])
		test(`${status} keeps it with the reason, goes on with the next, and does not try again`, async () => {
			const { box, phone, sent } = await opened({ answers: [refusal(status)] });
			const [a, b] = [item(), item()];
			await box.add(a);
			await box.add(b);
			await box.flush();
			await box.flush();
			assert.deepEqual(sent, [a.key, b.key]);
			assert.deepEqual(keys(box), [a.key]);
			assert.deepEqual(phone.held.get(a.key).refused, { code: 'invalid', title: 'invalid', detail: 'so', field: 'fields.name' });
		});

	test('mended, it goes again under its key', async () => {
		const { box, sent } = await opened({ answers: [refusal(422)] });
		const a = item();
		await box.add(a);
		await box.flush();
		box.hold(a.key);
		await box.add({ ...a, fields: { name: 'правильно' } });
		await box.flush();
		assert.deepEqual(sent, [a.key], 'not while its form is open');
		box.release(a.key);
		await box.flush();
		assert.deepEqual([sent.length, box.items.value.length], [2, 0]);
	});

	test('how far it came is remembered: a file that went does not go again', async () => {
		const { box, phone } = await opened({ answers: [async (one, keep) => {
			await keep({ ...one, fields: { ...one.fields, files: [{ id: 'f', name: 'диплом.png' }] } });
			throw OFFLINE;
		}] });
		const a = item({ fields: { files: [{ id: 'l', name: 'диплом.png', blob: 'bytes' }] } });
		await box.add(a);
		await box.flush();
		assert.deepEqual(phone.held.get(a.key).fields.files, [{ id: 'f', name: 'диплом.png' }]);
		assert.equal(phone.held.get(a.key).tried, true);
	});

	test('another person neither sees nor sends it; the first one goes on', async () => {
		const phone = device();
		const first = await opened({ phone, answers: [OFFLINE] });
		const a = item();
		await first.box.add(a);
		await first.box.flush();
		await first.box.open('Егор');
		assert.deepEqual(keys(first.box), []);
		await first.box.flush();
		assert.equal(first.sent.length, 1);
		assert.equal(phone.held.size, 1);
		await first.box.open('Алина');
		await first.box.flush();
		assert.deepEqual([first.sent.length, phone.held.size], [2, 0]);
	});

	test('somebody else logs in while it is being sent: nothing of it is shown or told', async () => {
		const phone = device();
		let box, told;
		({ box, told } = await opened({ phone, answers: [async () => { await box.open('Егор'); throw refusal(422); }] }));
		await box.add(item());
		await box.flush();
		assert.deepEqual([keys(box), told, phone.held.size], [[], [], 1]);
	});

	test('removed is removed, even in the middle of a run', async () => {
		let box;
		const [a, b] = [item(), item()];
		const made = await opened({ answers: [async () => { await box.remove(b); }] });
		box = made.box;
		await box.add(a);
		await box.add(b);
		await box.flush();
		assert.deepEqual([made.sent, made.phone.held.size], [[a.key], 0]);
	});

	test('a device that cannot list shows nothing and breaks nothing', async () => {
		const { box, sent } = await opened({ phone: device(['list']) });
		await box.flush();
		assert.deepEqual([keys(box), sent], [[], []]);
	});
	test('a device that cannot keep says so at once: the form stays open', async () => {
		const { box } = await opened({ phone: device(['put']) });
		await assert.rejects(box.add(item()), /no put/);
		assert.deepEqual(keys(box), []);
	});
	test('a device that ceases to keep loses neither the reason nor the item on screen', async () => {
		const { box, phone } = await opened({ answers: [refusal(422)] });
		await box.add(item());
		phone.fail.push('put');
		await box.flush();
		assert.equal(box.items.value[0].refused.code, 'invalid');
	});
	test('a device that does not let go: it is not sent twice in this window', async () => {
		const { box, phone, sent } = await opened({ phone: device(['drop']) });
		await box.add(item());
		await box.flush();
		assert.equal(phone.held.size, 1);
		await box.open('Алина');
		await box.flush();
		assert.equal(sent.length, 1);
	});
	test('a fault of our own is not taken for a refusal', async () => {
		const { box } = await opened({ answers: [new TypeError('a bug')] });
		await box.add(item());
		await assert.rejects(box.flush(), /a bug/);
		assert.equal(box.items.value.length, 1);
		await box.flush();
		assert.equal(box.items.value.length, 0);
	});
});
