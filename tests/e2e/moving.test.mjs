// The school's life meets the network: who changes school, and what comes along; what schools publish to each other.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cascade, settle } from './lib/network.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { waitFor } from './lib/run.mjs';

const now = new Date();
const YEAR = now.getMonth() >= 8 ? now.getFullYear() : now.getFullYear() - 1;
const TODAY = now.toISOString().slice(0, 10);
const born = (years) => `${now.getFullYear() - years}-01-15`;

describe('who changes school', () => {
	let net, from, to, teacher, child, mother, session, figures;
	const write = (who, student, kind, fields, status = 201) => who.post(`/api/v1/students/${student.id}/entries`, { kind, fields }, status);
	const move = async (id) => {
		const { code } = await from.code(id);
		const claim = await to.claim(code);
		const asked = await waitFor('the claim', async () => (await from.get('/api/v1/transfers')).outgoing.find((t) => t.state === 'claimed'));
		await from.act(asked.id, 'approve');
		await to.reaches(claim.id, 'accepted');
		return claim;
	};
	before(async () => {
		net = await cascade('founder', 'left', 'right');
		[from, to] = [net.left, net.right];
		teacher = await from.hire('Соколова', 'Елена');
		child = await from.post('/api/v1/students', { family: 'Переездова', given: 'Анна', class: '5А', birth_date: born(11),
			guardians: [{ family: 'Переездова', given: 'Мария', relation: 'mother' }] });
		await from.post('/api/v1/classes', { name: '5А', staff: [{ staff: teacher.id, relation: 'class_teacher' }] });
		session = await from.account(teacher);
		mother = await from.account(child, { role: 'parent' });
		const entry = await write(mother, child, 'achievement', { name: 'Олимпиада по физике', section: 'olympiads', activity: 'study', date: TODAY });
		await session.post(`/api/v1/students/${child.id}/entries/${entry.id}/verdicts`, { verdict: 'confirm' }, 201);
		await write(mother, child, 'achievement', { name: 'Ждёт проверки', section: 'sport', date: TODAY });
		await write(session, child, 'rating', { competence: 'regulatory.goals', level: 3, source: 'event', date: TODAY });
		await write(mother, child, 'goal', { sort: 'other', name: 'Научиться плавать', stage: 'begun' });
		await write(mother, child, 'consent', { purpose: 'personal_page', entry: entry.id });
		figures = await mother.get(`/api/v1/students/${child.id}/card`);
	});
	after(() => net && stopAll(...net.all));

	test('N6 a student leaves: everything comes along with who wrote and confirmed it; the old totals and work end', async () => {
		const before = await from.totals();
		assert.ok((await session.get('/api/v1/work')).items.some((w) => w.what === 'moderation'));
		await move(child.id);
		const there = await to.entries(child.id);
		const olympiad = there.find((e) => e.title === 'Олимпиада по физике');
		assert.equal(olympiad.status, 'confirmed');
		assert.equal(olympiad.author.name, from.name);
		assert.equal(olympiad.history[0].by.name, 'Соколова Елена');
		assert.deepEqual(new Set(there.map((e) => e.kind)), new Set(['achievement', 'rating', 'goal', 'consent']));
		const card = await to.get(`/api/v1/students/${child.id}/card`);
		assert.deepEqual([card.competences, card.indicators, card.portfolio, card.route.percent],
			[figures.competences, figures.indicators, figures.portfolio, figures.route.percent]);
		await waitFor('the old school to know', async () => (await from.totals()).students === before.students - 1);
		assert.deepEqual((await session.get('/api/v1/work')).items, []);
		assert.deepEqual((await session.get('/api/v1/students')).items, []);
		await session.get(`/api/v1/students/${child.id}/card`, 404);
		for (const node of [from, to]) {
			const paper = await node.request('GET', `/api/v1/students/${child.id}/transcript`);
			assert.match(paper.bytes.toString(), /Олимпиада по физике/);
		}
	});

	test('P8 consent was given to the old school: the new one asks again; a parent there is nobody here until let in', async () => {
		const arrived = await to.get(`/api/v1/students/${child.id}`);
		assert.equal(arrived.class, '');
		assert.deepEqual(arrived.guardians.map((g) => g.given), ['Мария']);
		assert.equal((await mother.request('GET', '/api/v1/session')).status, 401);
		const again = await to.account(child, { role: 'parent' });
		const { items } = await again.get(`/api/v1/students/${child.id}/consents`);
		assert.deepEqual(items[0].purposes.find((p) => p.purpose === 'personal_page').missing, ['parent']);
		const page = await again.put(`/api/v1/students/${child.id}/page`, { open: true }, 200);
		assert.equal((await to.web('GET', `/api/v1/public/${page.token}`)).status, 404);
		await write(again, child, 'consent', { purpose: 'personal_page' });
		assert.equal((await to.web('GET', `/api/v1/public/${page.token}`)).status, 200);
	});

	test('M8 dynamics run on across schools: the new teacher\'s rating stands beside the old one\'s', async () => {
		const other = await to.hire('Новая', 'Ирина');
		await to.post('/api/v1/classes', { name: '5Б', staff: [{ staff: other.id, relation: 'class_teacher' }] });
		const card = await to.get(`/api/v1/students/${child.id}`);
		await to.put(`/api/v1/students/${child.id}`, { family: card.family, given: card.given, class: '5Б', birth_date: card.birth_date,
			guardians: card.guardians.map(({ id, family, given }) => ({ id, family, given })) });
		const her = await to.account(other);
		await write(her, child, 'rating', { competence: 'regulatory.goals', level: 2, source: 'observation', date: TODAY });
		const year = (await her.get(`/api/v1/students/${child.id}/card`)).competences.find((c) => c.code === 'regulatory.goals').years.at(-1);
		assert.deepEqual([year.period, year.mean, year.n], [YEAR, 250, 2]);
	});

	test('T3 a published lesson card is seen at another school, and a later version takes its place', async () => {
		const { lists } = await session.get('/api/v1/catalogue');
		const fields = { name: 'Закон Ома', grade: 8, subject: 'physics', goal: 'Понять связь тока и напряжения', stage_goal: 'Постановка задачи',
			competences: [lists.competence.items[0].code] };
		const card = await session.post(`/api/v1/staff/${teacher.id}/entries`, { kind: 'lesson_card', fields }, 201);
		await session.json('POST', `/api/v1/staff/${teacher.id}/entries/${card.id}/publication`);
		const reader = await to.account(await to.hire('Читатель', 'Пётр'));
		const seen = () => waitFor('the card to arrive', async () => (await reader.get('/api/v1/commons?kind=published_card')).items[0]);
		const first = await seen();
		assert.deepEqual([first.title, first.author, first.school.name, first.fields.stage_goal], ['Закон Ома', 'Соколова Елена', from.name, 'Постановка задачи']);
		const next = await session.post(`/api/v1/staff/${teacher.id}/entries`, { kind: 'lesson_card', fields: { ...fields, name: 'Закон Ома, новое' }, replaces: card.id }, 201);
		await session.json('POST', `/api/v1/staff/${teacher.id}/entries/${next.id}/publication`);
		await waitFor('the later version', async () => {
			const { items } = await reader.get('/api/v1/commons?kind=published_card');
			return items.length === 1 && items[0].title === 'Закон Ома, новое';
		});
	});

	test('T3 a card is made from a template of the administrator\'s, and stays as it was when the template changes', async () => {
		const admin = await from.login(), base = `/api/v1/staff/${teacher.id}/entries`;
		const template = await admin.post('/api/v1/school/entries', { kind: 'lesson_template', fields: { name: 'Урок открытия', stage_goal: 'Проблемный вопрос', stages: [] } }, 201);
		const [offered] = (await session.get('/api/v1/school/entries?kind=lesson_template')).items;
		assert.deepEqual([offered.title, offered.fields.stage_goal], ['Урок открытия', 'Проблемный вопрос']);
		await session.post('/api/v1/school/entries', { kind: 'lesson_template', fields: { name: 'Свой' } }, 403);
		const { name: _, ...start } = offered.fields;
		const made = (of) => ({ kind: 'lesson_card', fields: { ...start, name: 'Плотность', grade: 7, subject: 'physics', goal: 'Вывести формулу', template: of } });
		const card = await session.post(base, made(offered.id), 201);
		const next = await admin.post('/api/v1/school/entries', { kind: 'lesson_template', fields: { name: 'Урок открытия', stage_goal: 'Опыт' }, replaces: template.id }, 201);
		assert.equal((await session.get(`${base}/${card.id}`)).fields.template, template.id);
		assert.equal((await session.get(`${base}/${card.id}`)).fields.stage_goal, 'Проблемный вопрос');
		assert.deepEqual([next.by.role, next.replaces], ['администратор', template.id]);
		assert.equal((await session.get(`/api/v1/school/entries/${template.id}`)).fields.stage_goal, 'Проблемный вопрос');
		assert.equal((await session.post(base, made(template.id), 422)).field, 'fields.template'); // it was replaced
		await session.post(base, { ...made(template.id), replaces: card.id }, 201); // which is no reason to refuse a correction
		assert.equal((await session.post(base, made(card.id), 422)).field, 'fields.template');
		await session.post(base, made(next.id), 201);
	});

	test('N6 an older copy of the former school, come back to life, changes nothing at the new one', async () => {
		const guardians = [{ family: 'Копиев', given: 'Отец' }, { family: 'Копиева', given: 'Мать' }];
		const anna = await from.post('/api/v1/students', { family: 'Копиева', given: 'Анна', class: '5А', birth_date: '2015-01-15', guardians }, 201);
		const work = await from.achieve(anna.id, 'Победа');
		await from.judge(anna.id, work.id, 'confirm');
		const [father] = (await from.get(`/api/v1/students/${anna.id}`)).guardians;
		await settle(net);
		const copy = `${from.dir}-copy`;
		await from.stop();
		fs.cpSync(from.dir, copy, { recursive: true });
		await from.start();
		await move(anna.id);
		const { guardians: [one, two] } = await to.get(`/api/v1/students/${anna.id}`);
		await to.put(`/api/v1/students/${anna.id}`, { family: 'Копиева', given: 'Анна', class: '5Б', birth_date: '2015-01-15', guardians: [{ ...one, until: '2026-01-01' }, two] }, 200);
		const state = async () => [await to.get(`/api/v1/students/${anna.id}`).then((s) => [s.family, s.class, s.birth_date, s.guardians]), (await to.entries(anna.id)).map((e) => [e.title, e.status])];
		const before = await state();
		await settle(net);
		await Promise.all([from.stop(), net.founder.stop()]); // the copy hears of nothing before it has spoken
		const late = new Node(copy, 'Копия');
		late.peerPort = from.peerPort;
		await late.start();
		await late.put(`/api/v1/students/${anna.id}`, { family: 'Подменённая', given: 'Анна', class: '5А', birth_date: '2001-01-15', guardians: [father] }, 200);
		await late.judge(anna.id, work.id, 'return', 'x');
		const more = await late.achieve(anna.id, 'Поздняя запись');
		const rating = await late.post(`/api/v1/students/${anna.id}/entries`, { kind: 'rating', fields: { competence: 'regulatory.goals', level: 3, source: 'event' } }, 201);
		await net.founder.start();
		const arrived = await waitFor('the late words', async () => {
			const entries = await to.entries(anna.id);
			return entries.some((e) => e.id === rating.id) && entries.find((e) => e.id === more.id);
		});
		assert.equal(arrived.status, 'late');
		const after_ = await state();
		assert.deepEqual([after_[0], after_[1].filter(([, status]) => status !== 'late')], before);
		/* a rating counts at once, but a late one only when the new school says so */
		const keeper = await to.hire('Хранителева', 'Ольга');
		await to.post('/api/v1/classes', { name: '6К', staff: [{ staff: keeper.id, relation: 'class_teacher' }] }, 201);
		const card = await to.get(`/api/v1/students/${anna.id}`);
		await to.put(`/api/v1/students/${anna.id}`, { family: card.family, given: card.given, class: '6К', birth_date: card.birth_date, guardians: card.guardians }, 200);
		const hers = await to.account(keeper), at = `/api/v1/students/${anna.id}/entries/${rating.id}`;
		assert.deepEqual((await hers.get(at)).may.filter((act) => act === 'confirm'), ['confirm']);
		assert.equal((await hers.post(`${at}/verdicts`, { verdict: 'confirm' }, 201)).status, 'confirmed');
		await late.stop();
		await from.start();
	});

	test('the administrator sees the peers\' versions and last contact, and when the last backup was made', async () => {
		const admin = await to.login();
		const peer = (await admin.get('/api/v1/network')).peers[0];
		assert.equal(peer.version, (await admin.get('/api/v1/school')).version);
		assert.ok(peer.last_success);
		assert.equal((await admin.get('/api/v1/school')).backup, null);
		await to.must('backup', path.join(net.dir, 'backup'));
		await waitFor('the note of it', async () => (await admin.get('/api/v1/school')).backup?.bytes > 0);
	});

	test('N7 a teacher who changes jobs takes the portfolio along, and no student\'s data', async () => {
		await session.post(`/api/v1/staff/${teacher.id}/entries`, { kind: 't_award_other', fields: { name: 'Грамота', date: TODAY } }, 201);
		const staying = await from.enrol('Остающийся', 'Илья', { class: '5А' });
		await move(teacher.id);
		const entries = (await to.get(`/api/v1/staff/${teacher.id}/entries`)).items.map((e) => e.title);
		assert.ok(entries.includes('Грамота'));
		const known = await to.account(await to.get('/api/v1/staff').then((l) => ({ ...l.items.find((s) => s.id === teacher.id) })), { role: 'teacher' });
		assert.deepEqual((await known.get('/api/v1/students')).items, []);
		await to.get(`/api/v1/students/${staying.id}`, 404);
		await waitFor('the log-in at the old school to end', async () => (await session.request('GET', '/api/v1/session')).status === 401);
		await settle(net);
	});
});
