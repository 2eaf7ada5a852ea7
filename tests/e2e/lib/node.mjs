// One school's node as its users have it: the command line, the control socket, the web's API.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { hold } from './contract.mjs';
import { totp } from './totp.mjs';
import { estafeta, HOST, must, pause, spawnEstafeta, waitFor } from './run.mjs';

function parse(response, bytes) {
	const type = (response.headers['content-type'] ?? '').split(';')[0];
	const json = type.endsWith('json') && bytes.length ? JSON.parse(bytes.toString('utf8')) : undefined;
	return { status: response.statusCode, headers: response.headers, type, bytes, json };
}

/** One request, its answer held against the contract. options: those of http.request. */
function ask(options, method, target, body, headers = {}) {
	const raw = body === undefined || body === null || Buffer.isBuffer(body) || typeof body === 'string';
	const bytes = raw ? Buffer.from(body ?? '') : Buffer.from(JSON.stringify(body));
	const all = { 'content-length': bytes.length, ...(raw ? {} : { 'content-type': 'application/json' }), ...headers };
	if (method === 'GET')
		delete all['content-length'];
	return new Promise((resolve, reject) => {
		const request = http.request({ ...options, method, path: target, headers: all, agent: false }, (response) => {
			const parts = [];
			response.on('data', (part) => parts.push(part));
			response.on('error', reject);
			response.on('end', () => {
				try {
					const answer = parse(response, Buffer.concat(parts));
					hold(method, target, answer);
					resolve(answer);
				} catch (error) {
					reject(error);
				}
			});
		});
		request.on('error', reject);
		request.end(bytes);
	});
}

/** Who asks: the control socket, or a logged-in browser. */
class Caller {
	async json(method, target, body, expected) {
		const answer = await this.request(method, target, body);
		const right = expected ? answer.status === expected : answer.status < 300;
		assert.ok(right, `${this.name}: ${method} ${target}: ${answer.status} instead of ${expected ?? '2xx'} ${answer.bytes}`);
		return answer.json;
	}
	get(target, expected) {
		return this.json('GET', target, undefined, expected);
	}
	post(target, body = {}, expected = undefined) {
		return this.json('POST', target, body, expected);
	}
	put(target, body = {}, expected = undefined) {
		return this.json('PUT', target, body, expected);
	}
	delete(target, body = undefined, expected = undefined) {
		return this.json('DELETE', target, body, expected);
	}
}

export class Session extends Caller {
	constructor(node, cookie, csrf) {
		super();
		Object.assign(this, { node, name: node.name, cookie, csrf });
	}
	request(method, target, body, headers = {}) {
		const safe = method === 'GET' || method === 'HEAD';
		const own = safe ? {} : { 'x-estafeta-csrf': this.csrf, origin: this.node.origin };
		return this.node.web(method, target, body, { cookie: this.cookie, ...own, ...headers });
	}

	/** Goes on as another of the account's roles. */
	async as(role) {
		const answer = await this.request('PUT', '/api/v1/session/role', { role });
		assert.equal(answer.status, 200, `${this.name}: as ${role}: ${answer.bytes}`);
		this.cookie = answer.headers['set-cookie'][0].split(';')[0];
		this.csrf = answer.json.csrf;
		return this;
	}

	/** Sets up the second factor; this.recovery are codes that work once each. */
	async factor() {
		this.secret = (await this.post('/api/v1/account/totp', {}, 201)).secret;
		this.recovery = (await this.put('/api/v1/account/totp', { code: totp(this.secret, this.node.steps) }, 200)).recovery;
		return this;
	}
}

export class Node extends Caller {
	constructor(dir, name) {
		super();
		Object.assign(this, { dir, name, process: null, host: HOST, peerPort: 0, httpPort: 0 });
	}

	static async create(parent, name, options = {}) {
		const node = new Node(path.join(parent, options.dir ?? name.replace(/[^0-9a-zа-яё]+/gi, '-')), name);
		await must('init', '--dir', node.dir, '--name', name, '--region', options.region ?? '18', '--district',
			options.district ?? 'Приволжский');
		return node;
	}

	/** The peer port stays the same from one start to the next, as a neighbour's address should. */
	async start(options) {
		for (let tries = 0; ; tries++)
			try {
				return await this.begin(options);
			} catch (error) {
				/* its port is one that the system gives away: a connection of somebody may hold it for a moment */
				if (tries === 50 || !error.message.includes('address already in use'))
					throw error;
				this.process = null;
				await pause(100);
			}
	}

