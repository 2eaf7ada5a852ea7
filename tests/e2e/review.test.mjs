// What a reviewer found: who sees what of whom, what the journal says of it, and what the rules let through.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Node, stopAll } from './lib/node.mjs';
import { tempDir, waitFor } from './lib/run.mjs';

const now = new Date();
const YEAR = now.getMonth() >= 8 ? now.getFullYear() : now.getFullYear() - 1;
const iso = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const born = (years) => `${now.getFullYear() - years}-01-15`;
const TODAY = iso(0), SOON = iso(5);

describe('as reviewed', () => {
	let node, admin, teacher, math, gone, neighbour, anna, vera, a5, b9, mother;
	const as = {};
	before(async () => {
		node = await (await Node.create(tempDir(), 'Гимназия')).start();
		admin = await node.login();
		[teacher, math, gone, neighbour] = [await node.hire('Соколова', 'Елена'), await node.hire('Ким', 'Олег'), await node.hire('Ушедшая', 'Ия'), await node.hire('Соседняя', 'Нина')];
		anna = await admin.post('/api/v1/students', { family: 'Иванова', given: 'Анна', class: '5А', birth_date: born(11), guardians: [{ family: 'Иванова', given: 'Мария' }] }, 201);
		vera = await admin.post('/api/v1/students', { family: 'Верная', given: 'Вера', class: '9Б', birth_date: born(15), guardians: [{ family: 'Верный', given: 'Пётр' }] }, 201);
		a5 = await admin.post('/api/v1/classes', { name: '5А', staff: [{ staff: teacher.id, relation: 'class_teacher' },
			{ staff: math.id, relation: 'teacher', subject: 'mathematics' }, { staff: gone.id, relation: 'teacher' }] }, 201);
		b9 = await admin.post('/api/v1/classes', { name: '9Б', staff: [{ staff: neighbour.id, relation: 'class_teacher' }] }, 201);
		await admin.put(`/api/v1/staff/${gone.id}`, { family: 'Ушедшая', given: 'Ия', left: iso(-5) }, 200);
		mother = (await admin.get(`/api/v1/students/${anna.id}`)).guardians[0].id;
		[as.anna, as.mother, as.father] = [await node.account(anna), await node.account(anna, { role: 'parent' }), await node.account(vera, { role: 'parent' })];
		[as.teacher, as.math, as.neighbour] = [await node.account(teacher), await node.account(math), await node.account(neighbour)];
	});
	after(() => node && stopAll(node));

	const refused = async (answer, field, status = 422) => {
		const { status: got, json } = await answer;
		assert.deepEqual([got, json.field], [status, field], JSON.stringify(json));
		assert.ok(json.detail, 'how to mend it');
	};

	test('the turn of the year makes no second class of a name', async () => {
		const turn = (classes, more = {}) => admin.request('POST', '/api/v1/promotions', { year: YEAR + 1, classes, ...more });
		const b10 = await admin.post('/api/v1/classes', { name: '10Б' }, 201);
		await refused(turn({ [b9.id]: '10Б' }), `classes.${b9.id}`, 409);
		await refused(turn({ [b9.id]: '11Б', [b10.id]: '11Б' }), `classes.${b10.id}`, 409);
		for (const name of ['нет\u0007класса', '5А\u202e', ' ', 'х'.repeat(12)]) {
			await refused(turn({ [a5.id]: '6А' }, { exceptions: { [anna.id]: name } }), `exceptions.${anna.id}`);
			await refused(turn({ [a5.id]: name }), `classes.${a5.id}`);
		}
		const { json: done } = await turn({ [b9.id]: '10Б', [b10.id]: '11Б' });
		assert.deepEqual((await admin.get('/api/v1/classes')).items.map((c) => `${c.name} ${c.students}`), ['5А 1', '10Б 1', '11Б 0']);
		await admin.delete(`/api/v1/changes/${done.id}`);
		await admin.put(`/api/v1/classes/${b10.id}`, { name: '10Б', closed: true }, 200);
	});

	test("only a teacher's page leaves entries out", async () => {
		await refused(as.mother.request('PUT', `/api/v1/students/${anna.id}/page`, { open: true, hidden: [anna.id + anna.id] }), 'hidden');
		await refused(as.teacher.request('PUT', `/api/v1/classes/${a5.id}/page`, { open: true, hidden: [] }), 'hidden');
		assert.deepEqual((await as.teacher.put(`/api/v1/staff/${teacher.id}/page`, { open: true, hidden: [anna.id + anna.id] }, 200)).hidden, [anna.id + anna.id]);
		await as.teacher.put(`/api/v1/staff/${teacher.id}/page`, { open: false }, 200);
	});

	const write = (session, student, kind, fields, more = {}, status = 201) =>
		session.post(`/api/v1/students/${student.id}/entries`, { kind, fields, ...more }, status);
	const wrote = (session, student, kind, fields, more = {}) => session.request('POST', `/api/v1/students/${student.id}/entries`, { kind, fields, ...more });
	const judge = (session, student, entry, verdict, more = {}, status = 201) =>
		session.post(`/api/v1/students/${student.id}/entries/${entry.id}/verdicts`, { verdict, ...more }, status);

	test("a list item of the school's own has its group, and is offered until it is withdrawn", async () => {
		const post = (fields) => admin.request('POST', '/api/v1/school/entries', { kind: 'list_item', fields });
		const say = async (fields) => (await admin.post('/api/v1/school/entries', { kind: 'list_item', fields }, 201));
		const withdraw = (entry) => admin.post(`/api/v1/school/entries/${entry.id}/withdrawals`, {}, 200);
		const listed = async (list, code) => (await admin.get('/api/v1/catalogue')).lists[list].items.find((i) => i.code === code);
		const rate = (competence) => wrote(as.math, anna, 'rating', { competence, level: 2, source: 'observation' });
		for (const group of ['study', 'нет'])
			await refused(post({ list: 'competence', code: 'own', group, title_ru: 'Своё' }), 'fields.group');
		await refused(post({ list: 'activity', code: 'own', group: 'cognitive', title_ru: 'Своё' }), 'fields.group');
		const entry = await say({ list: 'competence', code: 'own', group: 'cognitive', title_ru: 'Своё УУД' }), { code } = entry.fields;
		assert.equal((await listed('competence', code)).group, 'cognitive');
		assert.equal((await rate(code)).status, 201);
		const columns = async () => (await as.math.get(`/api/v1/classes/${a5.id}/matrix?group=cognitive`)).competences.map((c) => c.code);
		assert.ok((await columns()).includes(code));

		await withdraw(entry);
		for (const _ of ['at once', 'after a start']) {
			await refused(rate(code), 'fields.competence');
			assert.equal((await listed('competence', code)).hidden, true);
			assert.equal((await columns()).includes(code), false);
			const old = (await as.math.get(`/api/v1/students/${anna.id}/card`)).competences.find((c) => c.code === code);
			assert.deepEqual([old.title, old.group], ['Своё УУД', 'cognitive']);
			if (_ === 'at once') {
				await node.stop();
				await node.start();
			}
		}
		const again = await say({ list: 'competence', code: 'own', group: 'cognitive', title_ru: 'Снова своё' });
		assert.equal(again.fields.code, code);
		assert.deepEqual([(await listed('competence', code)).hidden, (await rate(code)).status], [false, 201]);

		/* a shipped item is there again, when what hid it is withdrawn */
		const shipped = (await admin.get('/api/v1/catalogue')).lists.competence.items.find((i) => i.code.startsWith('personal.'));
		const hide = { list: 'competence', code: shipped.code, title_ru: shipped.title.ru, hidden: true };
		for (const [name, value] of [['title_ru', 'Иначе'], ['title_en', 'Other'], ['group', 'cognitive']])
			await refused(post({ ...hide, [name]: value }), `fields.${name}`);
		const hidden = await say(hide);
		assert.equal((await listed('competence', shipped.code)).hidden, true);
		await withdraw(hidden);
		assert.deepEqual(await listed('competence', shipped.code), shipped);
		await withdraw(again);
	});

	test('whoever is named is here today, is what the field asks for, and not the child', async () => {
		const poll = (asked) => wrote(as.teacher, anna, 'poll', { competences: ['cognitive.analysis'], deadline: SOON, ...(asked ? { asked } : {}) });
		const work = await write(as.anna, anna, 'achievement', { name: 'Работа', section: 'project', date: TODAY });
		const expertise = (expert) => wrote(as.teacher, anna, 'expertise', { entry: work.id, expert, until: SOON });
		const procedure = (more) => as.teacher.request('POST', `/api/v1/classes/${a5.id}/entries`,
			{ kind: 'procedure', fields: { name: 'Событие', sort: 'event', date: TODAY, competences: ['cognitive.analysis'], ...more } });
		const { json } = await poll();
		assert.deepEqual([...json.fields.asked].sort(), [teacher.id, math.id].sort(), 'not those who left');
		const nobody = '00'.repeat(16), ended = (await admin.post('/api/v1/students', { family: 'Давняя', given: 'Яна',
			guardians: [{ family: 'Давний', given: 'Опекун', until: TODAY }] }, 201)), past = (await admin.get(`/api/v1/students/${ended.id}`)).guardians[0].id;
		for (const id of [anna.id, vera.id, mother, gone.id, nobody])
			await refused(poll([math.id, id]), 'fields.asked');
		for (const id of [anna.id, vera.id, gone.id, nobody, past, a5.id]) {
			await refused(expertise(id), 'fields.expert');
			await refused(procedure({ experts: [math.id, id] }), 'fields.experts');
			await refused(procedure({ organisers: [id] }), 'fields.organisers');
		}
		for (const id of [math.id, mother]) {
			assert.equal((await expertise(id)).status, 201);
			const { status, json: made } = await procedure({ experts: [id], organisers: [id] });
			assert.equal(status, 201);
			await as.teacher.post(`/api/v1/classes/${a5.id}/entries/${made.id}/withdrawals`, {}, 200);
		}
		assert.equal((await poll([neighbour.id])).status, 201);
		const { items } = await as.teacher.post('/api/v1/entries', { items: [{ student: anna.id, kind: 'expertise', fields: { entry: work.id, expert: anna.id, until: SOON } }] }, 200);
		assert.deepEqual(items.map((i) => [i.code, i.field]), [['invalid', 'fields.expert']]);
	});

	test('a subject teacher gives marks in the subjects that are theirs', async () => {
		const mark = (session, subject) => wrote(session, anna, 'subject_result', { subject, mark: 4, term: 'quarter1' });
		assert.equal((await mark(as.math, 'mathematics')).status, 201);
		await refused(mark(as.math, 'russian'), 'fields.subject');
		await refused(wrote(as.math, anna, 'independent_result', { name: 'ВПР', subject: 'russian', mark: 4, date: TODAY }), 'fields.subject');
		assert.equal((await mark(as.teacher, 'russian')).status, 201, 'who leads the class writes them in');
		const group = await admin.post('/api/v1/classes', { name: 'Чтение', type: 'subject', subject: 'russian', members: [anna.id], staff: [{ staff: math.id, relation: 'teacher' }] }, 201);
		assert.equal((await mark(as.math, 'russian')).status, 201);
		await refused(mark(as.math, 'physics'), 'fields.subject');
		await admin.put(`/api/v1/classes/${group.id}`, { name: 'Чтение', type: 'extracurricular', members: [anna.id], staff: [{ staff: math.id, relation: 'teacher' }] }, 200);
		assert.equal((await mark(as.math, 'physics')).status, 201, 'an assignment without a subject is for any');
		await admin.put(`/api/v1/classes/${group.id}`, { name: 'Чтение', type: 'extracurricular', closed: true }, 200);
		await refused(mark(as.math, 'physics'), 'fields.subject');
	});

	test('the journal names whom a change is about, and nobody where it is about nobody', async () => {
		const noted = async (act) => {
			const { total } = await admin.get('/api/v1/journal?limit=1'), answer = await act();
			const { items, total: after } = await admin.get('/api/v1/journal?limit=50');
			return [answer, items.slice(0, after - total).map((r) => [r.what, r.subject, r.entry])];
		};
		const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(400, 7)]), octets = { 'content-type': 'application/octet-stream' };
		const { upload } = await as.anna.post(`/api/v1/students/${anna.id}/files`, { name: 'скан.pdf', size: bytes.length, type: 'application/pdf' }, 201);
		let [file, rows] = await noted(() => as.anna.request('PUT', `/api/v1/uploads/${upload}?offset=0`, bytes, octets));
		assert.deepEqual([file.status, rows], [201, [['PUT uploads/{upload}', anna.id, null]]]);
		for (const [path, body] of [['students', { family: 'Новая', given: 'Яна' }], ['staff', { family: 'Новая', given: 'Яна' }], ['classes', { name: '1Я' }]]) {
			let made;
			[made, rows] = await noted(() => admin.post(`/api/v1/${path}`, body, 201));
			assert.deepEqual(rows, [[`POST ${path}`, made.id, null]]);
			[, rows] = await noted(() => admin.put(`/api/v1/${path}/${made.id}`, body, 200));
			assert.deepEqual(rows, [[`PUT ${path}/{id}`, made.id, null]]);
		}
		let item;
		[item, rows] = await noted(() => admin.post('/api/v1/school/entries', { kind: 'list_item', fields: { list: 'activity', code: 'j', title_ru: 'Ж' } }, 201));
		assert.deepEqual(rows, [['POST school/entries', null, item.id]]);
		[, rows] = await noted(() => admin.post(`/api/v1/school/entries/${item.id}/withdrawals`, {}, 200));
		assert.deepEqual(rows, [['POST school/entries/{entry}/withdrawals', null, item.id]]);
		[item, rows] = await noted(() => write(as.anna, anna, 'achievement', { name: 'Новое', section: 'sport' }));
		assert.deepEqual(rows, [['POST students/{id}/entries', anna.id, item.id]]);
		[, rows] = await noted(() => admin.put(`/api/v1/accounts/${as.neighbour.account}`, { disabled: false }, 200));
		assert.deepEqual(rows, [['PUT accounts/{id}', null, null]]);
		const table = 'Фамилия;Имя;Класс\nЁлкина;Яна;5А\nЁлкин;Ян;5А\n', csv = { 'content-type': 'text/csv' };
		const { digest } = (await admin.request('POST', '/api/v1/imports?kind=students', table, csv)).json;
		[, rows] = await noted(() => admin.request('POST', `/api/v1/imports?kind=students&apply=true&digest=${digest}`, table, csv));
		assert.deepEqual(rows, [['POST imports', null, null]]);
	});

	/** A parent named an expert of one procedure of 9Б, and the procedure. */
	const named = async () => {
		const procedure = await as.neighbour.post(`/api/v1/classes/${b9.id}/entries`, { kind: 'procedure', fields: { name: 'Событие', sort: 'event', date: TODAY,
			competences: ['cognitive.analysis', 'regulatory.goals'], experts: [mother], experts_until: SOON } }, 201);
		return procedure;
	};

	test('an expert sees whom they rate, and no more; families see no list of the class', async () => {
		const procedure = await named(), at = `/api/v1/students/${vera.id}`;
		const card = await as.mother.request('GET', at);
		assert.deepEqual(card.json, { id: vera.id, family: 'Верная', given: 'Вера', patronymic: '', class: '9Б' });
		assert.equal(card.headers.etag, undefined);
		const members = async (session, group) => (await session.get(`/api/v1/classes/${group.id}`)).members;
		assert.deepEqual(await members(as.mother, b9), [{ id: vera.id, family: 'Верная', given: 'Вера', patronymic: '' }]);
		assert.equal(await members(as.mother, a5), undefined, 'of the own child');
		assert.equal(await members(as.anna, a5), undefined);
		assert.equal(await members(as.father, b9), undefined);
		for (const session of [admin, as.teacher, as.math])
			assert.ok((await members(session, a5)).some((m) => m.id === anna.id));
		assert.equal((await as.father.get(at)).birth_date, born(15), 'a parent sees the child whole');
		await as.neighbour.post(`/api/v1/classes/${b9.id}/entries/${procedure.id}/withdrawals`, {}, 200);
		await as.mother.get(at, 404);
		await as.mother.get(`/api/v1/classes/${b9.id}`, 404);
	});

	test('the journal says who read of many children, once in a while', async () => {
		const head = await node.account({ name: 'Директор' }, { role: 'administrator' });
		const rows = async () => (await admin.get('/api/v1/journal?limit=200')).items.filter((r) => r.account === head.account);
		const lists = ['students', 'students?class=5А', 'students?format=csv', `search?query=${encodeURIComponent('иван')}`, 'students.csv', 'export/oneroster', `classes/${a5.id}`];
		const seen = async (session) => {
			for (const list of lists)
				assert.equal((await session.request('GET', '/api/v1/' + encodeURI(decodeURI(list)))).status, 200, list);
		};
		const before = (await rows()).length;
		await seen(head);
		await seen(head);
		const expected = ['students', 'search', 'students.csv', 'export/oneroster', 'classes/{id}'].map((p) => [`GET ${p}`, null]);
		await waitFor('the rows', async () => (await rows()).length === before + expected.length);
		assert.deepEqual((await rows()).slice(0, expected.length).reverse().map((r) => [r.what, r.subject]), expected);

		/* in the matrix each has figures, and whoever was looked at before is named again */
		for (const page of ['', '/card', '/entries'])
			await head.get(`/api/v1/students/${anna.id}${page}`);
		await waitFor('the row', async () => (await rows())[0].subject === anna.id);
		const { members } = await head.get(`/api/v1/classes/${a5.id}`), since = (await rows()).length;
		await head.get(`/api/v1/classes/${a5.id}/matrix`);
		await head.get(`/api/v1/classes/${a5.id}/matrix`);
		await waitFor('the rows', async () => (await rows()).length === since + members.length);
		assert.deepEqual((await rows()).slice(0, members.length).map((r) => [r.what, r.subject]).sort(), members.map((m) => ['GET classes/{id}/matrix', m.id]).sort());
		assert.ok((await as.mother.get(`/api/v1/students/${anna.id}/looks`)).items.some((r) => r.what === 'GET classes/{id}/matrix' && r.name === 'Директор'));

		/* who finds nobody, or only those near, leaves no row */
		const quiet = async () => (await admin.get('/api/v1/journal?limit=1')).total, was = await quiet();
		await head.get('/api/v1/students?query=' + encodeURIComponent('щщщ'));
		for (const target of ['students', `search?query=${encodeURIComponent('иван')}`, `classes/${a5.id}`, `classes/${a5.id}/matrix`])
			await as.teacher.get(`/api/v1/${target}`);
		await as.mother.get('/api/v1/students');
		assert.equal((await head.request('PUT', '/api/v1/notifications/seen')).status, 204, 'written behind any row');
		assert.equal(await quiet(), was);
	});

	const reviews = async (session) => (await session.get('/api/v1/work')).items.find((w) => w.what === 'reviews');

	test('an expert has the procedure as work until everything in it is rated', async () => {
		const olga = await admin.post('/api/v1/students', { family: 'Другая', given: 'Ольга', class: '9Б' }, 201);
		const before = (await reviews(as.mother))?.count ?? 0, procedure = await named();
		const rate = (student, competence, in_) => write(as.mother, student, 'rating', { competence, level: 2, source: 'event', procedure: in_.id });
		let waits = await reviews(as.mother);
		assert.deepEqual([waits.count - before, waits.due], [2, SOON]);
		for (const student of [vera, olga])
			assert.ok(waits.subjects.includes(student.id));
		const others = (await as.mother.get('/api/v1/work')).items.filter((w) => w.what !== 'reviews');
		assert.equal(others.some((w) => w.subjects.includes(vera.id) || w.subjects.includes(olga.id)), false, 'nothing else of strange children');
		await rate(vera, 'cognitive.analysis', procedure);
		assert.equal((await reviews(as.mother)).count - before, 2);
		const later = await as.neighbour.post(`/api/v1/classes/${b9.id}/entries`, { kind: 'procedure', replaces: procedure.id, fields: { ...procedure.fields, name: 'Событие, исправлено' } }, 201);
		await rate(vera, 'regulatory.goals', later);
		waits = await reviews(as.mother);
		assert.deepEqual([waits.count - before, waits.subjects.includes(vera.id)], [1, false]);
		await as.neighbour.post(`/api/v1/classes/${b9.id}/entries/${later.id}/withdrawals`, {}, 200);
		assert.equal((await reviews(as.mother))?.count ?? 0, before);
	});

	test('an appointment holds for the version that takes the place of the work', async () => {
		const expert = await node.hire('Экспертова', 'Инна');
		as.expert = await node.account(expert);
		const work = await write(as.anna, anna, 'achievement', { name: 'Проект', section: 'project', date: TODAY });
		await write(as.teacher, anna, 'expertise', { entry: work.id, expert: expert.id, until: SOON });
		const later = await judge(as.teacher, anna, work, 'confirm', { fields: { name: 'Проект, исправлен', section: 'project', date: TODAY } });
		assert.notEqual(later.id, work.id);
		assert.equal((await as.expert.get(`/api/v1/students/${anna.id}/entries/${later.id}`)).title, 'Проект, исправлен');
		assert.deepEqual([(await reviews(as.expert)).count, (await reviews(as.expert)).due], [1, SOON]);
		await write(as.expert, anna, 'expert_review', { entry: later.id, text: 'Хорошо' });
		assert.equal(await reviews(as.expert), undefined);
		const strange = await write(as.anna, anna, 'achievement', { name: 'Иное', section: 'sport' });
		await as.expert.get(`/api/v1/students/${anna.id}/entries/${strange.id}`, 404);
	});
});
