// What a hostile or broken client may send over a real socket, and what it must get.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { written } from './lib/code.mjs';
import { someone } from './lib/network.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { HOST, SAN, tempDir } from './lib/run.mjs';

/** Sends raw bytes; resolves with all that came back once the node closed, or after quiet ms of silence. */
function raw(port, text, quiet = 400) {
	return new Promise((resolve, reject) => {
		const parts = [];
		const socket = net.connect(port, HOST, () => socket.write(Buffer.isBuffer(text) ? text : Buffer.from(text, 'latin1')));
		const done = (closed) => {
			clearTimeout(timer);
			socket.destroy();
			const all = Buffer.concat(parts).toString('utf8');
			resolve({ all, closed, statuses: [...all.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((m) => Number(m[1])) });
		};
		let timer = setTimeout(() => done(false), quiet);
		socket.on('data', (part) => {
			parts.push(part);
			clearTimeout(timer);
			timer = setTimeout(() => done(false), quiet);
		});
		socket.on('close', () => done(true));
		socket.on('error', (error) => (error.code === 'ECONNRESET' || error.code === 'EPIPE' ? done(true) : reject(error)));
	});
}

describe('bad HTTP', () => {
	const dir = tempDir();
	let node, admin, student, host;
	before(async () => {
		node = await (await Node.create(dir, 'Школа под обстрелом', { dir: 'node' })).start();
		student = await someone(node, 'Спокойнова', 2);
		admin = await node.login();
		host = `${node.host}:${node.httpPort}`;
	});
	after(() => stopAll(node));

	const head = (...lines) => ['GET /healthz HTTP/1.1', `Host: ${host}`, ...lines, '', ''].join('\r\n');
	const post = (body, ...lines) => ['POST /api/v1/session HTTP/1.1', `Host: ${host}`, `Origin: http://${host}`,
		'Content-Type: application/json', ...lines, '', ''].join('\r\n') + body;

	/* what a proxy in front may have taken for a body, and would be answered for somebody else */
	const smuggled = () => head();

	/* [what, bytes, status]; each must be the only answer, also with a request right behind it, and the connection end with it */
	const cases = () => [
		['H1 Content-Length and Transfer-Encoding', post('0\r\n\r\n', 'Content-Length: 5', 'Transfer-Encoding: chunked'), 400],
		['H1 Transfer-Encoding and Content-Length', post('0\r\n\r\n', 'Transfer-Encoding: chunked', 'Content-Length: 5'), 400],
		['H2 Transfer-Encoding', post('0\r\n\r\n', 'Transfer-Encoding: chunked'), 411],
		['H2 another Transfer-Encoding', post('0\r\n\r\n', 'Transfer-Encoding: xchunked'), 411],
		['H3 the same Content-Length twice', post('{}', 'Content-Length: 2', 'Content-Length: 2'), 400],
		['H4 two Content-Lengths', post('{}', 'Content-Length: 2', 'Content-Length: 3'), 400],
		['H5 +3', post('{}', 'Content-Length: +3'), 400],
		['H6 3, 3', post('{}', 'Content-Length: 3, 3'), 400],
		['H7 an empty Content-Length', post('{}', 'Content-Length: '), 400],
		['H8 2^64', post('{}', 'Content-Length: 18446744073709551616'), 400],
		['H9 2^63', post('{}', 'Content-Length: 9223372036854775808'), 413],
		['H10 a space before the colon', head('X-A : b'), 400],
		['H11 a folded Content-Length', post('GET', 'X: y', ' Content-Length: 3'), 400],
		['H12 a folded header', head('X-A: b', '\tc'), 400],
		['H13 a folded Transfer-Encoding', post('', 'Transfer-Encoding:', ' chunked'), 400],
		['H14 a bare CR before Transfer-Encoding', post('', 'X: \rTransfer-Encoding: chunked'), 400],
		['H15 a bare CR that ends the head', `GET / HTTP/1.1\r\nHost: ${host}\r\n\rX: y\r\n\r\n`, 400],
		['H16 bare LF', `GET / HTTP/1.1\nHost: ${host}\n\n`, 400],
		['H17 a zero byte', head('X: a\0b'), 400],
		['H18 an empty name', head(': b'), 400],
		['H19 no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
		['H20 two Hosts', head(`Host: ${host}`), 400],
		['H21 another Host', 'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n', 421],
		['H22 HTTP/2.0', `GET / HTTP/2.0\r\nHost: ${host}\r\n\r\n`, 505],
		['H23 PRI', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
		['H24 CONNECT', `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 405],
		['H26 RTSP', `OPTIONS * RTSP/1.0\r\nHost: ${host}\r\n\r\n`, 400],
		['H27 another host in the address', `GET http://evil.example/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 421],
		['H28 %2e%2e', `GET /%2e%2e/etc HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400],
		['H28 a backslash', `GET /..\\etc HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400],
		['H28 %00', `GET /a%00b HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 400],
		['H29 a long address', `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 414],
		['H30 65 headers', head(...Array.from({ length: 65 }, (_, i) => `X-${i}: y`)), 431],
		['H30 a head of more than 16 KiB', head(...Array.from({ length: 20 }, (_, i) => `X-${i}: ${'y'.repeat(1000)}`)), 431],
		['H34 a TLS ClientHello', Buffer.from('160301007a0100007603030102030405', 'hex'), 400],
		['H35 Content_Length', post('{}', 'Content_Length: 2'), 400],
	];

	test('H1 to H35: one refusal each, and the connection ends', async () => {
		const wrong = [];
		await Promise.all(cases().flatMap(([what, bytes, status]) => ['', smuggled()].map(async (behind) => {
			const { statuses, closed, all } = await raw(node.httpPort, Buffer.concat([Buffer.from(bytes, 'latin1'), Buffer.from(behind)]), 10_000);
			if (statuses.join() !== String(status) || !closed)
				wrong.push(`${what}${behind && ', smuggling'}: ${statuses}${closed ? '' : ', open'} ${all.slice(-200)}`);
		})));
		assert.deepEqual(wrong, []);
	});

	test('H25 an upgrade is ignored', async () => {
		const { statuses, all } = await raw(node.httpPort, head('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'));
		assert.deepEqual(statuses, [200]);
		assert.doesNotMatch(all, /upgrade/i);
	});

	/* refused once the head is read: the body stays unread, and must not be taken for the next request */
	test('a body that nobody wants is not the next request', async () => {
		const length = `Content-Length: ${smuggled().length}`;
		for (const [what, bytes, status] of [
			['no such address', `POST /api/v1/nothing HTTP/1.1\r\nHost: ${host}\r\n${length}\r\n\r\n${smuggled()}`, 404],
			['no such method', `DELETE /healthz HTTP/1.1\r\nHost: ${host}\r\n${length}\r\n\r\n${smuggled()}`, 405],
			['a GET with a body', `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n${length}\r\n\r\n${smuggled()}`, 413],
			['another type', post(smuggled(), length).replace('application/json', 'text/plain'), 415],
			['not logged in', post(smuggled(), length).replace('/session', '/students'), 401]]) {
			const answer = await raw(node.httpPort, bytes, 10_000);
			assert.deepEqual([answer.statuses, answer.closed], [[status], true], what);
		}
	});

	test('H33 what is pipelined behind a last request stays unanswered', async () => {
		const { statuses, closed } = await raw(node.httpPort, head('Connection: close') + head());
		assert.deepEqual([statuses, closed], [[200], true]);
		const many = await raw(node.httpPort, head().repeat(5));
		assert.deepEqual(many.statuses, [200, 200, 200, 200, 200]);
	});

	test('H31, H32, H36 slow and unwilling clients are dropped in time, and hinder nobody', async () => {
		const slowly = (start, drip) => new Promise((resolve) => {
			const parts = [];
			const began = Date.now();
			const socket = net.connect(node.httpPort, node.host, () => socket.write(start));
			const tick = setInterval(() => socket.write(drip), 1000);
			const end = () => {
				clearInterval(tick);
				resolve({ text: Buffer.concat(parts).toString(), ms: Date.now() - began });
			};
			socket.on('data', (d) => parts.push(d)).on('error', () => {}).on('close', end);
		});
		/* asks for far more than the kernel's buffers hold, either way, and reads nothing */
		const resident = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${node.pid}/status`, 'utf8'))[1]);
		const before_ = resident();
		const target = `GET /api/v1/students/${student.id}/export HTTP/1.1\r\nHost: ${host}\r\nCookie: ${admin.cookie}\r\n\r\n`;
		const unwilling = () => new Promise((resolve) => {
			const began = Date.now();
			const socket = net.connect(node.httpPort, node.host, () => socket.pause().write(target.repeat(60_000)));
			socket.on('error', () => {}).on('close', () => resolve(Date.now() - began));
		});
		const body = (bytes) => post(bytes, 'Content-Length: 900000', `Cookie: ${admin.cookie}`, `X-Estafeta-CSRF: ${admin.csrf}`).replace('/session', '/students');
		const [headless, bodyless, dawdling, dropped] = await Promise.all([
			slowly(`GET / HTTP/1.1\r\nHost: ${host}\r\nX: `, 'y'),
			slowly(body('{'), ' '.repeat(900)),
			slowly(body(' '.repeat(500_000)), ' '.repeat(900)), /* quick at first, so that its average is high */
			unwilling(),
			(async () => {
				for (let i = 0; i < 50; i++)
					assert.equal((await node.web('GET', '/healthz')).status, 200);
			})(),
		]);
		for (const [what, { text, ms }, most] of [['head', headless, 14_000], ['body', bodyless, 14_000], ['dawdling', dawdling, 25_000]]) {
			assert.match(text, /^HTTP\/1\.1 408 /, what);
			assert.ok(ms > 9_000 && ms < most, `${what}: ${ms}`);
		}
		assert.ok(dropped < 45_000, `${dropped}`);
		assert.ok(resident() - before_ < (SAN ? 512 : 16) * 1024, `${before_} -> ${resident()} KiB`);
	});

	test('H37 to H40: origin, token, type, cookie', async () => {
		const ask = (headers, body = { family: 'А', given: 'Б' }) => admin.request('POST', '/api/v1/students', body, headers);
		const code = async (headers, body) => {
			const { status, json } = await ask(headers, body);
			return `${status} ${json.code}`;
		};
		assert.equal(await code({ origin: 'http://evil.example' }), '403 csrf');
		assert.equal(await code({ 'sec-fetch-site': 'cross-site' }), '403 csrf');
		assert.equal(await code({ 'x-estafeta-csrf': '' }), '403 csrf');
		assert.equal(await code({ 'x-estafeta-csrf': '0'.repeat(admin.csrf.length) }), '403 csrf');
		assert.equal(await code({ 'content-type': 'text/plain' }), '415 media_type');
		assert.equal(await code({ cookie: `${admin.cookie}; ${admin.cookie}` }), '401 unauthenticated');
		assert.equal(await code({ cookie: 'estafeta=00' }), '401 unauthenticated');
		const none = await node.web('POST', '/api/v1/students', { family: 'А', given: 'Б' }, { cookie: admin.cookie, 'x-estafeta-csrf': admin.csrf });
		assert.equal(none.json.code, 'csrf', 'neither Origin nor Sec-Fetch-Site');
	});

	test('J41 to J53: bad JSON and bad values', async () => {
		const ask = async (text) => {
			const { status, json } = await admin.request('POST', '/api/v1/students', Buffer.from(text), { 'content-type': 'application/json' });
			return `${status}${json.field ? ` ${json.field}` : ''}`;
		};
		const person = (more) => `{"family":"Иванов","given":"Иван"${more}}`;
		const cases = [
			['41 empty', '', '400'],
			['42 deep', '['.repeat(10_000), '400'],
			['43 a key twice', person(',"family":"Петров"'), '400'],
			['44 a lone surrogate', person(',"patronymic":"\\ud800"'), '400'],
			['45 bad UTF-8', Buffer.concat([Buffer.from('{"family":"'), Buffer.from([0xff, 0xfe]), Buffer.from('","given":"И"}')]), '400'],
			['46 1e999', person(',"x":1e999'), '400'],
			['46 NaN', person(',"x":NaN'), '400'],
			['47 2^53+1', person(',"x":9007199254740993'), '400'],
			['48 trailing bytes', `${person('')}x`, '400'],
			['49 a byte order mark', `\ufeff${person('')}`, '400'],
			['50 more than 1 MiB', person(`,"patronymic":"${'я'.repeat(600_000)}"`), '413'],
			['51 an unknown field', person(',"colour":"red"'), '422 colour'],
			['52 a zero in a name', person(',"patronymic":"a\\u0000b"'), '422 patronymic'],
			['52 a bidi override', person(',"patronymic":"a\\u202eb"'), '422 patronymic'],
			['53 30 February', person(',"birth_date":"2012-02-30"'), '422 birth_date'],
			['a birth to come', person(`,"birth_date":"${new Date(Date.now() + 2 * 24 * 3600e3).toISOString().slice(0, 10)}"`), '422 birth_date'],
			['a missing field', '{"family":"Иванов"}', '422 given'],
			['a wrong type', '{"family":7,"given":"Иван"}', '422 family'],
			['a blank name', '{"family":" ","given":"Иван"}', '422 family'],
			['a name too long', person(`,"patronymic":"${'я'.repeat(101)}"`), '413 patronymic'],
			['an unknown field with an endless name', person(`,"a${'я'.repeat(30_000)}":1`), `422 a${'я'.repeat(99)}`],
			['not an object', '[]', '400'],
		];
		const wrong = [];
		for (const [what, text, expected] of cases) {
			const got = await ask(text);
			if (got !== expected)
				wrong.push(`${what}: ${got} instead of ${expected}`);
		}
		assert.deepEqual(wrong, []);
		assert.equal((await node.get('/api/v1/students')).total, 1, 'none of them was written');
		await admin.post('/api/v1/students', { family: 'Ж'.repeat(100), given: 'Иван' }, 201);
	});

	test('what an address asks for is checked like a body', async () => {
		const wrong = [];
		for (const [target, expected] of [['students?limit=0', 'limit'], ['students?limit=1e3', 'limit'], ['students?cursor=zz', 'cursor'],
			[`students/${student.id}/entries?cursor=zz`, 'cursor'], [`students/${student.id}/entries?period=x`, 'period']]) {
			const { status, json } = await admin.request('GET', `/api/v1/${target}`);
			if (`${status} ${json.field}` !== `422 ${expected}`)
				wrong.push(`${target}: ${status} ${json.field}`);
		}
		assert.deepEqual(wrong, []);
	});

	test('log-in: a link works once; mistyped, unknown and used ones are told apart; guessing is made dull', async () => {
		const ask = async (link) => {
			const { status, json } = await node.web('POST', '/api/v1/session', { link }, { origin: node.origin });
			return status === 201 ? 201 : `${status} ${json.code}`;
		};
		const { link } = await node.link();
		const wrong = link.slice(0, -6) + (link.at(-6) === '2' ? '3' : '2') + link.slice(-5);
		assert.equal(await ask(wrong), '422 bad_check');
		assert.equal(await ask(link), 201);
		assert.equal(await ask(link), '409 code_used');
		const guess = () => node.web('POST', '/api/v1/session', { link: written(crypto.randomBytes(12)) }, { origin: node.origin });
		for (let i = 0; i < 5; i++)
			assert.equal((await guess()).json.code, 'bad_code');
		const { status, json, headers } = await guess();
		assert.equal(`${status} ${json.code}`, '429 throttled');
		assert.ok(headers['retry-after'] > 14 * 60 && headers['retry-after'] <= 15 * 60, `after ${headers['retry-after']} s, when guesses are counted anew`);
		const gone = await admin.request('DELETE', '/api/v1/session');
		assert.equal(gone.status, 204);
		await admin.get('/api/v1/session', 401);
		admin = await node.login();
	});

	test('without a session nothing is told', async () => {
		for (const target of ['/api/v1/school', '/api/v1/students', `/api/v1/students/${student.id}`, '/api/v1/network', '/api/v1/transfers',
			'/api/v1/catalogue', '/api/v1/staff', '/api/v1/events', '/api/v1/session'])
			assert.equal((await node.web('GET', target)).status, 401, target);
		assert.equal((await node.web('GET', '/api/v1/nothing')).status, 404);
		assert.equal((await admin.request('PATCH', '/api/v1/students')).status, 405);
		for (const id of ['zz', '00', '00'.repeat(16), '../etc'.replace('/', '%2f')])
			assert.ok([400, 404].includes((await admin.request('GET', `/api/v1/students/${id}`)).status), id);
	});

	test('a stale If-Match: 412 with how it stands; an unchanged card: 304', async () => {
		const entry = await node.achieve(student.id, 'Спорная');
		const target = `/api/v1/students/${student.id}/entries/${entry.id}/verdicts`;
		await node.request('POST', target, { verdict: 'comment', reason: 'раз' }, { 'if-match': `"${entry.etag}"` });
		const stale = await node.request('POST', target, { verdict: 'confirm' }, { 'if-match': `"${entry.etag}"` });
		assert.equal(stale.status, 412);
		assert.equal(stale.json.current.history.length, 1);
		assert.deepEqual(stale.json.sent, { verdict: 'confirm' });
		const staff = (await node.hire('Правкина', 'Ольга')).id, read = await admin.get(`/api/v1/staff/${staff}`);
		const put = (body) => admin.request('PUT', `/api/v1/staff/${staff}`, { family: 'Правкина', given: 'Ольга', ...body }, { 'if-match': `"${read.etag}"` });
		assert.equal((await put({ position: 'учитель' })).status, 200);
		const second = await put({ position: 'завуч' });
		assert.deepEqual([second.status, second.json.current.position, second.json.sent.position], [412, 'учитель', 'завуч']);
		const card = await admin.request('GET', `/api/v1/students/${student.id}`);
		const again = await admin.request('GET', `/api/v1/students/${student.id}`, undefined, { 'if-none-match': card.headers.etag });
		assert.equal(again.status, 304);
	});

	test('of many who changed the same version one does; the others see what came of it', async () => {
		const entry = await node.achieve(student.id, 'Наперегонки');
		const group = await node.post('/api/v1/classes', { name: '3В' }), staff = await node.hire('Гонкина', 'Ольга');
		const { etag } = await admin.get(`/api/v1/staff/${staff.id}`), { headers } = await admin.request('GET', `/api/v1/classes/${group.id}`);
		const rivals = [
			['POST', `/api/v1/students/${student.id}/entries/${entry.id}/verdicts`, { verdict: 'return', reason: 'нет' }, `"${entry.etag}"`],
			['PUT', `/api/v1/staff/${staff.id}`, { family: 'Гонкина', given: 'Ольга', position: 'учитель' }, `"${etag}"`],
			['PUT', `/api/v1/classes/${group.id}`, { name: '3В', pilot: true }, headers.etag],
		];
		for (const [method, target, body, match] of rivals) {
			const answers = await Promise.all(Array.from({ length: 8 }, () => node.request(method, target, body, { 'if-match': match })));
			assert.deepEqual(answers.map((a) => a.status < 300).filter(Boolean).length, 1, target);
			for (const a of answers.filter((one) => one.status >= 300))
				assert.deepEqual([a.status, typeof a.json.current, a.json.sent], [412, 'object', body], target);
		}
	});

	test('every page and answer carries its protective headers', async () => {
		const page = await node.web('GET', '/');
		assert.equal(page.status, 200);
		assert.match(page.headers['content-security-policy'], /default-src 'none'/);
		assert.match(page.headers['content-security-policy'], /frame-ancestors 'none'/);
		const api = await admin.request('GET', '/api/v1/school');
		assert.equal(api.headers['x-content-type-options'], 'nosniff');
		assert.match(api.headers['cache-control'], /no-store/);
	});

	test('after all this the node serves as before', async () => {
		assert.equal((await admin.get(`/api/v1/students/${student.id}`)).family, 'Спокойнова');
		await node.stop();
		await node.must('fsck');
	});
});
