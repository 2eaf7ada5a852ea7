// Every route that the server lists, for every role, on what is theirs, another's, gone and never there; and every kind.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Node, stopAll } from './lib/node.mjs';
import { CLASS, COLUMNS, KINDS, OPEN, PLAIN, STUDENT, TEACHER, UPLOAD } from './lib/rights.mjs';
import { tempDir, waitFor } from './lib/run.mjs';

const now = new Date();
const iso = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const TODAY = iso(0), SOON = iso(5);
const born = (years) => `${now.getFullYear() - years}-01-15`;
const random = (bytes = 32) => crypto.randomBytes(bytes).toString('hex');
const octets = { 'content-type': 'application/octet-stream' };
const pdf = () => Buffer.concat([Buffer.from('%PDF-1.7\n'), crypto.randomBytes(500)]);

let here, there;
const missingInner = Object.fromEntries(['entry', 'staffEntry', 'classEntry', 'file', 'staffFile', 'classFile'].map((key) => [key, random()]));
const as = {};	  /* column -> Session */
const people = {}; /* who they are */
const scopes = {}; /* own, other, former, elsewhere -> ids */

async function upload(who, base, bytes = pdf()) {
	const { upload: id } = await who.post(`${base}/files`, { name: 'скан.pdf', size: bytes.length, type: 'application/pdf' }, 201);
	return (await who.request('PUT', `/api/v1/uploads/${id}?offset=0`, bytes, octets)).json;
}
const named = (file) => [{ id: file.id, name: file.name }];

async function studentScope(node, student) {
	const base = `/api/v1/students/${student.id}`, file = await upload(node, base);
	const entry = await node.achieve(student.id, 'Со сканом', { fields: { files: named(file) } });
	return { student: student.id, entry: entry.id, file: file.id, person: student };
}
async function staffScope(node, staff) {
	const base = `/api/v1/staff/${staff.id}`, file = await upload(node, base);
	const entry = await node.post(`${base}/entries`, { kind: 'lesson_card', fields: { name: 'Урок', grade: 5, subject: 'mathematics', goal: 'Дроби', files: named(file) } });
	return { staff: staff.id, staffEntry: entry.id, staffFile: file.id, member: staff };
}
const PROCEDURE = { kind: 'procedure', fields: { name: 'Работа', sort: 'event', date: TODAY, competences: ['regulatory.goals'] } };
async function classScope(node, group, body) {
	const base = `/api/v1/classes/${group.id}`, file = await upload(node, base);
	const entry = await node.post(`${base}/entries`, { ...PROCEDURE, fields: { ...PROCEDURE.fields, files: named(file) } });
	return { class: group.id, classEntry: entry.id, classFile: file.id, group: body };
}

async function move(student) {
	const { code } = await here.code(student.id);
	const claim = await there.claim(code);
	const asked = await waitFor('the claim', async () => (await here.get('/api/v1/transfers')).outgoing.find((t) => t.state === 'claimed'));
	await here.act(asked.id, 'approve');
	await there.reaches(claim.id, 'accepted');
	await waitFor('the old school to know', async () => (await here.get(`/api/v1/students/${student.id}`)).former !== false);
}

async function makeSchool() {
	const enrol = (family, more) => here.post('/api/v1/students', { family, given: 'Анна', birth_date: born(11), ...more }, 201);
	const parentOf = async (student, i = 0) => (await here.get(`/api/v1/students/${student.id}`)).guardians[i].id;
	for (const [column, family] of [['t', 'Предметова'], ['c', 'Классная'], ['u', 'Тьюторова'], ['n', 'Бывшая'], ['o', 'Соседняя'], ['left', 'Ушедшая'], ['half', 'Половинкина']])
		people[column] = await here.hire(family, 'Ольга');
	const body = { family: 'Своя', class: '5А', given: 'Анна', birth_date: born(11), guardians: [{ family: 'Своя', given: 'Мать' }, { family: 'Прежний', given: 'Опекун' }] };
	people.s = await here.post('/api/v1/students', body, 201);
	people.boris = await enrol('Чужая', { class: '9Б', guardians: [{ family: 'Чужой', given: 'Отец' }] });
	people.gone = await enrol('Переехавшая', { class: '5А', guardians: [{ family: 'Переехавшая', given: 'Мать' }] });
	people.expert = await enrol('Экспертова', { class: '7В', guardians: [{ family: 'Экспертов', given: 'Отец' }] });
	people.judge = await enrol('Судейская', { class: '7В', guardians: [{ family: 'Судейский', given: 'Отец' }] });
	people.spare = await enrol('Запасная', {});
	[people.p, people.x] = [await parentOf(people.s), await parentOf(people.s, 1)];
	[people.e, people.q] = [await parentOf(people.expert), await parentOf(people.judge)];
	const alone = await enrol('Сиротина', { guardians: [{ family: 'Сиротин', given: 'Дядя' }] });
	as.ended = await here.account(alone, { role: 'parent' });
	await here.put(`/api/v1/students/${alone.id}`, { family: 'Сиротина', given: 'Анна', guardians: [{ id: await parentOf(alone), family: 'Сиротин', given: 'Дядя', until: TODAY }] }, 200);
	const lena = await enrol('Ленина', { class: '7В', guardians: [{ id: people.x, family: 'Прежний', given: 'Опекун' }] });
	const classes = {
		'5А': [['c', 'class_teacher'], ['t', 'teacher'], ['u', 'tutor'], ['n', 'teacher']],
		'9Б': [['o', 'class_teacher']], '11Г': [['c', 'class_teacher']],
	};
	for (const [name, staff] of Object.entries(classes)) {
		const group = { name, staff: staff.map(([who, relation]) => ({ staff: people[who].id, relation })) };
		people[name] = await here.post('/api/v1/classes', group, 201);
		people[name].body = group;
	}
	for (const column of 'tcuno')
		as[column] = await here.account(people[column]);
	as.left = await here.account(people.left);
	as.s = await here.account(people.s);
	as.p = await here.account(people.s, { role: 'parent', guardian: people.p });
	as.x = await here.account(lena, { role: 'parent', guardian: people.x });
	as.e = await here.account(people.expert, { role: 'parent', guardian: people.e });
	as.q = await here.account(people.judge, { role: 'parent', guardian: people.q });
	as.a = await here.account({ name: 'Директор' }, { role: 'administrator' });
	as.v = await here.account({ name: 'Отдел образования' }, { role: 'observer' });
	as.gone = await here.account(people.gone);
	as.goneParent = await here.account(people.gone, { role: 'parent' });
	return body;
}

