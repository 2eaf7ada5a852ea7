// People, classes and groups from elsewhere: the check, the difference, taking back; OneRoster in and out.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Node, stopAll } from './lib/node.mjs';
import { large, school, set, texts } from './lib/oneroster.mjs';
import { tempDir } from './lib/run.mjs';
import { unzip, zip } from './lib/zip.mjs';

const today = new Intl.DateTimeFormat('sv', { timeZone: 'Europe/Moscow' }).format(new Date());

/** Checks a file against a node; with apply, writes it. */
class Importer {
	constructor(node) { this.node = node; }
	async post(kind, body, query = '') {
		const headers = { 'content-type': kind === 'oneroster' ? 'application/zip' : 'text/csv' };
		return this.node.request('POST', `/api/v1/imports?kind=${kind}${query}`, Buffer.from(body), headers);
	}
	async check(kind, body, query = '') {
		const answer = await this.post(kind, body, `&apply=false${query}`);
		assert.equal(answer.status, 200, `${answer.bytes}`);
		return answer.json;
	}
	async apply(kind, body, query = '') {
		const { digest } = await this.check(kind, body, query);
		const answer = await this.post(kind, body, `&apply=true&digest=${digest}${query}`);
		assert.equal(answer.status, 200, `${answer.bytes}`);
		return answer.json;
	}
	async refused(kind, body, says, query = '') {
		const answer = await this.post(kind, body, `&apply=false${query}`);
		assert.ok([413, 422].includes(answer.status), `${answer.status} ${answer.bytes}`);
		assert.match(answer.json.detail ?? answer.json.title, says);
	}
	async student(family) {
		const { items } = await this.node.get(`/api/v1/students?query=${encodeURIComponent(family)}`);
		return this.node.get(`/api/v1/students/${items[0].id}`);
	}
	async classes(type = 'class', closed = false) {
		return (await this.node.get(`/api/v1/classes?type=${type}&closed=${closed}`)).items;
	}
}

const made = async (dir, name) => new Importer(await (await Node.create(dir, name, { dir: name })).start());
const counts = (report) => Object.fromEntries(Object.entries(report.counts).filter(([, n]) => n));

