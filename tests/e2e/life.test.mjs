// The school's life, each sentence checked through the API with that role's own log-in.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Node, stopAll } from './lib/node.mjs';
import { tempDir } from './lib/run.mjs';

const now = new Date();
const YEAR = now.getMonth() >= 8 ? now.getFullYear() : now.getFullYear() - 1;
const iso = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const bornYearsAgo = (years) => `${now.getFullYear() - years}-01-15`;
const TODAY = iso(0), PAST = iso(-1);

describe("the school's life", () => {
	let node, admin, anna, boris, teacher, mathematician, tutor, other, a5, b5;
	const as = {};
	before(async () => {
		node = await Node.create(tempDir(), 'Гимназия № 56');
		await node.start();
		admin = await node.login();
		teacher = await node.hire('Соколова', 'Елена', { patronymic: 'Викторовна' });
		mathematician = await node.hire('Ким', 'Олег');
		tutor = await node.hire('Тьюторова', 'Ольга');
		other = await node.hire('Чужой', 'Пётр');
		anna = await admin.post('/api/v1/students', { family: 'Иванова', given: 'Анна', class: '5А', birth_date: bornYearsAgo(11),
			guardians: [{ family: 'Иванова', given: 'Мария', relation: 'mother' }] }, 201);
		boris = await admin.post('/api/v1/students', { family: 'Петров', given: 'Борис', class: '9Б', birth_date: bornYearsAgo(15),
			guardians: [{ family: 'Петров', given: 'Иван', relation: 'father' }] }, 201);
		a5 = await admin.post('/api/v1/classes', { name: '5А', staff: [
			{ staff: teacher.id, relation: 'class_teacher' }, { staff: mathematician.id, relation: 'teacher', subject: 'mathematics' },
			{ staff: tutor.id, relation: 'tutor' }] }, 201);
		b5 = await admin.post('/api/v1/classes', { name: '9Б', staff: [{ staff: other.id, relation: 'class_teacher' }] }, 201);
		as.anna = await node.account(anna);
		as.mother = await node.account(anna, { role: 'parent' });
		as.boris = await node.account(boris);
		as.father = await node.account(boris, { role: 'parent' });
		as.teacher = await node.account(teacher);
		as.math = await node.account(mathematician);
		as.tutor = await node.account(tutor);
		as.other = await node.account(other);
	});
	after(() => node && stopAll(node));

	const write = (session, student, kind, fields, more = {}, status = 201) =>
		session.post(`/api/v1/students/${student.id}/entries`, { kind, fields, ...more }, status);
	const judge = (session, student, entry, verdict, more = {}, status = 201) =>
		session.post(`/api/v1/students/${student.id}/entries/${entry.id}/verdicts`, { verdict, ...more }, status);
	const achieve = (session, student, name, more = {}) => write(session, student, 'achievement', { name, section: 'sport', date: TODAY, ...more });
	/** Written by the student, confirmed by the class teacher. */
	const confirmed = async (name, more) => judge(as.teacher, anna, await achieve(as.anna, anna, name, more), 'confirm');
	const entries = async (session, student, query = '') => (await session.get(`/api/v1/students/${student.id}/entries?${query}`)).items;

	test('P1 the profile is filled in by the student, one for ever, and seen by the class teacher', async () => {
		await write(as.anna, anna, 'profile', { interests: 'Шахматы' });
		await write(as.anna, anna, 'profile', { interests: 'Шахматы и астрономия' });
		const seen = (await entries(as.teacher, anna, 'kind=profile&status=confirmed')).map((e) => e.fields.interests);
		assert.deepEqual(seen, ['Шахматы и астрономия']);
		/* taking that back brings the one before back */
		await as.anna.json('POST', '/api/v1/undo');
		assert.deepEqual((await entries(as.anna, anna, 'kind=profile&status=confirmed')).map((e) => e.fields.interests), ['Шахматы']);
		await write(as.anna, anna, 'profile', { interests: 'Шахматы и астрономия' });
		await write(as.mother, anna, 'profile', { interests: 'x' }, {}, 403);
	});

	test('P2 P3 the portfolio has seven sections with their tables, and is sorted by activity and subject', async () => {
		const { lists } = await as.anna.get('/api/v1/catalogue');
		assert.deepEqual(lists.section_group.items.map((i) => i.title.ru), ['Учебная деятельность', 'Внеурочная деятельность',
			'Проектная и исследовательская деятельность', 'Прочие образовательные достижения', 'Общественная деятельность',
			'Культурная и творческая деятельность', 'Спортивная деятельность']);
		for (const [name, fields] of [['Олимпиада', { section: 'olympiads', subject: 'physics', activity: 'study' }],
			['Проект', { section: 'project', subject: 'biology', activity: 'study' }], ['Концерт', { section: 'culture', activity: 'culture' }]])
			await achieve(as.mother, anna, name, fields);
		const names = async (query) => (await entries(as.anna, anna, query)).map((e) => e.title).sort();
		assert.deepEqual(await names('section=study'), ['Олимпиада']);
		assert.deepEqual(await names('activity=study'), ['Олимпиада', 'Проект']);
		assert.deepEqual(await names('subject=biology'), ['Проект']);
		assert.deepEqual(await names('query=' + encodeURIComponent('КОНЦ')), ['Концерт']);
	});

	test('P5 X4 unconfirmed, returned with a reason, resubmitted, edited and confirmed: each step linked and attributed', async () => {
		const first = await achieve(as.anna, anna, 'Забег');
		assert.equal(first.status, 'unconfirmed');
		assert.equal(first.by.role, 'учащийся');
		await judge(as.teacher, anna, first, 'return', {}, 422);
		const returned = await judge(as.teacher, anna, first, 'return', { reason: 'Где диплом?' });
		assert.equal(returned.status, 'returned');
		const work = (await as.anna.get('/api/v1/work')).items.find((w) => w.what === 'returned');
		assert.equal(work.count, 1);
		const second = await write(as.anna, anna, 'achievement', { name: 'Забег на 1 км', section: 'sport', date: TODAY }, { replaces: first.id });
		const third = await judge(as.tutor, anna, second, 'confirm', { fields: { name: 'Забег на 1 км, 2-е место', section: 'sport', date: TODAY } });
		assert.equal(third.status, 'confirmed');
		assert.equal(third.replaces, second.id);
		assert.equal(third.by.role, 'тьютор');
		assert.equal(third.history.at(-1).by.name, 'Тьюторова Ольга');
		const trail = await entries(as.mother, anna, 'kind=achievement&limit=200');
		assert.deepEqual([second.id, first.id].map((id) => trail.find((e) => e.id === id).status), ['retracted', 'retracted']);
	});

	test('P5 what is forbidden of a confirmation: of one\'s own, by others, twice; a confirmed entry does not change', async () => {
		const own = await achieve(as.teacher, anna, 'Внёс классный руководитель');
		const problem = await judge(as.teacher, anna, own, 'confirm', {}, 403);
		assert.equal(problem.code, 'own_entry');
		await judge(as.tutor, anna, own, 'confirm');
		assert.equal((await judge(as.tutor, anna, own, 'confirm', {}, 409)).code, 'wrong_state');
		for (const [session, status] of [[as.math, 403], [as.anna, 403], [as.mother, 403], [as.other, 404], [as.boris, 404], [admin, 404]])
			await judge(session, anna, own, 'return', { reason: 'x' }, status);
		const edit = await write(as.mother, anna, 'achievement', { name: 'Другое', section: 'sport' }, { replaces: own.id }, 409);
		assert.equal(edit.code, 'confirmed');
		assert.equal(edit.field, 'replaces');
	});

	test('P5 nor in another role: who is a parent too confirms nothing that they wrote as one', async () => {
		await admin.post('/api/v1/classes', { name: '6В', staff: [{ staff: teacher.id, relation: 'class_teacher' }, { staff: tutor.id, relation: 'tutor' }] }, 201);
		const child = await admin.post('/api/v1/students', { family: 'Своя', given: 'Ася', class: '6В', birth_date: bornYearsAgo(11), guardians: [{ family: 'Тьюторов', given: 'Сам' }] }, 201);
		const guardian = (await node.get(`/api/v1/students/${child.id}`)).guardians[0].id, both = await node.account(tutor);
		await node.put(`/api/v1/accounts/${both.account}`, { guardian }, 200);
		const parent = await (await node.account(tutor)).as('parent');
		const own = await achieve(parent, child, 'Моя дочь');
		assert.equal((await judge(as.tutor, child, own, 'confirm', {}, 403)).code, 'own_entry');
		assert.ok(!((await as.tutor.get('/api/v1/work')).items.find((w) => w.what === 'moderation')?.subjects ?? []).includes(child.id));
		await judge(as.teacher, child, own, 'return', { reason: 'Чья дочь?' });
		await judge(as.teacher, child, own, 'comment', { reason: 'Поняла, чья' });
		assert.equal((await judge(as.teacher, child, own, 'confirm')).status, 'confirmed');
	});

	test('P5 many are confirmed at once, each for itself, and the last step is taken back', async () => {
		const three = [await achieve(as.anna, anna, 'Раз'), await achieve(as.anna, anna, 'Два'), await achieve(as.teacher, anna, 'Три')];
		const queue = await as.teacher.get('/api/v1/moderation?limit=200');
		const waits = queue.items.map((i) => i.entry.title);
		assert.ok(waits.includes('Раз') && waits.includes('Два') && !waits.includes('Три'));
		assert.ok((await as.teacher.get('/api/v1/work')).items.find((w) => w.what === 'moderation').count >= 2);
		const done = await as.teacher.post('/api/v1/verdicts', { verdict: 'confirm',
			items: [...three.map((e) => ({ student: anna.id, entry: e.id })), { student: boris.id, entry: three[0].id }] });
		assert.deepEqual(done.items.map((i) => i.code), ['ok', 'ok', 'own_entry', 'not_found']);
		const last = await achieve(as.anna, anna, 'Ошибка');
		assert.equal((await as.anna.get('/api/v1/undo')).entry, last.id);
		await as.anna.json('POST', '/api/v1/undo');
		assert.equal((await as.anna.get(`/api/v1/students/${anna.id}/entries/${last.id}`)).status, 'retracted');
		await as.anna.get('/api/v1/undo', 404);
		const four = await achieve(as.anna, anna, 'Четыре');
		await judge(as.teacher, anna, four, 'confirm');
		await as.teacher.json('POST', '/api/v1/undo');
		assert.equal((await as.anna.get(`/api/v1/students/${anna.id}/entries/${four.id}`)).status, 'unconfirmed');
	});

	test('P4 the leading activity is named, and a one-sided portfolio, with the rule stated', async () => {
		for (let i = 0; i < 8; i++)
			await confirmed(`Соревнование ${i}`, { activity: 'sport' });
		const card = await as.anna.get(`/api/v1/students/${anna.id}/card`);
		assert.equal(card.portfolio.leading, 'sport');
		assert.equal(card.portfolio.one_sided, true);
		const rule = card.rules.find((r) => r.code === 'one_sided');
		assert.match(rule.text.ru, /60 %/);
		assert.equal(rule.version, 1);
	});

	test('P12 a team\'s achievement stands in every member\'s portfolio', async () => {
		const fields = { name: 'Командный турнир', section: 'sport', date: TODAY, team: 'Ракета', team_id: 't1' };
		for (const [session, student] of [[as.anna, anna], [as.boris, boris]]) {
			await write(session, student, 'achievement', fields);
			assert.equal((await entries(session, student, 'query=' + encodeURIComponent('ракета'))).length, 1);
		}
	});

	test('P6 the route: answers, goals, recommendation, planned against actual with stages', async () => {
		await write(as.anna, anna, 'route_answers', { year_goal: 'Пятёрка по математике' });
		await write(as.mother, anna, 'route_answers', { year_goal: 'Пятёрка по математике и олимпиада' });
		const goal = await write(as.mother, anna, 'goal', { sort: 'mark', name: 'Математика на пять', subject: 'mathematics', target_mark: 5, stage: 'planned' });
		const event = await write(as.anna, anna, 'goal', { sort: 'event', name: 'Олимпиада', stage: 'planned' });
		await write(as.teacher, anna, 'recommendation', { name: 'Кружок', content: 'Записаться в кружок' });
		await write(as.math, anna, 'subject_result', { subject: 'mathematics', mark: 4, term: 'quarter1', date: TODAY });
		let route = await as.teacher.get(`/api/v1/students/${anna.id}/route?period=${YEAR}`);
		const of = (id) => route.goals.find((g) => g.goal.id === id);
		assert.deepEqual([of(goal.id).target, of(goal.id).actual, of(goal.id).reached, of(goal.id).percent], [5, 4, false, 66]);
		await write(as.anna, anna, 'goal_step', { goal: event.id, stage: 'halfway', date: TODAY });
		route = await as.anna.get(`/api/v1/students/${anna.id}/route?period=${YEAR}`);
		assert.deepEqual([of(event.id).stage, of(event.id).percent], ['halfway', 50]);
		await judge(as.teacher, anna, await achieve(as.anna, anna, 'Олимпиада, призёр', { goal: event.id, section: 'olympiads' }), 'confirm');
		route = await as.mother.get(`/api/v1/students/${anna.id}/route?period=${YEAR}`);
		assert.equal(of(event.id).reached, true);
		assert.equal((await write(as.anna, anna, 'goal_step', { goal: 'f'.repeat(64), stage: 'begun' }, {}, 422)).field, 'fields.goal');
	});

	test('P8 P9 X5 nothing is public without consent; the class site shows what is permitted, and 404 at once when it is withdrawn', async () => {
		const entry = await confirmed('Публичное', { section: 'culture' });
		const page = await as.teacher.put(`/api/v1/classes/${a5.id}/page`, { open: true }, 200);
		const visit = () => node.web('GET', `/api/v1/public/${page.token}`);
		assert.equal((await visit()).status, 404);
		await write(as.teacher, anna, 'consent', { purpose: 'class_site', entry: entry.id }, {}, 403);
		await write(as.father, anna, 'consent', { purpose: 'class_site', entry: entry.id }, {}, 404);
		const consent = await write(as.mother, anna, 'consent', { purpose: 'class_site', entry: entry.id });
		const seen = await visit();
		assert.equal(seen.status, 200);
		assert.match(seen.headers['cache-control'], /no-store/);
		assert.deepEqual(seen.json.people.map((p) => [p.name, p.entries.map((e) => e.title)]), [['Анна И.', ['Публичное']]]);
		assert.equal(JSON.stringify(seen.json).includes(anna.id), false);
		await as.mother.post(`/api/v1/students/${anna.id}/entries/${consent.id}/withdrawals`, {}, 200);
		assert.equal((await visit()).status, 404);
	});

	test('P7 from 14 on the page needs the student\'s own consent beside the parent\'s', async () => {
		const entry = await judge(as.other, boris, await achieve(as.boris, boris, 'Шахматы'), 'confirm');
		const page = await as.father.put(`/api/v1/students/${boris.id}/page`, { open: true }, 200);
		const visit = async () => (await node.web('GET', `/api/v1/public/${page.token}`)).status;
		const missing = async () => (await as.father.get(`/api/v1/students/${boris.id}/consents`)).items.find((i) => i.entry === entry.id)
			.purposes.find((p) => p.purpose === 'personal_page').missing;
		assert.deepEqual(await missing(), ['parent', 'self']);
		await write(as.father, boris, 'consent', { purpose: 'personal_page', entry: entry.id });
		assert.deepEqual(await missing(), ['self']);
		assert.equal(await visit(), 404);
		assert.ok((await as.boris.get('/api/v1/work')).items.some((w) => w.what === 'consents'));
		await write(as.boris, boris, 'consent', { purpose: 'personal_page' });
		assert.equal(await visit(), 200);
		await as.father.put(`/api/v1/students/${boris.id}/page`, { open: false }, 200);
		assert.equal(await visit(), 404);
	});

	describe('monitoring', () => {
		let procedure;
		test('M1 M2 both kinds of procedure; levels of УУД in three groups by teacher and class teacher', async () => {
			const { lists } = await as.teacher.get('/api/v1/catalogue');
			assert.deepEqual(lists.procedure_sort.items.map((i) => i.title.ru), ['Письменная комплексная работа', 'Образовательное событие']);
			assert.deepEqual(lists.competence_group.items.slice(0, 3).map((i) => i.title.ru.split(' ')[0]), ['Познавательные', 'Регулятивные', 'Коммуникативные']);
			procedure = await as.teacher.post(`/api/v1/classes/${a5.id}/entries`, { kind: 'procedure', fields: { name: 'Комплексная работа',
				sort: 'written_work', date: TODAY, competences: ['regulatory.goals', 'cognitive.analysis'], criteria: 'По листу' } }, 201);
			for (const [session, competence, level] of [[as.math, 'regulatory.goals', 2], [as.teacher, 'regulatory.goals', 3], [as.math, 'cognitive.analysis', 1]])
				await write(session, anna, 'rating', { competence, level, source: 'written_work', procedure: procedure.id, date: TODAY });
			const bad = async (fields, field) => {
				const problem = await write(as.math, anna, 'rating', { source: 'event', ...fields }, {}, 422);
				assert.equal(problem.field, field);
				assert.ok(problem.detail);
			};
			await bad({ competence: 'regulatory.goals', level: 4 }, 'fields.level');
			await bad({ competence: 'luck', level: 1 }, 'fields.competence');
			await bad({ competence: 'communicative.speech', level: 1, procedure: procedure.id }, 'fields.competence');
			await write(as.other, anna, 'rating', { competence: 'regulatory.goals', level: 1, source: 'event' }, {}, 404);
			await write(as.mother, anna, 'rating', { competence: 'regulatory.goals', level: 3, source: 'event' }, {}, 403);
			for (const [period, field] of [[YEAR + 1, 'period'], [2150, 'period'], [1905, 'period']])
				assert.equal((await write(as.math, anna, 'rating', { competence: 'regulatory.goals', level: 1, source: 'event' }, { period }, 422)).field, field);
			assert.equal((await write(as.math, anna, 'rating', { competence: 'regulatory.goals', level: 1, source: 'event', date: '1901-10-10' }, {}, 422)).field, 'fields.date');
			const outside = await write(as.math, anna, 'rating', { competence: 'regulatory.goals', level: 1, source: 'event', date: TODAY }, { period: YEAR - 1 }, 422);
			assert.deepEqual([outside.code, outside.field], ['outside_year', 'fields.date']);
		});

		test('M4 an observation is asked of every teacher of the student; partial result, mean, deadline, once each', async () => {
			const poll = await as.teacher.post(`/api/v1/students/${anna.id}/entries`, { kind: 'poll',
				fields: { competences: ['communicative.speech'], deadline: iso(7) } }, 201);
			assert.deepEqual([...poll.fields.asked].sort(), [teacher.id, mathematician.id, tutor.id].sort());
			const waits = (await as.math.get('/api/v1/work')).items.find((w) => w.what === 'polls');
			assert.deepEqual([waits.count, waits.due], [1, iso(7)]);
			const answer = (session, level, status = 201) =>
				write(session, anna, 'observation', { poll: poll.id, marks: { 'communicative.speech': level } }, {}, status);
			await answer(as.math, 1);
			let state = (await as.teacher.get(`/api/v1/students/${anna.id}/polls`)).items[0];
			assert.deepEqual([state.answered, state.of, state.means[0].mean, state.means[0].n], [1, 3, 100, 1]);
			assert.equal((await answer(as.math, 3, 409)).code, 'answered');
			await answer(as.tutor, 2);
			await answer(as.teacher, 2);
			state = (await as.teacher.get(`/api/v1/students/${anna.id}/polls`)).items[0];
			assert.deepEqual([state.answered, state.means[0].mean, state.means[0].n], [3, 167, 3]);
			assert.equal((await as.math.get('/api/v1/work')).items.find((w) => w.what === 'polls'), undefined);
			await write(as.teacher, anna, 'poll', { competences: ['communicative.speech'], deadline: PAST }, {}, 422);
		});

		test('M3 M5 an external result that deviates by 1.00 or more is a signal, and work until somebody closes it', async () => {
			await write(as.teacher, anna, 'external_result', { source: 'vpr', competence: 'regulatory.goals', level: 1, date: TODAY });
			const deviation = async () => (await as.teacher.get(`/api/v1/students/${anna.id}/card`)).deviations.find((d) => d.code === 'regulatory.goals');
			const d = await deviation();
			assert.deepEqual([d.external, d.own, d.handled], [100, 250, false]);
			assert.equal((await as.teacher.get('/api/v1/work')).items.find((w) => w.what === 'deviations').count, 1);
			await write(as.teacher, anna, 'deviation', { competence: 'regulatory.goals', action: 'Беседа', closed: true });
			assert.equal((await deviation()).handled, true);
			assert.equal((await as.teacher.get('/api/v1/work')).items.find((w) => w.what === 'deviations'), undefined);
		});

		test('M6 the indicator on the card is the one anybody computes from the export', async () => {
			const card = await as.mother.get(`/api/v1/students/${anna.id}/card`);
			const exported = await as.mother.get(`/api/v1/students/${anna.id}/export`);
			const levels = new Map();
			for (const e of exported.entries.filter((one) => one.status === 'confirmed' && one.period === YEAR)) {
				const marks = e.kind === 'observation' ? e.fields.marks
					: ['rating', 'external_result'].includes(e.kind) ? { [e.fields.competence]: e.fields.level } : {};
				for (const [code, level] of Object.entries(marks))
					levels.set(code, [...(levels.get(code) ?? []), level]);
			}
			const up = (a, b) => Math.floor((2 * a + b) / (2 * b));
			const means = [...levels.values()].map((l) => up(100 * l.reduce((a, b) => a + b), l.length));
			const value = up(means.reduce((a, b) => a + b) * 100, 3 * means.length);
			const shown = card.indicators.find((i) => i.period === YEAR);
			assert.deepEqual([shown.value, shown.competences], [value, means.length]);
			assert.equal(card.rules.find((r) => r.code === 'indicator').version, 1);
		});

		test('M7 M8 the analytic card merges monitoring, portfolio, route and profile, and shows each competence by years', async () => {
			await write(as.math, anna, 'rating', { competence: 'regulatory.goals', level: 0, source: 'event', date: `${YEAR - 1}-10-10` }, { period: YEAR - 1 });
			const card = await as.tutor.get(`/api/v1/students/${anna.id}/card`);
			assert.deepEqual(card.competences.find((c) => c.code === 'regulatory.goals').years.map((y) => [y.period, y.mean]), [[YEAR - 1, 0], [YEAR, 200]]);
			assert.equal(card.profile.fields.interests, 'Шахматы и астрономия');
			assert.ok(card.portfolio.confirmed > 8 && card.route.goals.length === 2 && card.recommendations.length === 1);
			await as.other.get(`/api/v1/students/${anna.id}/card`, 404);
		});

		test('M9 a recommendation by a teacher, with its forms, reaches the family', async () => {
			await write(as.math, anna, 'recommendation', { name: 'Счёт', content: 'Тренажёр', in_lesson: 'Карточки', outside_lesson: 'Игры' });
			const seen = (await entries(as.mother, anna, 'kind=recommendation'))[0];
			assert.deepEqual([seen.fields.in_lesson, seen.by.role, seen.by.name], ['Карточки', 'учитель', 'Ким Олег']);
			assert.ok((await as.mother.get('/api/v1/notifications')).items.some((n) => n.title === 'Счёт'));
		});

		test('M10 a primary class is monitored with competences of its own', async () => {
			const child = await admin.post('/api/v1/students', { family: 'Малышева', given: 'Вера', class: '1А', birth_date: bornYearsAgo(7) }, 201);
			await admin.post('/api/v1/classes', { name: '1А', pilot: true, staff: [{ staff: teacher.id, relation: 'class_teacher' }] }, 201);
			const { lists } = await as.teacher.get('/api/v1/catalogue');
			const primary = lists.competence.items.find((i) => i.group === 'primary');
			await write(as.teacher, child, 'rating', { competence: primary.code, level: 3, source: 'observation', date: TODAY });
			const card = await as.teacher.get(`/api/v1/students/${child.id}/card`);
			assert.equal(card.competences[0].group, 'primary');
			assert.equal(card.indicators[0].value, 10000);
		});

		test('M11 class and school analysis for the administration, as data and on paper', async () => {
			const analysis = await admin.get(`/api/v1/analysis?period=${YEAR}`);
			const five = analysis.classes.find((c) => c.name === '5А');
			assert.equal(five.students, 1);
			assert.equal(five.indicator, (await as.mother.get(`/api/v1/students/${anna.id}/card`)).indicators.find((i) => i.period === YEAR).value);
			assert.ok(analysis.total.students >= 3 && five.confirmed > 8);
			assert.deepEqual((await as.teacher.get('/api/v1/analysis')).classes.map((c) => c.name), ['1А', '5А', '6В']);
			const paper = await admin.request('GET', '/api/v1/analysis/page');
			assert.equal(paper.type, 'text/html');
			assert.match(paper.bytes.toString(), /Аналитическая справка/);
			await as.mother.get('/api/v1/analysis', 404);
			const note = await admin.post('/api/v1/school/entries', { kind: 'analysis_note', fields: { name: 'Справка', period: `${YEAR}/${YEAR + 1}`, date: TODAY, text: 'Итоги' } }, 201);
			assert.equal(note.by.role, 'администратор');
		});

		test('M12 a parent named an expert rates in the event they were named for, and nowhere else', async () => {
			const father = boris.guardians?.[0]?.id ?? (await admin.get(`/api/v1/students/${boris.id}`)).guardians[0].id;
			const rate = (p, status = 201) => write(as.father, anna, 'rating',
				{ competence: 'communicative.speech', level: 2, source: 'event', date: TODAY, ...(p ? { procedure: p } : {}) }, {}, status);
			await rate(procedure.id, 404);
			const event = await as.teacher.post(`/api/v1/classes/${a5.id}/entries`, { kind: 'procedure', fields: { name: 'Событие', sort: 'event',
				date: TODAY, competences: ['communicative.speech'], experts: [father], experts_until: iso(3) } }, 201);
			await rate(procedure.id, 403);
			assert.equal((await rate(undefined, 422)).field, 'fields.procedure');
			assert.equal((await rate(event.id)).by.role, 'эксперт');
			assert.deepEqual(new Set((await entries(as.father, anna)).map((e) => e.kind)), new Set(['rating']));
		});

		test('P12 M3 a whole class at once: each entry for itself; external results from a file, every row told before any is written', async () => {
			const second = await admin.post('/api/v1/students', { family: 'Вторая', given: 'Ира', class: '5А', birth_date: bornYearsAgo(11) }, 201);
			const team = [anna, second].map((s) => ({ student: s.id, kind: 'achievement', fields: { name: 'Эстафета', section: 'sport', team: 'Ракета', team_id: 'x', date: TODAY } }));
			const bad = { student: boris.id, kind: 'achievement', fields: { name: 'x', section: 'sport' } };
			const wrong = { student: anna.id, kind: 'rating', fields: { competence: 'regulatory.goals', level: 9, source: 'event' } };
			const { items, done } = await as.teacher.post('/api/v1/entries', { items: [...team, bad, wrong] }, 200);
			assert.deepEqual([items.map((i) => i.code), done, items[3].field], [['ok', 'ok', 'not_found', 'invalid'], 2, 'fields.level']);
			const send = (text, query = '') => as.teacher.request('POST', `/api/v1/classes/${a5.id}/external-results?source=vpr&date=${TODAY}${query}`, text, { 'content-type': 'text/csv' });
			const table = 'Фамилия;Имя;communicative.speech;cognitive.analysis\nИванова;Анна;2;3\nВторая;Ира;1;\n';
			assert.deepEqual((await send(table)).json.rows.map((r) => r.outcome), ['new', 'new']);
			assert.equal((await send(table + 'Никто;Нет;1;1\n', '&apply=true')).json.bad, 1);
			assert.equal((await send(table.replace(';3', ';7'), '&apply=true')).json.rows[0].outcome, 'error');
			assert.equal((await entries(as.teacher, second, 'kind=external_result')).length, 0);
			assert.equal((await send(table, '&apply=true')).json.done, 3);
			assert.deepEqual((await entries(as.teacher, second, 'kind=external_result')).map((e) => e.fields.level), [1]);
			assert.equal((await send('Фамилия;Имя;удача\n')).status, 422);
		});

		test('the class matrix holds every student, competence and year', async () => {
			const m = await as.teacher.get(`/api/v1/classes/${a5.id}/matrix?from=${YEAR - 1}&to=${YEAR}`);
			const column = m.competences.findIndex((c) => c.code === 'regulatory.goals');
			assert.deepEqual(m.rows.find((r) => r.student.id === anna.id).means.slice(2 * column, 2 * column + 2), [0, 200]);
			await as.other.get(`/api/v1/classes/${a5.id}/matrix`, 404);
		});
	});

	describe('the teacher', () => {
		const own = (session, staff, kind, fields, status = 201) => session.post(`/api/v1/staff/${staff.id}/entries`, { kind, fields }, status);
		test('T1 twelve sections; hours decide the table of section 4', async () => {
			const { kinds, lists } = await as.teacher.get('/api/v1/catalogue');
			assert.equal(lists.teacher_section.items.length, 12);
			for (const section of lists.teacher_section.items)
				assert.ok(kinds.some((k) => k.section === section.code), section.code);
			const tables = [];
			for (const hours of [15, 16, 250, 251])
				tables.push((await own(as.teacher, teacher, 't_training', { name: `Курсы ${hours}`, sort: lists.training_sort.items[0].code, hours, date: TODAY })).table);
			assert.equal(new Set(tables).size, 3);
			assert.deepEqual([tables[1], tables[0] !== tables[1], tables[2] === tables[1], tables[3] !== tables[2]], [tables[2], true, true, true]);
			await own(as.math, teacher, 't_award_other', { name: 'x', date: TODAY }, 404);
		});

		test('T2 T5 growth by year, seen by the administration; the teacher\'s page shows it to anybody', async () => {
			await own(as.teacher, teacher, 't_award_other', { name: 'Грамота', date: TODAY });
			const hidden = await own(as.teacher, teacher, 't_award_other', { name: 'Не показывать', date: TODAY });
			const growth = (await admin.get(`/api/v1/staff/${teacher.id}/growth`)).years.at(-1);
			assert.deepEqual([growth.period, growth.hours, growth.sections.awards], [YEAR, 532, 2]);
			const page = await as.teacher.put(`/api/v1/staff/${teacher.id}/page`, { open: true, hidden: [hidden.id] }, 200);
			const titles = (await node.web('GET', `/api/v1/public/${page.token}`)).json.people[0].entries.map((e) => e.title);
			assert.ok(titles.includes('Грамота') && !titles.includes('Не показывать'));
		});

		test('T4 the self-rating against the standard names what to improve, and the plan answers it', async () => {
			const { lists } = await as.teacher.get('/api/v1/catalogue');
			const [weak, strong] = lists.standard_item.items;
			await own(as.teacher, teacher, 'self_rating', { marks: { [weak.code]: 1, [strong.code]: 3 } });
			await own(as.teacher, teacher, 'development_step', { item: weak.code, action: 'Курсы', due: iso(60) });
			const plan = await as.teacher.get(`/api/v1/staff/${teacher.id}/development`);
			assert.deepEqual(plan.areas.map((a) => [a.code, a.steps.length]), [[weak.code, 1]]);
			await as.math.get(`/api/v1/staff/${teacher.id}/development`, 404);
		});
	});

	test('the administrator adds to a list and hides an item; old records keep their words', async () => {
		const old = await confirmed('До правки', { activity: 'sport' });
		const item = await admin.post('/api/v1/school/entries', { kind: 'list_item', fields: { list: 'activity', code: 'robotics', title_ru: 'Робототехника' } }, 201);
		assert.match(item.fields.code, /^[0-9a-z]{8}\.robotics$/);
		const entry = await achieve(as.anna, anna, 'Робот', { activity: item.fields.code });
		assert.equal(entry.words.activity, 'Робототехника');
		const sport = (await admin.get('/api/v1/catalogue')).lists.activity.items.find((i) => i.code === 'sport');
		await admin.post('/api/v1/school/entries', { kind: 'list_item', fields: { list: 'activity', code: 'sport', title_ru: sport.title.ru, title_en: sport.title.en, hidden: true } }, 201);
		assert.equal((await write(as.anna, anna, 'achievement', { name: 'x', section: 'sport', activity: 'sport' }, {}, 422)).field, 'fields.activity');
		assert.equal((await as.anna.get(`/api/v1/students/${anna.id}/entries/${old.id}`)).words.activity, sport.title.ru);
		assert.equal((await admin.post('/api/v1/school/entries', { kind: 'list_item', fields: { list: 'event_level', code: 'x', title_ru: 'x' } }, 422)).field, 'fields.list');
		await as.teacher.post('/api/v1/school/entries', { kind: 'list_item', fields: { list: 'activity', code: 'y', title_ru: 'y' } }, 403);
	});

	test('an ended assignment ends access at once; a substitute has it until the day', async () => {
		const body = { name: '9Б', staff: [{ staff: other.id, relation: 'class_teacher' }, { staff: mathematician.id, relation: 'teacher', until: iso(2), substitutes: other.id }] };
		await admin.put(`/api/v1/classes/${b5.id}`, body, 200);
		await as.math.get(`/api/v1/students/${boris.id}`, undefined);
		body.staff[1].until = TODAY;
		await admin.put(`/api/v1/classes/${b5.id}`, body, 200);
		await as.math.get(`/api/v1/students/${boris.id}`, 404);
		assert.ok((await as.math.get('/api/v1/students')).items.every((s) => s.class === '5А'));
	});

	test('a parent sees who looked; the journal holds, and tells a row that was changed', async () => {
		const lena = await admin.post('/api/v1/students', { family: 'Смотрова', given: 'Лена', class: '5А', birth_date: bornYearsAgo(11), guardians: [{ family: 'Смотрова', given: 'Инна' }] }, 201);
		const mother = await node.account(lena, { role: 'parent' });
		assert.equal((await as.teacher.get(`/api/v1/students/${lena.id}`)).guardians[0].given, 'Инна'); // 5А is hers
		assert.equal((await mother.get(`/api/v1/students/${lena.id}`)).guardians, undefined);
		await mother.get(`/api/v1/students/${lena.id}/card`);
		const before = (await mother.get(`/api/v1/students/${lena.id}/looks`)).items;
		assert.deepEqual(before.map((l) => l.role), ['operator', 'administrator']); // the test itself, on the control socket; who enrolled her
		await admin.get(`/api/v1/students/${lena.id}/export`);
		await achieve(mother, lena, 'Первая');
		const looks = (await mother.get(`/api/v1/students/${lena.id}/looks`)).items.slice(0, 2);
		assert.deepEqual(looks.map((l) => [l.what, l.role, l.name]), [['POST students/{id}/entries', 'parent', 'Смотрова Инна'],
			['GET students/{id}/export', 'administrator', null]]);
		assert.deepEqual((await mother.get(`/api/v1/students/${lena.id}/export`)).journal.slice(0, 2), looks);
		await as.other.get(`/api/v1/students/${lena.id}/looks`, 404);
		await admin.get(`/api/v1/students/${lena.id}/looks`, 404);
		const check = await admin.get('/api/v1/journal/check');
		assert.equal(check.whole, true);
		const { items, total } = await admin.get('/api/v1/journal?limit=5');
		assert.equal(items[0].seq, total);
		await as.teacher.get('/api/v1/journal', 404);
	});

	test('every list is a table too, whole, with formulas defused', async () => {
		await achieve(as.anna, anna, '=HYPERLINK("http://x")');
		for (const [session, target, holds] of [[as.anna, `/api/v1/students/${anna.id}/entries`, "'=HYPERLINK"], [admin, '/api/v1/students', 'Иванова'],
			[as.teacher, `/api/v1/classes/${a5.id}/matrix`, `regulatory.goals ${YEAR}`], [admin, '/api/v1/analysis', '5А'], [as.teacher, '/api/v1/moderation', 'entry.title'],
			[admin, '/api/v1/classes', '9Б'], [admin, '/api/v1/journal', 'students/{id}/entries'], [admin, '/api/v1/staff', 'Ким'],
			[as.mother, `/api/v1/students/${anna.id}/looks`, 'operator'], [admin, `/api/v1/staff/${teacher.id}/growth`, 'sections.awards']]) {
			const answer = await session.request('GET', `${target}?format=csv`);
			assert.equal(answer.type, 'text/csv', target);
			assert.ok(answer.bytes.toString().includes(holds), `${target}: ${answer.bytes.toString().slice(0, 300)}`);
		}
	});

	test('search finds letters of Russia\'s languages, and only whom the caller may see', async () => {
		await admin.post('/api/v1/students', { family: 'Әхмәтҗанов', given: 'Җәүдәт', class: '5А' }, 201);
		await admin.post('/api/v1/students', { family: 'Ӧньӥ', given: 'Ӵапак', class: '9Б' }, 201);
		const found = async (session, text) => (await session.get('/api/v1/search?query=' + encodeURIComponent(text))).people.map((p) => p.family);
		assert.deepEqual(await found(as.teacher, 'әхмәтҗ'), ['Әхмәтҗанов']);
		assert.deepEqual(await found(as.teacher, 'ӦНЬӤ'), []);
		assert.deepEqual(await found(as.other, 'ӧньӥ'), ['Ӧньӥ']);
		assert.deepEqual(await found(as.anna, 'әхмәтҗ'), []);
	});

	test('search finds guardians for who keeps the class, and for nobody else', async () => {
		const found = async (session) => (await session.get('/api/v1/search?query=' + encodeURIComponent('иванова мария'))).guardians;
		const [mother, ...more] = await found(as.teacher);
		assert.equal(more.length, 0);
		assert.equal(mother.given, 'Мария');
		assert.deepEqual([mother.child.id, mother.child.class], [anna.id, '5А']);
		assert.deepEqual((await found(admin)).map((one) => one.id), [mother.id]);
		assert.deepEqual((await found(as.tutor)).map((one) => one.id), [mother.id]);
		for (const who of ['math', 'other', 'anna', 'mother', 'father'])
			assert.deepEqual(await found(as[who]), [], who);
	});

	test('whom an entry names is called by name for those who may know them, and is a number for the others', async () => {
		const { guardians: [mother] } = await as.teacher.get(`/api/v1/students/${anna.id}`);
		const work = await confirmed('Работа с экспертами');
		const byMother = await write(as.teacher, anna, 'expertise', { entry: work.id, expert: mother.id, until: TODAY });
		assert.deepEqual(byMother.names, { [mother.id]: 'Иванова Мария' });
		const seen = async (session) => (await entries(session, anna, 'kind=expertise')).find((e) => e.id === byMother.id)?.names;
		assert.deepEqual(await seen(as.mother), { [mother.id]: 'Иванова Мария' });
		assert.deepEqual(await seen(as.math), {});
		/* of one parent with two children, whoever keeps the second one's class knows them too */
		const [father] = (await as.other.get(`/api/v1/students/${boris.id}`)).guardians;
		const older = await admin.post('/api/v1/students', { family: 'Петров', given: 'Яков', class: '5А', birth_date: bornYearsAgo(11), guardians: [{ ...father, until: undefined }] }, 201);
		for (const [who, child] of [[as.teacher, older], [as.other, boris]]) {
			const theirs = await judge(who, child, await achieve(who === as.other ? as.boris : as.father, child, 'Работа'), 'confirm');
			assert.deepEqual((await write(who, child, 'expertise', { entry: theirs.id, expert: father.id, until: TODAY })).names, { [father.id]: 'Петров Иван' });
		}
		const own = await as.math.post(`/api/v1/staff/${mathematician.id}/entries`,
			{ kind: 't_student_results', fields: { name: 'Олимпиада', date: TODAY, students: [anna.id, boris.id] } }, 201);
		assert.deepEqual(own.names, { [anna.id]: 'Иванова Анна' });
	});

	test('what an entry names must be of the kind that its field asks for', async () => {
		const work = await achieve(as.anna, anna, 'Не цель');
		const refused = await write(as.anna, anna, 'achievement', { name: 'К цели', section: 'sport', date: TODAY, goal: work.id }, {}, 422);
		assert.equal(refused.field, 'fields.goal');
		const goal = await write(as.anna, anna, 'goal', { sort: 'event', name: 'Разряд по шахматам', stage: 'planned' });
		assert.equal((await achieve(as.anna, anna, 'К цели', { goal: goal.id })).fields.goal, goal.id);
	});
});