async function makeWorld() {
	const dir = tempDir();
	[here, there] = await Promise.all(['Здешняя', 'Другая'].map(async (name, i) => (await Node.create(dir, name, { dir: `${i}` })).start()));
	await here.admit(there);
	people.school = await there.id();
	const body = await makeSchool();

	/* what somebody else's school has */
	const far = await there.post('/api/v1/students', { family: 'Дальняя', given: 'Вера', class: '5А' }, 201);
	const farStaff = await there.hire('Дальний', 'Иван');
	const farClass = await there.post('/api/v1/classes', { name: '5А' }, 201);
	scopes.elsewhere = { ...await studentScope(there, far), ...await staffScope(there, farStaff), ...await classScope(there, farClass, { name: '5А' }), other: people.spare.id };

	const closed = { ...people['11Г'].body, closed: true };
	scopes.own = { ...await studentScope(here, people.s), ...await staffScope(here, people.t), ...await classScope(here, people['5А'], people['5А'].body) };
	scopes.other = { ...await studentScope(here, people.boris), ...await staffScope(here, people.o), ...await classScope(here, people['9Б'], people['9Б'].body) };
	scopes.former = { ...await studentScope(here, people.gone), ...await staffScope(here, people.left), ...await classScope(here, people['11Г'], closed) };
	await as.c.post(`/api/v1/students/${people.s.id}/entries`, { kind: 'expertise', fields: { entry: scopes.own.entry, expert: people.e, until: SOON } }, 201);
	await as.c.post(`/api/v1/classes/${people['5А'].id}/entries`, { ...PROCEDURE, fields: { ...PROCEDURE.fields, experts: [people.q], experts_until: SOON } }, 201);

	/* what ends */
	people['5А'].body.staff[3].until = TODAY;
	await here.put(`/api/v1/classes/${people['5А'].id}`, people['5А'].body, 200);
	await here.put(`/api/v1/classes/${people['11Г'].id}`, closed, 200);
	await here.put(`/api/v1/staff/${people.left.id}`, { family: 'Ушедшая', given: 'Ольга', left: TODAY }, 200);
	scopes.former.member = { ...people.left, left: TODAY };
	const guardians = [{ id: people.p, family: 'Своя', given: 'Мать' }, { id: people.x, family: 'Прежний', given: 'Опекун', until: TODAY }];
	people.s = { ...people.s, ...body, guardians };
	await here.put(`/api/v1/students/${people.s.id}`, { ...body, guardians }, 200);
	scopes.own.person = { ...body, guardians };
	await move(people.gone);

	for (const scope of ['own', 'other', 'former', 'none'])
		scopes[scope] = { ...scopes[scope], other: people.spare.id, name: scope };
	for (const key of ['student', 'staff', 'class'])
		scopes.none[key] = random(16);
	Object.assign(scopes.none, missingInner);
	scopes.none.person = scopes.none.member = { family: 'Никто', given: 'Никто' };
	scopes.none.group = { name: '1Я' };
	/* under one's own subject what is another's */
	scopes.crossed = { ...scopes.other, name: 'crossed', student: scopes.own.student, staff: scopes.own.staff, class: scopes.own.class };
	scopes.elsewhere.name = 'elsewhere';
}

/* --- what is asked ---------------------------------------------------------------------------- */

/** An entry of its own for each who judges, withdraws or erases it, where the operator may write one. */
const AWARD = { kind: 't_award_other', fields: { name: 'Грамота', date: TODAY } };
const fresh = (base, id, key, body, ...names) => async (scope) =>
	names.includes(scope.name) ? (await here.post(`/api/v1/${base}/${scope[id]}/entries`, body)).id : scope[key];
const freshWork = fresh('students', 'student', 'entry', { kind: 'achievement', fields: { name: 'Свежее', section: 'sport' } }, 'own', 'other');
const freshAward = fresh('staff', 'staff', 'staffEntry', AWARD, 'own', 'other');
const freshProcedure = fresh('classes', 'class', 'classEntry', PROCEDURE, 'own', 'other', 'former');
const plainStudent = ({ family, given, birth_date, class: name, guardians }) => ({ family, given, birth_date, class: name || undefined, guardians });
const FILE = { name: 'скан.pdf', size: 500, type: 'application/pdf' };
const CONFIRM = { verdict: 'confirm' };