describe('plain tables', () => {
	const dir = tempDir();
	let i;
	before(async () => { i = await made(dir, 'plain'); });
	after(() => stopAll(i.node));
	const HEAD = 'Фамилия;Имя;Отчество;Дата рождения;Класс;Зачислен;Код;Родитель 1 фамилия;Родитель 1 имя;Родитель 1 кем приходится\n';

	test('a row keeps all that the file has no column for', async () => {
		await i.apply('students', `${HEAD}Орлов;Пётр;Ильич;05.04.2013;7А;01.09.2020;c1;Орлова;Ольга;Мать\n`);
		const s = await i.student('Орлов');
		assert.deepEqual([s.joined, s.guardians.map((g) => [g.family, g.given, g.relation])], ['2020-09-01', [['Орлова', 'Ольга', 'mother']]]);
		const report = await i.apply('students', 'Фамилия;Имя;Отчество;Дата рождения;Класс\nОрлов;Пётр;Ильич;05.04.2013;8А\n');
		assert.deepEqual(report.rows.map((r) => r.changes), [[{ field: 'class', now: '7А', becomes: '8А' }]]);
		const later = await i.student('Орлов');
		assert.deepEqual([later.class, later.joined, later.guardians], ['8А', s.joined, s.guardians]);
	});

	test('one code is one person, whatever they are called', async () => {
		const report = await i.check('students', 'Фамилия,Имя,Класс,Код\nСоколов,Пётр,8А,c1\n');
		assert.deepEqual([counts(report), report.rows[0].changes.map((c) => [c.field, c.now, c.becomes])], [{ changed: 1 }, [['family', 'Орлов', 'Соколов']]]);
	});

	test('every row is told, the same ones too; of more than 2000 those that change', async () => {
		const body = `${HEAD}Орлов;Пётр;Ильич;05.04.2013;8А;01.09.2020;c1;;;\n`;
		assert.deepEqual((await i.check('students', body)).rows.map((r) => [r.line, r.outcome, r.changes]), [[2, 'same', []]]);
		const many = await i.check('students', body + Array.from({ length: 2500 }, (_, n) => `Много${n};Имя;;;1А;;;;;\n`).join(''));
		assert.deepEqual([many.counts.new, many.counts.same, many.rows.length, many.truncated], [2500, 1, 2000, true]);
	});

	test('what an import wrote is taken back whole', async () => {
		const { total } = await i.node.get('/api/v1/students');
		const report = await i.apply('students', 'Фамилия;Имя;Отчество;Дата рождения;Класс\nОрлов;Пётр;Ильич;05.04.2013;9А\nНовый;Олег;;;9А\n');
		assert.equal((await i.node.get('/api/v1/students')).total, total + 1);
		assert.deepEqual(await i.node.delete(`/api/v1/changes/${report.change}`), { undone: 2, kept: 0 });
		assert.equal((await i.node.get('/api/v1/students')).total, total);
		const s = await i.student('Орлов');
		assert.deepEqual([s.class, s.guardians.length], ['8А', 1]);
		const nothing = await i.apply('students', `${HEAD}Орлов;Пётр;Ильич;05.04.2013;8А;01.09.2020;c1;;;\n`);
		assert.deepEqual([counts(nothing), nothing.change], [{ same: 1 }, null]);
	});

	test('classes and groups, with who leads them', async () => {
		await i.apply('staff', 'Фамилия;Имя;Отчество;Должность;Принят;Код\nФизикова;Мария;Петровна;учитель;01.09.2019;t1\nДругой;Иван;Ильич;учитель;;\n');
		const body = 'Класс/Группа;Вид;Предмет;Год;Пилотный;Классный руководитель;Тьютор\n8А;класс;;2026/2027;да;Физикова Мария Петровна;t1\nОптика;предметная;физика;2026;;;\n';
		assert.equal((await i.apply('classes', body)).counts.new, 2);
		const [c] = await i.classes();
		assert.deepEqual([c.name, c.pilot, c.year, c.students, c.staff.map((s) => [s.staff.family, s.relation])],
			['8А', true, 2026, 1, [['Физикова', 'class_teacher'], ['Физикова', 'tutor']]]);
		assert.equal((await i.classes('subject'))[0].subject, 'physics');
		assert.equal((await i.check('classes', body)).counts.same, 2);
		const other = await i.apply('classes', body.replace('Физикова Мария Петровна', 'другой иван'));
		assert.match(other.rows[0].changes[0].becomes, /class_teacher Физикова Мария, until .*class_teacher Другой Иван, since/);
		const bad = await i.check('classes', 'Класс/Группа;Классный руководитель;Предмет\n9А;Никто;\n9Б;;алхимия\n8А;;\n8А;;\n');
		assert.deepEqual(bad.rows.map((r) => [r.outcome, r.problems[0]]), [['error', 'no such member of staff'], ['error', 'the subject is none of the list'],
			['changed', undefined], ['conflict', 'there is, or would be, another class of that name']]);
	});

	for (const kind of ['students', 'staff', 'classes'])
		test(`the table of ${kind} is found the same`, async () => {
			const { bytes } = await i.node.request('GET', `/api/v1/${kind}.csv`);
			const report = await i.check(kind, bytes);
			assert.deepEqual(counts(report), { same: report.rows.length });
		});

	test('who is held twice is told, until the two are linked', async () => {
		for (let n = 0; n < 2; n++)
			await i.node.post('/api/v1/students', { family: 'Двойной', given: 'Олег', birth_date: '2014-01-01' });
		const { items } = await i.node.get('/api/v1/duplicates');
		assert.deepEqual(items.map((d) => d.students.map((s) => s.family)), [['Двойной', 'Двойной']]);
		const row = 'Фамилия;Имя;Дата рождения;Класс\nДвойной;Олег;2014-01-01;1А\n';
		const report = await i.check('students', row);
		assert.match(report.rows[0].problems[0], /held twice: link the two records/);
		assert.equal(report.duplicates.length, 1);
		const [a, b] = items[0].students;
		assert.equal((await i.node.request('PUT', `/api/v1/students/${a.id}/links/${b.id}`)).status, 204);
		assert.deepEqual((await i.node.get('/api/v1/duplicates')).items, []);
	});
});