	async begin({ peer = `${this.host}:${this.peerPort}`, http: web = `${this.host}:0`, env = {} } = {}) {
		fs.rmSync(path.join(this.dir, 'ports'), { force: true });
		const log = fs.openSync(path.join(this.dir, 'log'), 'a', 0o600);
		this.process = spawnEstafeta(['run', '--dir', this.dir, '--http', web, '--peer', peer], log, env);
		fs.closeSync(log);
		const ports = await waitFor(`${this.name} to start`, () => {
			assert.equal(this.process.exitCode, null, `${this.name} ended: ${this.log()}`);
			try {
				return /^http=(\d+)\npeer=(\d+)\n/.exec(fs.readFileSync(path.join(this.dir, 'ports'), 'utf8'));
			} catch {
				return null;
			}
		});
		this.httpPort = Number(ports[1]);
		this.peerPort = Number(ports[2]);
		return this;
	}

	log() {
		return fs.readFileSync(path.join(this.dir, 'log'), 'utf8').slice(-4000);
	}

	/** A graceful end must be one. */
	async stop(signal = 'SIGTERM') {
		if (!this.process)
			return;
		const child = this.process;
		this.process = null;
		child.kill(signal);
		assert.deepEqual(await child.ended, { code: 0, signal: null }, `${this.name} ended badly: ${this.log()}`);
	}

	async kill() {
		if (!this.process)
			return;
		const child = this.process;
		this.process = null;
		child.kill('SIGKILL');
		await child.ended;
	}

	get pid() {
		return this.process.pid;
	}
	/** How many steps of a code, of 30 seconds, its clock is ahead of ours. */
	get steps() {
		const step = (seconds) => Math.floor(seconds / 30), now = Date.now() / 1000;
		return step(now + (this.ahead ?? 0)) - step(now);
	}
	get origin() {
		return `http://${this.host}:${this.httpPort}`;
	}

	/** On the control socket. */
	request(method, target, body, headers) {
		return ask({ socketPath: path.join(this.dir, 'control.sock'), headers }, method, target, body, headers);
	}

	/** Over TCP, as nobody in particular. */
	web(method, target, body, headers) {
		return ask({ host: this.host, port: this.httpPort }, method, target, body, headers);
	}

	/** The live stream in a session: {text(), ended}. */
	follow(session) {
		let text = '';
		const stream = { text: () => text };
		return new Promise((resolve, reject) => {
			http.get({ host: this.host, port: this.httpPort, path: '/api/v1/events', agent: false, headers: { cookie: session.cookie } }, (response) => {
				assert.equal(response.statusCode, 200);
				stream.ended = new Promise((end) => response.on('data', (part) => (text += part)).on('end', end).on('error', end));
				resolve(stream);
			}).on('error', reject);
		});
	}

	cli(command, ...args) {
		return estafeta(...command.split(' '), ...args, '--dir', this.dir);
	}
	async must(command, ...args) {
		return must(...command.split(' '), ...args, '--dir', this.dir);
	}

	async link() {
		return JSON.parse(await this.must('admin-link --json'));
	}

	async login() {
		const { link } = await this.link();
		const answer = await this.web('POST', '/api/v1/session', { link }, { origin: this.origin });
		assert.equal(answer.status, 201, `${answer.bytes}`);
		const cookie = answer.headers['set-cookie'][0];
		assert.match(cookie, /HttpOnly/);
		assert.match(cookie, /SameSite=Strict/);
		return new Session(this, cookie.split(';')[0], answer.json.csrf);
	}

	/** Without anybody's session: the answer, and if it is one the Session that it opened. */
	async enter(target, body, headers = {}) {
		const answer = await this.web('POST', target, body, { origin: this.origin, ...headers });
		if (answer.status === 201)
			answer.session = Object.assign(new Session(this, answer.headers['set-cookie'][0].split(';')[0], answer.json.csrf), { told: answer.json });
		return answer;
	}

	/** A code on paper. who: {person, guardian?} */
	async paper(kind, who) {
		return (await this.post('/api/v1/accounts/codes', { kind, people: [who] }, 201)).items[0];
	}

	/**
	 * A Session of somebody with an account of their own, made where there is none yet; the second factor is
	 * set up where it must be. who: a student (role student, or parent: of the guardian, else the first), a
	 * staff member (teacher), or {name} (observer, administrator). A teacher may also be administrator.
	 * On the session: login, password, secret, recovery, account (its id).
	 */
	async account(who, { role, guardian } = {}) {
		const outsider = !who.id;
		role ??= outsider ? 'observer' : 'position' in who ? 'teacher' : 'student';
		if (role === 'parent' && !('position' in who))
			guardian ??= (await this.get(`/api/v1/students/${who.id}`)).guardians[0].id;
		const whose = guardian ?? who.id ?? who.name;
		this.people ??= new Map();
		const known = this.people.get(whose);
		let session;
		if (known) {
			const recovery = known.recovery?.shift();
			const answer = await this.enter('/api/v1/session', { login: known.login, password: known.password, ...(recovery ? { recovery } : {}) });
			assert.equal(answer.status, 201, `${answer.bytes}`);
			session = Object.assign(answer.session, known);
		} else {
			const kind = guardian ? 'guardian' : 'position' in who ? 'staff' : 'student';
			const { code } = outsider
				? await this.post('/api/v1/accounts', { name: who.name, [role]: true }, 201)
				: await this.paper(kind, { person: who.id, ...(guardian ? { guardian } : {}) });
			const login = `u${crypto.randomBytes(6).toString('hex')}`, password = crypto.randomBytes(12).toString('base64');
			const answer = await this.enter('/api/v1/accounts/claims', { code, login, password });
			assert.equal(answer.status, 201, `${answer.bytes}`);
			session = Object.assign(answer.session, { login, password });
			if (answer.json.totp.required)
				await session.factor();
			session.account = (await this.get(`/api/v1/accounts?query=${login}`)).items[0].id;
			const { secret, recovery, account } = session;
			this.people.set(whose, { login, password, secret, recovery, account });
		}
		if (role === 'administrator' && !outsider)
			await this.put(`/api/v1/accounts/${session.account}`, { administrator: true }, 200);
		return (await session.get('/api/v1/session')).role === role ? session : session.as(role);
	}