const BODIES = {
	'PUT /api/v1/session/role': {}, 'PUT /api/v1/account/password': {}, 'PUT /api/v1/account/totp': {}, 'DELETE /api/v1/account/totp': {},
	'POST /api/v1/account/totp': {}, 'POST /api/v1/verdicts': { ...CONFIRM, items: [] }, 'POST /api/v1/session': {}, 'POST /api/v1/accounts/claims': {},
	'POST /api/v1/students': { family: 'Новая', given: 'Яна' }, 'POST /api/v1/staff': { family: 'Новая', given: 'Яна' },
	'POST /api/v1/classes': () => ({ name: `Кружок ${random(4)}`, type: 'extracurricular' }),
	'POST /api/v1/promotions': () => ({ year: now.getFullYear(), classes: {} }),
	'POST /api/v1/bundles': () => ({ to: people.school }),
	'POST /api/v1/accounts': { name: 'Наблюдатель', observer: true },
	'POST /api/v1/accounts/codes': () => ({ kind: 'student', people: [{ person: people.spare.id }] }),
	'PUT /api/v1/accounts/{id}': { disabled: false },
	'POST /api/v1/transfers/codes': () => ({ student: people.spare.id }), 'POST /api/v1/transfers/claims': {},
	'POST /api/v1/transfers/{id}/resolve': {}, 'POST /api/v1/transfers/{id}/approve': { reason: 5 }, 'POST /api/v1/transfers/{id}/decline': { reason: 5 },
	'POST /api/v1/network/invites': { powers: ['relay'], depth: 0 }, 'POST /api/v1/network/join': {}, 'PUT /api/v1/network/schools/{id}/terms': {},
	'POST /api/v1/network/schools/{id}/revoke': { reason: 5 }, 'PUT /api/v1/network/peers/{id}': {}, 'POST /api/v1/backup': { path: '/nowhere/at/all' },
	'POST /api/v1/school/entries': () => ({ kind: 'list_item', fields: { list: 'activity', code: `c${random(4)}`, title_ru: 'Своё' } }),
	'POST /api/v1/school/entries/{entry}/verdicts': CONFIRM, 'POST /api/v1/school/entries/{entry}/withdrawals': {},
	'PUT /api/v1/students/{id}/page': { open: true }, 'PUT /api/v1/staff/{id}/page': { open: true }, 'PUT /api/v1/classes/{id}/page': { open: true },
	'POST /api/v1/entries': () => ({ items: [{ student: people.s.id, ...BODIES['POST /api/v1/students/{id}/entries'] }] }),
	'POST /api/v1/students/{id}/entries': { kind: 'achievement', fields: { name: 'Новое', section: 'sport' } },
	'POST /api/v1/students/{id}/entries/{entry}/verdicts': CONFIRM, 'POST /api/v1/students/{id}/entries/{entry}/withdrawals': {},
	'POST /api/v1/students/{id}/files': FILE, 'PUT /api/v1/students/{id}': (scope) => plainStudent(scope.person),
	'POST /api/v1/staff/{id}/entries': AWARD, 'POST /api/v1/staff/{id}/entries/{entry}/verdicts': CONFIRM,
	'POST /api/v1/staff/{id}/entries/{entry}/withdrawals': {}, 'POST /api/v1/staff/{id}/files': FILE,
	'PUT /api/v1/staff/{id}': ({ member: { family, given, left } }) => ({ family, given, left: left ?? undefined }),
	'POST /api/v1/classes/{id}/entries': PROCEDURE, 'POST /api/v1/classes/{id}/entries/{entry}/verdicts': CONFIRM,
	'POST /api/v1/classes/{id}/entries/{entry}/withdrawals': {}, 'POST /api/v1/classes/{id}/files': FILE, 'PUT /api/v1/classes/{id}': (scope) => scope.group,
};

/* ids of routes that name no subject; made when first asked for */
const IDS = {
	'GET /api/v1/public/{token}': async () => (people.token ??= await openPage()),
	'DELETE /api/v1/changes/{id}': async () => (await here.get('/api/v1/changes')).items[0]?.id ?? random(8),
	'PUT /api/v1/accounts/{id}': async () => (await victim()).account, 'DELETE /api/v1/accounts/{id}/totp': async () => (await victim()).account,
	'DELETE /api/v1/accounts/{id}/sessions': async () => (await victim()).account,
	'POST /api/v1/school/entries/{entry}/withdrawals': freshWord, 'POST /api/v1/school/entries/{entry}/verdicts': freshWord, 'GET /api/v1/school/entries/{entry}': freshWord,
};
async function victim() {
	return (people.victim ??= await here.account(people.spare));
}
async function freshWord() {
	return (await here.post('/api/v1/school/entries', { kind: 'list_item', fields: { list: 'activity', code: `c${random(4)}`, title_ru: 'Слово' } })).id;
}
async function openPage() {
	const entry = await here.achieve(people.s.id, 'Публичное');
	await as.c.post(`/api/v1/students/${people.s.id}/entries/${entry.id}/verdicts`, CONFIRM, 201);
	await as.p.post(`/api/v1/students/${people.s.id}/entries`, { kind: 'consent', fields: { purpose: 'personal_page', entry: entry.id } }, 201);
	return (await as.p.put(`/api/v1/students/${people.s.id}/page`, { open: true }, 200)).token;
}
async function idOf(route) {
	if (IDS[route])
		return IDS[route]();
	if (route.includes('/transfers/'))
		return (people.transfer ??= (await here.code(people.spare.id)).transfer.id);
	return people.school;
}

const ENTRY = {
	'POST /api/v1/students/{id}/entries/{entry}/verdicts': freshWork, 'POST /api/v1/students/{id}/entries/{entry}/withdrawals': freshWork,
	'POST /api/v1/students/{id}/entries/{entry}/erase': freshWork,
	'POST /api/v1/staff/{id}/entries/{entry}/withdrawals': freshAward, 'POST /api/v1/classes/{id}/entries/{entry}/withdrawals': freshProcedure,
};

/** An address of a subject's: {id} by what the pattern is about, then the entry, file or other. */
async function address(route, scope) {
	const [, pattern] = route.split(' ');
	const about = /students/.test(pattern) ? ['student', 'entry', 'file'] : /staff/.test(pattern) ? ['staff', 'staffEntry', 'staffFile'] : ['class', 'classEntry', 'classFile'];
	const entry = pattern.includes('{entry}') ? await (ENTRY[route] ?? ((s) => s[about[1]]))(scope) : '';
	return pattern.replace('{id}', scope[about[0]]).replace('{entry}', entry).replace('{file}', scope[about[2]]).replace('{other}', scope.other);
}