for (const version of ['1.1', '1.2'])
	describe(`OneRoster ${version}`, () => {
		const dir = tempDir();
		let i;
		before(async () => { i = await made(dir, 'roster'); });
		after(() => stopAll(i.node));
		const people = ['s1', 's2', 's3', 't1', 'a1'];

		test('a set brings people, guardians, classes and groups', async () => {
			const report = await i.apply('oneroster', set(version, school(version)));
			assert.deepEqual(counts(report), { new: people.length + 3 });
			assert.deepEqual(report.rows.filter((r) => r.what === 'student').map((r) => [r.file, r.line]), [['users.csv', 2], ['users.csv', 3], ['users.csv', 4]]);
			const [s1, s2, s3] = [await i.student('Пётр'), await i.student('Анна'), await i.student('Зайцев')];
			assert.deepEqual([s1, s2, s3].map((s) => [s.family, s.class, s.birth_date, s.joined, s.left]),
				[['Орлов', '7А', '2013-04-05', '2020-09-01', null], ['Орлова', '5Б', '2015-01-02', null, null], ['Зайцев', '7А', null, null, null]]);
			assert.deepEqual(s1.guardians.map((g) => [g.given, g.relation]), [['Ольга', ''], ['Илья', 'guardian']]);
			assert.equal(s2.guardians[0].id, s1.guardians[0].id);
			const [c5, c7] = await i.classes();
			assert.deepEqual([c5.name, c7.name, c7.year, c7.students], ['5Б', '7А', 2026, 2]);
			assert.deepEqual(c7.staff.map((a) => [a.staff.family, a.relation, a.since]), [['Физикова', 'class_teacher', '2026-09-01']]);
			const [g] = await i.classes('subject');
			assert.deepEqual([g.name, g.subject, g.students, g.staff.map((a) => [a.staff.family, a.relation, a.subject])],
				['Физика 7', 'physics', 2, [['Физикова', 'teacher', 'physics']]]);
			assert.equal((await i.node.get('/api/v1/staff')).total, 2);
		});

		test('again, it changes nothing', async () => {
			const report = await i.apply('oneroster', set(version, school(version)));
			assert.deepEqual([counts(report), report.change], [{ same: people.length + 3 }, null]);
		});

		for (const out of ['1.1', '1.2'])
			test(`written as ${out}, it is found the same, and holds to the tables`, async () => {
				const { bytes, headers } = await i.node.request('GET', `/api/v1/export/oneroster?version=${out}`);
				assert.match(headers['content-disposition'], /oneroster\.zip/);
				const files = unzip(bytes);
				for (const [name, text] of Object.entries(files)) {
					const lines = text.trimEnd().split('\r\n');
					assert.ok(lines.length > 1, name);
					if (name === 'manifest.csv') {
						const bulk = lines.filter((l) => l.endsWith(',bulk')).map((l) => `${l.slice(5, -5)}.csv`);
						assert.deepEqual(['manifest.csv', ...bulk].sort(), Object.keys(files).sort());
						continue;
					}
					const table = texts(out, { [name.slice(0, -4)]: [{}] })[name].split('\r\n')[0];
					assert.ok(lines[0] === table || lines[0].startsWith(`${table},metadata.`), lines[0]);
					for (const line of lines.slice(1))
						assert.match(line.split(',')[0], /^[A-Za-z0-9._/@-]+$/);
				}
				const report = await i.check('oneroster', bytes);
				assert.deepEqual(counts(report), { same: people.length + 3 });
			});

		test('who is missing from a later file is gone, and is not erased; back in it, back here', async () => {
			const less = school(version);
			less.users = less.users.filter((u) => u.sourcedId !== 's3').map((u) => (u.sourcedId === 's1' ? { ...u, agentSourcedIds: 'p1' } : u.sourcedId === 'p2' ? { ...u, agentSourcedIds: '' } : u));
			for (const t of ['roles', 'enrollments'])
				less[t] = less[t].filter((r) => r.userSourcedId !== 's3');
			const report = await i.apply('oneroster', set(version, less));
			assert.deepEqual(counts(report), { same: 5, changed: 2, gone: 1 });
			assert.equal((await i.student('Зайцев')).left, today);
			assert.deepEqual((await i.student('Пётр')).guardians.map((g) => g.until), [null, today]);
			assert.deepEqual(counts(await i.check('oneroster', set(version, less))), { same: 7 });
			const back = await i.apply('oneroster', set(version, school(version)));
			assert.deepEqual(back.rows.filter((r) => r.outcome !== 'same').map((r) => [r.name, r.changes.map((c) => c.field)]),
				[['Зайцев Олег', ['left']], ['Физика 7', ['members']]]);
			assert.equal((await i.student('Зайцев')).left, null);
		});

		test('a delta says what it says and no more', async () => {
			const stamp = { status: 'active', dateLastModified: '2026-10-01T10:00:00.000Z' }, gone = { ...stamp, status: 'tobedeleted' };
			const s = school(version), modes = { users: 'delta', enrollments: 'delta', roles: 'delta' };
			const delta = set(version, {
				users: [{ ...s.users[1], ...stamp, familyName: 'Соколова' }, { ...s.users[3], ...gone }],
				enrollments: [{ ...s.enrollments[1], ...gone }, { ...s.enrollments[1], ...stamp, sourcedId: 'e20', classSourcedId: 'k7' }, { ...s.enrollments[6], ...gone }],
			}, modes);
			const report = await i.apply('oneroster', delta);
			assert.deepEqual(report.rows.map((r) => [r.outcome, r.name, r.changes.map((c) => c.field)]),
				[['changed', 'Соколова Анна', ['family', 'class']], ['gone', 'Физикова Мария', ['left']], ['changed', 'Физика 7', ['members']], ['same', 'Зайцев Олег', []]].sort((a, b) => report.rows.findIndex((r) => r.name === a[1]) - report.rows.findIndex((r) => r.name === b[1])));
			assert.equal((await i.student('Соколова')).class, '7А');
			assert.deepEqual(await i.node.delete(`/api/v1/changes/${report.change}`), { undone: 3, kept: 0 });
			assert.equal((await i.student('Анна')).family, 'Орлова');
		});
	});