	/* --- the school ----------------------------------------------------------------------- */

	async id() {
		return (this.school_id ??= (await this.get('/api/v1/school')).id);
	}

	enrol(family, given, more = {}) {
		return this.post('/api/v1/students', { family, given, ...more });
	}
	hire(family, given, more = {}) {
		return this.post('/api/v1/staff', { family, given, ...more });
	}
	achieve(student, name, more = {}) {
		return this.post(`/api/v1/students/${student}/entries`,
			{ kind: 'achievement', fields: { name, section: 'sport', ...more.fields }, ...(more.replaces ? { replaces: more.replaces } : {}) });
	}
	judge(student, entry, verdict, reason) {
		return this.post(`/api/v1/students/${student}/entries/${entry}/verdicts`, reason ? { verdict, reason } : { verdict });
	}
	async entries(student) {
		const items = [];
		for (let cursor = ''; cursor !== null;) {
			const page = await this.get(`/api/v1/students/${student}/entries?limit=200${cursor && `&cursor=${cursor}`}`);
			items.push(...page.items);
			cursor = page.next;
		}
		return items;
	}
	exported(student) {
		return this.get(`/api/v1/students/${student}/export`);
	}
	/** A figure of /metrics, its labels in the name. */
	async metric(name) {
		const text = (await this.web('GET', '/metrics')).bytes.toString();
		return Number(text.split('\n').find((line) => line.startsWith(`${name} `))?.slice(name.length));
	}
	async totals() {
		const { students, records } = await this.get('/api/v1/school');
		return { students, records };
	}

	/** A class teacher of the class, logged in; made when there is none yet. */
	async classTeacher(name) {
		this.teachers ??= new Map();
		if (!this.teachers.has(name)) {
			const staff = await this.hire('Классная', `Учительница ${this.teachers.size + 1}`);
			const classes = (await this.get('/api/v1/classes')).items;
			const known = classes.find((c) => c.name === name);
			const body = { name, staff: [{ staff: staff.id, relation: 'class_teacher' }] };
			await (known ? this.put(`/api/v1/classes/${known.id}`, body) : this.post('/api/v1/classes', body));
			this.teachers.set(name, staff);
		}
		return this.account(this.teachers.get(name), { role: 'teacher' });
	}

	/* --- the network ---------------------------------------------------------------------- */

	async admit(child, { powers = ['relay'], depth = 0 } = {}) {
		const { token } = await this.post('/api/v1/network/invites', { powers, depth });
		await child.must('join', token);
	}

	async peer(other) {
		const id = await other.id();
		return (await this.get('/api/v1/network')).peers.find((p) => p.school.id === id);
	}

	/** Both sides of the link between the two say that they hold the same. */
	async agrees(other) {
		await waitFor(`${this.name} and ${other.name} to agree`, async () =>
			(await this.peer(other))?.complete && (await other.peer(this))?.complete);
	}

	/* --- a transfer ----------------------------------------------------------------------- */

	async code(student) {
		return this.post('/api/v1/transfers/codes', { student });
	}
	claim(code) {
		return this.post('/api/v1/transfers/claims', { code });
	}
	transfer(id) {
		return this.get(`/api/v1/transfers/${id}`);
	}
	reaches(id, ...states) {
		return waitFor(`${this.name}: the transfer to be ${states}`, async () => {
			const t = await this.transfer(id);
			return states.includes(t.state) && t;
		});
	}
	act(id, verb, body = {}, expected = undefined) {
		return this.post(`/api/v1/transfers/${id}/${verb}`, body, expected);
	}
}

/** Stops all, and says of each whether it ended well. */
export async function stopAll(...nodes) {
	const results = await Promise.allSettled(nodes.filter(Boolean).map((n) => n.stop()));
	const bad = results.find((r) => r.status === 'rejected');
	if (bad)
		throw bad.reason;
}