function ask(session, route, target, scope) {
	const [method, pattern] = route.split(' ');
	if (pattern === '/api/v1/events')
		return head(session, target);
	if (pattern === '/api/v1/search')
		target += '?query=' + encodeURIComponent('ан');
	if (pattern === '/api/v1/imports')
		return session.request(method, `${target}?kind=students`, 'Фамилия;Имя;Класс\nЁлкина;Яна;5А\n', { 'content-type': 'text/csv' });
	if (pattern.endsWith('/external-results'))
		return session.request(method, `${target}?source=vpr&date=${TODAY}`, 'Фамилия;Имя;regulatory.goals\n', { 'content-type': 'text/csv' });
	if (pattern === '/api/v1/ingest')
		return session.request(method, target, Buffer.from('никакой не файл'), octets);
	const body = BODIES[route];
	return session.request(method, target, typeof body === 'function' ? body(scope) : body);
}

/** The head of an answer that never ends. */
function head(session, target) {
	return new Promise((resolve, reject) => http.get({ host: here.host, port: here.httpPort, path: target, agent: false, headers: session.cookie ? { cookie: session.cookie } : {} }, (response) => {
		response.destroy();
		resolve({ status: response.statusCode, bytes: '' });
	}).on('error', reject));
}

/* --- what is expected ------------------------------------------------------------------------- */

const cellOf = (row, column) => row.replace(/ /g, '')[COLUMNS.indexOf(column)];
const told = (answer) => answer.json && { ...answer.json, request_id: undefined };
/** The same as of what is not there; detail and field too where the caller has nothing to do with the subject. */
const seems = (answer, missing, whole) => answer.status === 404 && missing.status === 404 && answer.json.code === missing.json.code &&
	answer.json.title === missing.json.title && (!whole || JSON.stringify(told(answer)) === JSON.stringify(told(missing)));

function fits(cell, answer, missing, whole) {
	const { status, json } = answer;
	switch (cell) {
	case '+': return status >= 200 && status < 300;
	case '~': return [400, 409, 422].includes(status) && !(status === 422 && json.field === 'kind');
	case 'x': return status === 403 && json.code === 'forbidden';
	case 'k': return status === 422 && json.code === 'invalid' && json.field === 'kind';
	case '-': return seems(answer, missing, whole);
	default: throw new Error(`no such cell: ${cell}`);
	}
}

const wrong = [];
const note = (route, scope, column, cell, answer) =>
	wrong.push(`${route} | ${scope} | ${column}: ${answer.status} ${answer.json?.code ?? ''} ${answer.json?.field ?? ''} instead of ${cell}`);
const settle = () => assert.deepEqual(wrong.splice(0), []);
const anonymous = () => ({ request: (method, target, body, headers = {}) => here.web(method, target, body, { origin: here.origin, ...headers }) });

/** Those who only read at the same time, the others one by one, since one's act must not spoil another's. */
async function forEach(columns, route, run) {
	if (route.startsWith('GET'))
		await Promise.all([...columns].map(run));
	else
		for (const column of columns)
			await run(column);
}

async function unauthenticated(route, target, scope) {
	const answer = await ask(anonymous(), route, target, scope);
	if (answer.status !== 401)
		note(route, scope?.name ?? '', 'nobody', '401', answer);
}

/** Something to take back. */
function step(column) {
	if (column === 'a')
		return as.a.post('/api/v1/school/entries', BODIES['POST /api/v1/school/entries'](), 201);
	return as[column].post(`/api/v1/students/${column === 'o' ? people.boris.id : people.s.id}/entries`, BODIES['POST /api/v1/students/{id}/entries'], 201);
}

async function plain(route, row) {
	const target = async () => route.split(' ')[1].replace(/\{\w+\}/, route.includes('{') ? await idOf(route) : '');
	await unauthenticated(route, await target());
	await forEach(COLUMNS, route, async (column) => {
		const session = route === 'DELETE /api/v1/session' ? await again(column) : as[column];
		if (route.endsWith('/api/v1/undo') && cellOf(row, column) === '+')
			await step(column);
		const answer = await ask(session, route, await target());
		const missing = answer.status === 404 && await session.request(route.split(' ')[0], '/api/v1/no-such-thing');
		if (!fits(cellOf(row, column), answer, missing, false))
			note(route, '', column, cellOf(row, column), answer);
	});
}

const again = (column) => 'av'.includes(column) ? here.account({ name: column === 'a' ? 'Директор' : 'Отдел образования' }, { role: column === 'a' ? 'administrator' : 'observer' })
	: 'sp'.includes(column) ? here.account(people.s, column === 'p' ? { role: 'parent', guardian: people.p } : {})
		: 'eqx'.includes(column) ? here.account({ id: people[column] }, { role: 'parent', guardian: people[column] }) : here.account(people[column]);

const OF_NOBODY = '------------';

/** Whether they have nothing to do with the subject, and so must not learn that it is there. */
const stranger = (table, name, column) => cellOf(Object.entries(table).find(([r]) => r.endsWith('/entries'))[1][['own', 'other', 'former'].indexOf(name)] ?? OF_NOBODY, column) === '-';

async function ofSubject(table, route) {
	const rows = table[route];
	const inner = /\{(entry|file)\}/.test(route);
	const wanted = { own: rows[0], other: rows[1], former: rows[2], elsewhere: OF_NOBODY, none: OF_NOBODY, ...(inner ? { crossed: OF_NOBODY } : {}) };
	const never = {};
	for (const [name, row] of Object.entries(wanted).reverse()) {
		const scope = scopes[name];
		await unauthenticated(route, await address(route, scope), scope);
		await forEach(COLUMNS, route, async (column) => {
			const cell = cellOf(row, column), answer = await ask(as[column], route, await address(route, scope), scope);
			const far = stranger(table, name === 'crossed' ? 'own' : name, column);
			let missing = (never[column] ??= name === 'none' ? answer : undefined);
			if (inner && !far && cell === '-') { /* an entry that never was, of the same subject */
				const empty = { ...scope, ...missingInner, name: 'unknown' };
				missing = await ask(as[column], route, await address(route, empty), empty);
			}
			if (!fits(cell, answer, missing ?? answer, inner || far))
				note(route, name, column, cell, answer);
		});
	}
}

