// A node that does not answer: how long one waits for it, and what is said of what was sent meanwhile.
import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import { load } from './load.mjs';

const ORIGIN = 'http://school.example';
let ui;
before(async () => {
	Object.assign(globalThis, { isSecureContext: false, location: { href: ORIGIN } });
	ui = await load('lib/api', 'lib/errors', 'lib/offline');
});

/** Time that stands until it is told to go on: the test runner's own is not the same in every Node. */
function stoppedClock(start) {
	const real = { setTimeout: globalThis.setTimeout, now: Date.now };
	let now = start;
	const waiting = [];
	globalThis.setTimeout = (work, ms = 0) => waiting.push({ at: now + ms, work });
	Date.now = () => now;
	return {
		tick(ms) {
			now += ms;
			for (const due of waiting.filter((one) => one.at <= now)) {
				waiting.splice(waiting.indexOf(due), 1);
				due.work();
			}
		},
		stop() {
			globalThis.setTimeout = real.setTimeout;
			Date.now = real.now;
		},
	};
}

const never = () => new Promise(() => {});
const json = (body, status = 200, headers = {}) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });

describe('a node that does not answer', () => {
	let asked, answers, real, clock, day = 0;
	beforeEach(() => {
		/* what was heard on one day is long ago on the next */
		clock = stoppedClock(1e12 + ++day * 24 * 3600e3);
		[asked, answers, real] = [[], {}, globalThis.fetch];
		globalThis.fetch = (request, { signal } = {}) => {
			const path = typeof request === 'string' ? request : new URL(request.url).pathname;
			asked.push(path);
			return new Promise((resolve, reject) => {
				signal?.addEventListener('abort', () => { asked.push(`${path} let go`); reject(new Error('aborted')); });
				(answers[path] ?? never)().then(resolve, reject);
			});
		};
	});
	afterEach(() => { clock.stop(); globalThis.fetch = real; });

	/** Lets everything that waits for nothing but its turn be done, then goes on by a second. */
	async function pass(seconds) {
		for (let i = 0; i < seconds; i++) {
			for (let k = 0; k < 5; k++) await new Promise(setImmediate);
			clock.tick(1000);
		}
		for (let k = 0; k < 5; k++) await new Promise(setImmediate);
	}
	function watch(promise) {
		const one = { state: 'waits' };
		promise.then((value) => Object.assign(one, { state: 'done', value }), (error) => Object.assign(one, { state: 'failed', error }));
		return one;
	}
	const send = (method) => watch(ui.ok(ui.reach(new Request(`${ORIGIN}/api/v1/x`, { method })).then((response) => ({ response, data: 1 }))));

	test('what was sent is given up after half a minute of silence, and may or may not have been done', async () => {
		const post = send('POST');
		await pass(29);
		assert.equal(post.state, 'waits');
		await pass(2);
		assert.equal(post.state, 'failed');
		assert.deepEqual([post.error.offline, post.error.more.unsure], [true, true]);
		assert.match(ui.errorText(post.error), /^Ответа нет\. Проверьте, сделано ли это/);
		assert.equal(ui.linked.value, false);
		assert.ok(asked.includes('/api/v1/x let go'), 'the request is ended');
	});
	test('a node that is there and only slow is waited for', async () => {
		answers['/healthz'] = async () => json({});
		let done;
		answers['/api/v1/x'] = () => new Promise((resolve) => { done = resolve; });
		const post = send('POST');
		await pass(300);
		assert.equal(post.state, 'waits');
		assert.ok(asked.filter((path) => path === '/healthz').length <= 30, `${asked.length} requests in five minutes`);
		done(json({}));
		await pass(1);
		assert.equal(post.state, 'done');
	});
	test('a proxy without its node is no node', async () => {
		answers['/healthz'] = async () => new Response('', { status: 502 });
		const post = send('POST');
		await pass(11);
		assert.equal(post.state, 'failed');
	});
	test('what was read is only missing', async () => {
		const get = send('GET');
		await pass(31);
		assert.deepEqual([get.state, get.error.more.unsure], ['failed', false]);
		assert.match(ui.errorText(get.error), /^Нет связи/);
	});
	test('what its own asker gives up says nothing of the link', async () => {
		answers['/healthz'] = async () => json({});
		answers['/api/v1/y'] = async () => json({});
		await ui.reach(new Request(`${ORIGIN}/api/v1/y`));
		const stop = new AbortController();
		const one = watch(ui.reach(new Request(`${ORIGIN}/api/v1/x`, { signal: stop.signal })));
		await pass(1);
		stop.abort();
		await pass(1);
		assert.deepEqual([one.state, ui.linked.value], ['failed', true]);
	});
	test('an answer that comes while the node is asked whether it is there is taken', async () => {
		let done;
		answers['/api/v1/x'] = () => new Promise((resolve) => { done = resolve; });
		const post = send('POST');
		await pass(15);
		done(json({}));
		await pass(20);
		assert.equal(post.state, 'done');
	});
	test('where the line is down at once, nothing was sent', async () => {
		answers['/api/v1/x'] = async () => { throw new TypeError('refused'); };
		const post = send('POST');
		await pass(1);
		assert.deepEqual([post.state, post.error.more.unsure], ['failed', false]);
	});
	test('too many attempts: it says how long to wait', async () => {
		answers['/api/v1/x'] = async () => json({ code: 'throttled', status: 429 }, 429, { 'Retry-After': '120' });
		const error = await ui.ok(ui.reach(new Request(`${ORIGIN}/api/v1/x`)).then(async (response) => ({ response, error: await response.json() }))).catch((e) => e);
		assert.equal(ui.errorText(error), 'Слишком много попыток. Попробуйте через 2 минуты.');
		assert.equal(ui.errorText(new ui.ApiError({ code: 'throttled' })), 'Слишком много попыток. Попробуйте чуть позже.');
	});
});