describe('OneRoster: what is taken, and what is not', () => {
	const dir = tempDir();
	let i;
	before(async () => { i = await made(dir, 'strict'); });
	after(() => stopAll(i.node));

	test('other names, other order, a mark, and columns too many or missing are taken', async () => {
		const files = texts('1.2', school('1.2'));
		files['users.csv'] = `\ufeff${files['users.csv'].replace('agentSourcedIds', 'agents').replace(',resourceSourcedIds,', ',metadata.x,')}`;
		files['enrollments.csv'] = files['enrollments.csv'].replace('userSourcedId', 'userId');
		files['classes.csv'] = files['classes.csv'].replace('termSourcedIds', 'termSourcedId').replace(',grades,', ',grade,');
		files['demographics.csv'] = 'birthdate,userSourcedId\r\n2013-04-05,s1\r\n2015-01-02,s2\r\n';
		assert.deepEqual(counts(await i.check('oneroster', zip(files))), { new: 8 });
	});

	const broken = (name, from, to) => {
		const files = texts('1.2', school('1.2'));
		assert.ok(files[name].includes(from), `${name}: ${from}`);
		return zip({ ...files, [name]: files[name].replace(from, to) });
	};
	for (const [what, name, from, to, says] of [
		['another manifest version', 'manifest.csv', 'manifest.version,1.0', 'manifest.version,2.0', /manifest\.csv line 2: manifest\.version/],
		['another version', 'manifest.csv', 'version,1.2', 'version,1.3', /manifest\.csv line 3: neither version 1\.1 nor 1\.2/],
		['a file that is not there', 'manifest.csv', 'file.orgs,bulk', 'file.orgs,bulk\nfile.results,bulk', /manifest\.csv line 5: the archive has no results\.csv/],
		['a file called absent', 'manifest.csv', 'file.users,bulk', 'file.users,absent', /absent, but the archive has users\.csv/],
		['no required column', 'users.csv', 'familyName', 'lastName', /users\.csv line 1: familyName: this column is missing/],
		['no required value', 'users.csv', 'Зайцев', '', /users\.csv line 4: familyName: this value is missing/],
		['an unknown class', 'enrollments.csv', 'e1,,,k7', 'e1,,,k9', /enrollments\.csv line 2: classSourcedId: no such class/],
		['an unknown user', 'enrollments.csv', 'org-1,s1,student', 'org-1,s9,student', /enrollments\.csv line 2: userSourcedId: no such user/],
		['an unknown course', 'classes.csv', 'c-phys', 'c-chem', /classes\.csv line 4: courseSourcedId: no such course/],
		['an unknown session', 'classes.csv', 'org-1,y', 'org-1,z', /classes\.csv line 2: termSourcedIds: no such session/],
		['an unknown agent', 'users.csv', '"p1,p2"', '"p1,p9"', /users\.csv line 2: agentSourcedIds: no such user/],
		['an unknown organisation', 'roles.csv', 'org-1', 'org-2', /roles\.csv line 2: orgSourcedId: no such organisation/],
		['a bad role', 'roles.csv', 'primary,teacher', 'primary,wizard', /roles\.csv line 5: role: none of the values allowed/],
		['a bad class type', 'classes.csv', 'scheduled', 'club', /classes\.csv line 4: classType: none of the values allowed/],
		['one id twice', 'users.csv', '\r\ns2,', '\r\ns1,', /users\.csv line 3: sourcedId: stands there twice/],
		['30 February', 'demographics.csv', '2013-04-05', '2013-02-30', /demographics\.csv line 2: birthDate: no day of the calendar/],
		['an open quote', 'users.csv', 'Зайцев', '"Зайцев', /users\.csv line \d+: a quote/],
		['Windows-1251', 'orgs.csv', 'Школа', Buffer.from([0xd8]).toString('latin1') && '\u0000', /orgs\.csv line 2: a zero byte/],
	])
		test(`refused, with file and line: ${what}`, () => i.refused('oneroster', broken(name, from, to), says));

	test('a delta without its marks is refused', () =>
		i.refused('oneroster', set('1.2', { users: [school('1.2').users[0]] }, { users: 'delta' }), /users\.csv line 2: status: this value is missing, and the file is a delta/));

	for (const [what, body, says] of [
		['no archive', Buffer.from('PK\u0003\u0004 no'), /no sound ZIP archive/],
		['an archive cut short', set('1.2', school('1.2')).subarray(0, 900), /no sound ZIP archive/],
		['a folder', zip({ ...texts('1.2', school('1.2')), 'a/b.csv': 'x' }), /files lie at its root/],
		['a name that climbs', zip({ '../manifest.csv': 'x' }), /files lie at its root/],
		['one file twice', zip([['a.csv', 'x'], ['a.csv', 'y']]), /twice|no sound ZIP/],
		['a file too many', zip({ ...texts('1.2', school('1.2')), 'more.csv': 'x' }), /files that it does not name/],
		['no manifest', zip({ 'users.csv': 'x' }), /no manifest\.csv/],
		['many files', zip(Object.fromEntries(Array.from({ length: 70 }, (_, n) => [`f${n}.csv`, 'x']))), /more than 64 files/],
		['a bomb', zip({ 'a.csv': Buffer.alloc(80 << 20) }), /unpacks to more than 64 MiB/],
		['a bomb in parts', zip({ 'a.csv': Buffer.alloc(40 << 20), 'b.csv': Buffer.alloc(40 << 20) }), /unpacks to more than 64 MiB/],
		['a bomb that denies it', zip({ 'a.csv': Buffer.alloc(80 << 20) }, { claim: 100 }), /more than 64 MiB|damaged|no sound ZIP/],
		['an encrypted file', zip({ 'a.csv': 'x' }, { flags: 1 }), /encrypted|no sound ZIP/],
	])
		test(`refused: ${what}`, () => i.refused('oneroster', body, says));

	test('of several schools the request says which', async () => {
		const two = school('1.2');
		two.orgs.push({ sourcedId: 'org-2', name: 'Другая', type: 'school' });
		two.users.push({ ...two.users[2], sourcedId: 'x1', username: 'x1', familyName: 'Чужой' });
		two.roles.push({ sourcedId: 'r-x1', userSourcedId: 'x1', roleType: 'primary', role: 'student', orgSourcedId: 'org-2' });
		await i.refused('oneroster', set('1.2', two), /2 schools in the file/);
		assert.equal((await i.check('oneroster', set('1.2', two), '&school=org-1')).counts.new, 8);
		const other = await i.check('oneroster', set('1.2', two), '&school=org-2');
		assert.deepEqual(other.rows.map((r) => r.name), ['Чужой Олег']);
		await i.refused('oneroster', set('1.2', two), /no school of that sourcedId/, '&school=org-3');
	});

	test('the commands do the same', async () => {
		const file = path.join(dir, 'set.zip'), out = path.join(dir, 'out.zip');
		fs.writeFileSync(file, set('1.1', school('1.1')));
		const checked = await i.node.cli('import', 'oneroster', file);
		assert.match(checked.stdout, /users\.csv line 2: new Орлов Пётр\n[^]*new 8, same 0, changed 0, conflict 0, error 0, gone 0\n$/);
		await i.node.must('import', 'oneroster', file, '--apply');
		await i.node.must('export', 'oneroster', out, '--version', '1.1');
		assert.match((await i.node.cli('import', 'oneroster', out)).stdout, /^new 0, same 8,/);
	});
});

describe('a whole school', () => {
	const dir = tempDir();
	let i;
	before(async () => { i = await made(dir, 'large'); });
	after(() => stopAll(i.node));

	test('1635 students, 78 teachers, guardians and groups: in under 3 s, and again nothing', async () => {
		const body = set('1.2', large('1.2', 1635, 78));
		const began = Date.now();
		const report = await i.apply('oneroster', body);
		const took = Date.now() - began;
		assert.equal(report.counts.new, 1635 + 78 + 61 * 5);
		assert.ok(process.env.SAN || took < 3000, `${took} ms`);
		const again = await i.check('oneroster', body);
		assert.deepEqual(counts(again), { same: report.counts.new });
		const { bytes } = await i.node.request('GET', '/api/v1/export/oneroster');
		assert.deepEqual(counts(await i.check('oneroster', bytes)), { same: report.counts.new });
		assert.deepEqual(await i.node.delete(`/api/v1/changes/${report.change}`), { undone: report.counts.new, kept: 0 });
		assert.equal((await i.node.get('/api/v1/students')).total, 0);
	});
});