/** Each route with an address; of subjects, the own ones. Not what all may. */
async function everyRoute() {
	const list = [];
	for (const route of Object.keys({ ...PLAIN, ...STUDENT, ...TEACHER, ...CLASS, ...UPLOAD }).filter((r) => r !== 'DELETE /api/v1/session')) {
		const pattern = route.split(' ')[1], subject = route in STUDENT || route in TEACHER || route in CLASS;
		list.push([route, subject ? await address(route, scopes.own) : pattern.replace(/\{\w+\}/, random(16))]);
	}
	return list;
}

/* --- the tests -------------------------------------------------------------------------------- */

describe('who may what', () => {
	before(makeWorld);
	after(() => stopAll(here, there));

	test('the table has every route that the server lists, and no other', async () => {
		const listed = (await here.get('/api/v1/routes')).items.map(({ method, pattern }) => `${method} ${pattern}`);
		const known = [OPEN, PLAIN, STUDENT, TEACHER, CLASS, UPLOAD].flatMap(Object.keys);
		assert.deepEqual(listed.filter((r) => !known.includes(r)), [], 'not in the table');
		assert.deepEqual(known.filter((r) => !listed.includes(r)), [], 'not served');
		assert.equal(new Set(listed).size, listed.length);
	});

	for (const [about, table] of [['a student', STUDENT], ['a teacher', TEACHER], ['a class', CLASS]])
		for (const route of Object.keys(table))
			test(`of ${about}: ${route}`, async () => {
				await ofSubject(table, route);
				settle();
			});

	test('an entry offers what its reader may do with it, and nothing else', async () => {
		const at = `/api/v1/students/${people.s.id}/entries`;
		const write = (column, kind, fields) => as[column].post(at, { kind, fields }, 201);
		const achieve = (column) => write(column, 'achievement', { name: 'Кубок', section: 'sport' });
		const after_ = async (column, verdict, by = 'c') => {
			const entry = await achieve(column);
			return as[by].post(`${at}/${entry.id}/verdicts`, { verdict, ...(verdict === 'return' ? { reason: 'x' } : {}) }, 201);
		};
		const states = {
			'waiting, the student\'s': () => achieve('s'), 'waiting, the class teacher\'s': () => achieve('c'), returned: () => after_('s', 'return'),
			confirmed: () => after_('p', 'confirm'), 'confirmed by the tutor': () => after_('c', 'confirm', 'u'),
			rating: () => write('t', 'rating', { competence: 'regulatory.goals', level: 1, source: 'event' }),
			goal: () => write('p', 'goal', { sort: 'other', name: 'Цель', stage: 'planned' }),
		};
		const TRIES = {
			correct: (session, e) => session.request('POST', at, { kind: e.kind, fields: { ...e.fields, name: e.fields.name && 'Иначе' }, replaces: e.id, period: e.period }),
			withdraw: (session, e) => session.request('POST', `${at}/${e.id}/withdrawals`, {}),
			confirm: (session, e) => session.request('POST', `${at}/${e.id}/verdicts`, { verdict: 'confirm' }),
			return: (session, e) => session.request('POST', `${at}/${e.id}/verdicts`, { verdict: 'return', reason: 'x' }),
			comment: (session, e) => session.request('POST', `${at}/${e.id}/verdicts`, { verdict: 'comment', reason: 'x' }),
			erase: (session, e) => session.request('POST', `${at}/${e.id}/erase`),
		};
		for (const [state, make] of Object.entries(states))
			for (const column of 'sptcuoa') {
				const seen = await as[column].request('GET', `${at}/${(await make()).id}`);
				for (const [act, attempt] of Object.entries(TRIES)) {
					const offered = (seen.json.may ?? []).includes(act);
					const answer = await attempt(as[column], await make());
					if (seen.status === 200 && offered !== answer.status < 300)
						wrong.push(`${state} | ${column} | ${act}: ${answer.status} ${answer.json.code ?? ''}, ${offered ? '' : 'not '}offered`);
				}
			}
		settle();
		const RELATIONS = { s: ['self'], p: ['parent'], t: ['teacher'], c: ['class_teacher'], u: ['tutor'], a: ['administrator'] };
		for (const column of 'sptcua') {
			assert.deepEqual((await as[column].get(`/api/v1/students/${people.s.id}`)).relations, RELATIONS[column], column);
			const { writes } = await as[column].get(at);
			assert.deepEqual([...writes].sort(), Object.entries(KINDS.student).filter(([, k]) => k.write.includes(column)).map(([k]) => k).sort(), column);
		}
	});

	test('many at once are as many single ones', async () => {
		const CODES = { '+': ['ok', null], x: ['forbidden', 'kind'], k: ['invalid', 'kind'], '-': ['not_found', null] };
		const rows = STUDENT['POST /api/v1/students/{id}/entries'], work = BODIES['POST /api/v1/students/{id}/entries'];
		const scope = [['own', rows[0]], ['other', rows[1]], ['former', rows[2]], ['elsewhere', OF_NOBODY], ['none', OF_NOBODY]];
		for (const column of COLUMNS.replace('v', '')) {
			const { items, done } = await as[column].post('/api/v1/entries', { items: scope.map(([name]) => ({ student: scopes[name].student, ...work })) }, 200);
			const wanted = scope.map(([, row]) => CODES[cellOf(row, column)]);
			assert.deepEqual(items.map((i) => [i.code, i.field]), wanted, column);
			assert.equal(done, wanted.filter(([code]) => code === 'ok').length);
		}
	});

	test('an upload is continued by nobody but who began it, in the role they began it in', async () => {
		const begin = (who) => who.post(`/api/v1/students/${people.s.id}/files`, { ...FILE, size: 100 }, 201);
		const theirs = { c: (await begin(as.c)).upload, t: (await begin(as.t)).upload, operator: (await begin(here)).upload };
		const piece = Buffer.concat([Buffer.from('%PDF-1.7\n'), crypto.randomBytes(91)]);
		for (const [route, [own, other]] of Object.entries(UPLOAD)) {
			const go = (session, id) => route.startsWith('GET') ? session.request('GET', `/api/v1/uploads/${id}`)
				: session.request('PUT', `/api/v1/uploads/${id}?offset=0`, piece, octets);
			assert.equal((await go(anonymous(), theirs.c)).status, 401);
			for (const column of COLUMNS) {
				const missing = await go(as[column], random(16));
				const mine = cellOf(own, column) === '+' ? (await begin(as[column])).upload : theirs.operator;
				for (const [row, id] of [[own, mine], [other, theirs[column === 'c' ? 't' : 'c']], [other, theirs.operator]]) {
					const answer = await go(as[column], id);
					if (!fits(cellOf(row, column), answer, missing, true))
						note(route, id === mine ? 'own' : 'other', column, cellOf(row, column), answer);
				}
			}
		}
		settle();
	});

	for (const [route, cell] of Object.entries(OPEN))
		test(`open to all: ${route}`, async () => {
			for (const session of [anonymous(), ...[...COLUMNS].map((column) => as[column])]) {
				const target = route.split(' ')[1].replace('{token}', route.includes('{') ? await idOf(route) : '');
				const answer = await ask(session, route, target);
				assert.ok(fits(cell, answer), `${route} ${session.name ?? 'nobody'}: ${answer.status} ${answer.bytes}`);
				if (route.includes('{token}'))
					assert.equal((await ask(session, route, `/api/v1/public/${random(16)}`)).status, 404);
			}
		});

	for (const [route, row] of Object.entries(PLAIN).filter(([r]) => r !== 'DELETE /api/v1/session'))
		test(`of nobody in particular: ${route}`, async () => {
			await plain(route, row);
			settle();
		});

	describe('kinds', () => {
		const roles = { student: 'sptcuea', class: 'sptcuea', school: 'sptcuea', teacher: 'sptcuea', network: 'tca' };
		const columnOf = (about, letter) => letter === 'e' && about === 'class' ? 'q' : letter;
		const base = { student: () => `/api/v1/students/${people.s.id}`, class: () => `/api/v1/classes/${people['5А'].id}`, school: () => '/api/v1/school',
			teacher: () => `/api/v1/staff/${people.t.id}`, network: () => `/api/v1/school` };

		test('the catalogue has these and no other', async () => {
			const { kinds } = await as.v.get('/api/v1/catalogue');
			assert.deepEqual(kinds.map((k) => `${k.subject} ${k.code}`).sort(), Object.entries(KINDS).flatMap(([about, of]) => Object.keys(of).map((k) => `${about} ${k}`)).sort());
		});

		/* a field that no kind has: whoever may write is told of it, and nothing is written */
		for (const [about, kinds] of Object.entries(KINDS))
			test(`who writes what about a ${about}`, async () => {
				for (const [kind, { see, write }] of Object.entries(kinds))
					await Promise.all([...roles[about]].map(async (letter) => {
						const column = columnOf(about, letter);
						const answer = await as[column].request('POST', `${base[about]()}/entries`, { kind, fields: { no_such_field: 1 } });
						const near = about === 'teacher' ? 'ta' : about === 'school' ? 'tcua' : 'sptcuea';
						const [status, field] = !near.includes(letter) ? [404, undefined] : write.includes(letter) ? [422, 'fields.'] : see.includes(letter) ? [403, 'kind'] : [422, 'kind'];
						if (answer.status !== status || !(answer.json.field ?? '').startsWith(field ?? ''))
							note(`write ${kind}`, about, letter, `${status} ${field}`, answer);
					}));
				settle();
			});

		test('who sees and confirms what about a student', async () => {
			const at = base.student(), post = async (kind, fields) => (await here.post(`${at}/entries`, { kind, fields }, 201)).id;
			const goal = await post('goal', { sort: 'other', name: 'Цель', stage: 'planned' });
			const poll = await post('poll', { competences: ['communicative.speech'], deadline: SOON });
			const FIELDS = {
				profile: { interests: 'Шахматы' }, subject_result: { subject: 'mathematics', mark: 5, term: 'quarter1' }, independent_result: { name: 'ВПР' },
				achievement: { name: 'Кубок', section: 'sport' }, consent: { purpose: 'school_list' }, expertise: { entry: scopes.own.entry, expert: people.q, until: iso(-1) },
				expert_review: { entry: scopes.own.entry, text: 'Хорошо' }, rating: { competence: 'regulatory.goals', level: 2, source: 'event' },
				observation: { poll, marks: { 'communicative.speech': 2 } }, external_result: { source: 'vpr', competence: 'regulatory.goals', level: 2 },
				deviation: { competence: 'regulatory.goals', action: 'Беседа' }, recommendation: { name: 'Кружок', content: 'Записаться' },
				route_answers: {}, goal_step: { goal, stage: 'begun' },
			};
			const ids = { goal, poll };
			for (const [kind, fields] of Object.entries(FIELDS))
				ids[kind] = await post(kind, fields);
			for (const [kind, { see, confirm }] of Object.entries(KINDS.student))
				for (const letter of 'sptcua') {
					const seen = see.includes(letter), listed = await as[letter].get(`${at}/entries?kind=${kind}`);
					const one = await as[letter].request('GET', `${at}/entries/${ids[kind]}`);
					if (one.status !== (seen ? 200 : 404) || listed.items.some((e) => e.id === ids[kind]) !== seen || (!seen && listed.total))
						note(`see ${kind}`, `${listed.total} listed`, letter, seen, one);
					const entry = confirm ? await post(kind, FIELDS[kind]) : ids[kind];
					const judged = await as[letter].request('POST', `${at}/entries/${entry}/verdicts`, CONFIRM);
					const status = confirm.includes(letter) ? 201 : seen ? 403 : 404;
					if (judged.status !== status)
						note(`confirm ${kind}`, '', letter, status, judged);
				}
			settle();
			const shown = (await as.e.get(`${at}/entries?limit=200`)).items;
			assert.deepEqual(new Set(shown.map((e) => e.kind)), new Set(['achievement', 'expertise']));
			assert.ok(shown.every((e) => e.kind !== 'achievement' || e.id === scopes.own.entry), 'of works only the one they were named for');
			assert.deepEqual((await as.q.get(`${at}/entries`)).items.map((e) => e.id), [ids.expertise], 'past the day no work, but that they were named');
		});

		test('what a role does not see of a student, no paper and no card shows it either', async () => {
			const at = base.student(), paper = async (column) => (await as[column].request('GET', `${at}/transcript`)).bytes.toString();
			const family = await paper('p');
			for (const hidden of ['Запрос наблюдений', 'Работа с отклонением'])
				assert.equal(family.includes(hidden), false, hidden);
			for (const shown of ['Рекомендация', 'Внешняя оценка'])
				assert.ok(family.includes(shown), shown);
			for (const column of 'scua')
				assert.equal(await paper(column), family, `${column}: the record on paper is one`);
			const [parent, office] = [await as.p.get(`${at}/card`), await as.a.get(`${at}/card`)];
			assert.ok(parent.profile && parent.recommendations.length && parent.route.goals.length);
			assert.deepEqual([office.profile, office.recommendations, office.route], [null, [], null]);
		});
	});

	test('a child who has left is on no page, and no expert sees them', async () => {
		const left = await here.post('/api/v1/students', { family: 'Уходящая', given: 'Ира', class: '5А', birth_date: born(11), guardians: [{ family: 'Уходящая', given: 'Мать' }] }, 201);
		const mother = await here.account(left, { role: 'parent' }), entry = await here.achieve(left.id, 'Публичное'), at = `/api/v1/students/${left.id}`;
		await as.c.post(`${at}/entries/${entry.id}/verdicts`, CONFIRM, 201);
		await as.c.post(`${at}/entries`, { kind: 'expertise', fields: { entry: entry.id, expert: people.e, until: SOON } }, 201);
		for (const purpose of ['personal_page', 'class_site'])
			await mother.post(`${at}/entries`, { kind: 'consent', fields: { purpose } }, 201);
		const pages = [(await mother.put(`${at}/page`, { open: true }, 200)).token, (await as.c.put(`/api/v1/classes/${people['5А'].id}/page`, { open: true }, 200)).token];
		const names = async (token) => ((await here.web('GET', `/api/v1/public/${token}`)).json.people ?? []).map((p) => p.name);
		assert.deepEqual([(await names(pages[0])).includes('Ира У.'), (await names(pages[1])).includes('Ира У.')], [true, true]);
		await as.e.get(`${at}/entries/${entry.id}`, 200);
		await here.put(at, { family: 'Уходящая', given: 'Ира', class: '5А', birth_date: born(11), left: TODAY }, 200);
		assert.equal((await mother.request('GET', '/api/v1/session')).status, 401);
		assert.deepEqual([(await names(pages[0])).includes('Ира У.'), (await names(pages[1])).includes('Ира У.')], [false, false]);
		await as.e.get(`${at}/entries/${entry.id}`, 404);
		await as.c.get(at, 404);
	});

	test('lists name those whom the caller has to do with', async () => {
		const WHO = {
			//  students             classes    analysis           found by search
			s: [['Своя'],            ['5А'],    null,              ['Своя']],
			p: [['Своя'],            ['5А'],    null,              ['Своя']],
			t: [['Своя'],            ['5А'],    [],                ['Своя']],
			c: [['Своя'],            ['5А'],    ['5А'],            ['Своя']],
			u: [['Своя'],            ['5А'],    ['5А'],            ['Своя']],
			e: [['Экспертова'],      [],        null,              ['Своя', 'Экспертова']],
			q: [['Судейская'],       ['5А'],    null,              ['Своя', 'Судейская']],
			n: [[],                  [],        [],                []],
			o: [['Чужая'],           ['9Б'],    ['9Б'],            ['Чужая']],
			x: [['Ленина'],          [],        null,              ['Ленина']],
		};
		const families = ['Своя', 'Чужая', 'Переехавшая', 'Экспертова', 'Судейская', 'Запасная', 'Ленина'];
		for (const [column, [students, classes, analysis, found]] of Object.entries(WHO)) {
			const who = as[column], name = (list) => list.map((i) => i.family).filter((f) => families.includes(f)).sort();
			const groups = (list) => list.filter((c) => ['5А', '9Б', '11Г'].includes(c.name)).map((c) => c.name);
			assert.deepEqual(name((await who.get('/api/v1/students?limit=200')).items), students, column);
			assert.deepEqual(groups((await who.get('/api/v1/classes?type=class')).items), classes, column);
			if (analysis)
				assert.deepEqual(groups((await who.get('/api/v1/analysis')).classes), analysis, column);
			const search = [];
			for (const family of families)
				search.push(...(await who.get('/api/v1/search?query=' + encodeURIComponent(family))).people.filter((p) => p.about === 'student'));
			assert.deepEqual(name(search), found, column);
			const table = await who.request('GET', '/api/v1/students?format=csv');
			assert.deepEqual(families.filter((f) => table.bytes.toString().includes(f)).sort(), students, `${column}: the same as a table`);

			const near = [people.s, people.boris, people.expert, people.judge, people.t, people.o, people.c].filter((p) =>
				[...students, ...found].includes(p.family) || p === people[column]).map((p) => p.id);
			const far = [people.s, people.boris, people.gone, people.spare].map((p) => p.id).filter((id) => !near.includes(id));
			for (const item of (await who.get('/api/v1/notifications')).items)
				assert.ok(near.includes(item.subject), `${column}: ${item.title}`);
			for (const { subjects, what } of (await who.get('/api/v1/work')).items)
				assert.deepEqual(subjects.filter((id) => far.includes(id)), [], `${column}: ${what}`);
			for (const { student } of (await who.get('/api/v1/moderation?limit=200')).items)
				assert.ok('cuo'.includes(column) && near.includes(student.id), column);
		}
		await here.achieve(people.boris.id, 'Ждёт');
		const verdicts = { ...CONFIRM, items: [{ student: people.boris.id, entry: scopes.other.entry }, { student: random(16), entry: random() }] };
		const [theirs, never] = (await as.c.post('/api/v1/verdicts', verdicts, 200)).items;
		assert.deepEqual([theirs.code, theirs.detail], [never.code, never.detail]);
	});

	test('a list asked for wrongly is refused, and nothing else happens', async () => {
		const at = `/api/v1/students/${people.s.id}`, lists = ['/api/v1/students', '/api/v1/staff', '/api/v1/accounts', '/api/v1/journal', '/api/v1/moderation', `${at}/entries`];
		for (const query of ['limit=0', 'limit=201', 'limit=-1', 'limit=x', 'limit=1&cursor=~']) {
			for (const list of lists) {
				const { status, json } = await as.a.request('GET', `${list}?${query}`);
				assert.ok(status === 200 || (status === 422 && ['limit', 'cursor'].includes(json.field)), `${list}?${query}: ${status}`);
			}
			assert.ok([200, 422].includes((await as.p.request('GET', `${at}/looks?${query}`)).status), query);
			for (const column of 'xo')
				assert.ok([404, 422].includes((await as[column].request('GET', `${at}/looks?${query}`)).status), query);
		}
	});

	test('the stream of events names only those whom the caller has to do with', async () => {
		const heard = {};
		const streams = 'spcexova'.split('').map((column) => http.get({ host: here.host, port: here.httpPort, path: '/api/v1/events', agent: false, headers: { cookie: as[column].cookie } },
			(response) => response.setEncoding('utf8').on('error', () => {}).on('data', (text) => (heard[column] = (heard[column] ?? '') + text)).on('close', () => {})));
		streams.forEach((s) => s.on('error', () => {}));
		await waitFor('both to be heard of', async () => {
			await here.achieve(people.boris.id, 'Событие');
			await here.achieve(people.s.id, 'Событие');
			return heard.a?.includes(people.boris.id) && heard.a?.includes(people.s.id) && Object.keys(heard).length === 8;
		});
		streams.forEach((s) => s.destroy());
		const who = (id) => Object.keys(heard).filter((column) => heard[column].includes(id)).sort().join('');
		assert.deepEqual([who(people.s.id), who(people.boris.id)], ['aceps', 'ao']);
	});

	test('whoever is out is out everywhere: who left, moved, or is a guardian no more', async () => {
		for (const [route, target] of await everyRoute())
			for (const who of ['left', 'gone', 'goneParent', 'ended']) {
				const answer = await ask(as[who], route, target, scopes.own);
				if (answer.status !== 401)
					note(route, 'own', who, 401, answer);
			}
		settle();
	});

	test('without the second factor that is compulsory there is the session and the account, and no more', async () => {
		const { code } = await here.paper('staff', { person: people.half.id });
		const { session } = await here.enter('/api/v1/accounts/claims', { code, login: `half${random(4)}`, password: 'половина дела' });
		for (const [route, target] of await everyRoute()) {
			const answer = await ask(session, route, target, scopes.own);
			const own = /\/(session|session\/role|account\/\w+)$/.test(target);
			if (own ? ![200, 201, 409, 422].includes(answer.status) : (answer.json?.code ?? answer.status) !== (target.endsWith('/events') ? 403 : 'second_factor_needed'))
				note(route, 'own', 'half', own ? 'their own' : 'second_factor_needed', answer);
		}
		settle();
	});

	test('a role that is not held is not had; an answer kept for one is not told another', async () => {
		for (const [column, role] of [['s', 'parent'], ['p', 'teacher'], ['t', 'administrator'], ['c', 'parent'], ['v', 'administrator'], ['a', 'observer']])
			assert.equal((await as[column].put('/api/v1/session/role', { role }, 403)).code, 'forbidden');
		assert.equal((await as.s.put('/api/v1/session/role', { role: 'operator' }, 422)).code, 'invalid');
		const body = { kind: 'goal', fields: { sort: 'other', name: 'Тайна', stage: 'planned' } }, key = { 'idempotency-key': random(16) };
		const first = await as.s.request('POST', `/api/v1/students/${people.s.id}/entries`, body, key);
		assert.equal(first.status, 201);
		for (const [column, status] of [['o', 404], ['a', 422], ['p', 201]]) {
			const answer = await as[column].request('POST', `/api/v1/students/${people.s.id}/entries`, body, key);
			assert.equal(answer.status, status);
			assert.equal(answer.headers['idempotency-replayed'], undefined);
		}
	});

	test('an ended session is ended: DELETE /api/v1/session', async () => {
		await plain('DELETE /api/v1/session', PLAIN['DELETE /api/v1/session']);
		settle();
	});
});
