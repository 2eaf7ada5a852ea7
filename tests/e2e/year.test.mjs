// A whole school year, played through the API by everybody in it, each with their own log-in; at its end every total is
// held against a count that this script kept by itself. `make year` plays it with more classes.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { cascade } from './lib/network.mjs';
import { stopAll } from './lib/node.mjs';
import { clockOff, waitFor } from './lib/run.mjs';

const CLASSES = Number(process.env.YEAR_CLASSES ?? 2), STUDENTS = Number(process.env.YEAR_STUDENTS ?? 4);
const now = new Date();
const YEAR = (now.getMonth() >= 8 ? now.getFullYear() : now.getFullYear() - 1) + 1;
const COMPETENCES = ['regulatory.goals', 'cognitive.analysis', 'communicative.speech'];
const shim = clockOff(0);

/** The same year every time. */
let state = 20260901;
const roll = (below) => {
	state = (Math.imul(state, 1103515245) + 12345) >>> 0;
	return (state >>> 8) % below;
};

describe('a school year', { skip: shim ? false : 'sanitizers must be loaded first' }, () => {
	let net, school, other, today;
	const classes = [], everyone = [];
	/* what this script knows: of each student, how many entries of a kind have each status */
	const note = (s, kind, status, n = 1) => s.counts.set(`${kind} ${status}`, (s.counts.get(`${kind} ${status}`) ?? 0) + n);

	/** Both schools go to sleep, and wake on that day. */
	async function on(day) {
		today = day;
		sessions.clear();
		const ahead = Math.floor((Date.parse(`${day}T09:00:00Z`) - Date.now()) / 1000);
		const env = clockOff(ahead);
		await stopAll(...net.all);
		for (const node of net.all)
			await Object.assign(node, { ahead }).start({ env });
		await school.agrees(net.founder);
	}
	const here = () => everyone.filter((s) => !s.gone);
	/* one log-in a day is enough */
	const sessions = new Map();
	const once = async (key, open) => sessions.get(key) ?? sessions.set(key, await open()).get(key);
	const as = {
		student: (s) => once(s.card.id, () => school.account(s.card)),
		parent: (s) => once(`${s.card.id} parent`, () => school.account(s.card, { role: 'parent' })),
		teacher: (c) => once(c.teacher.id, () => school.account(c.teacher)),
		colleague: (c) => once(c.colleague.id, () => school.account(c.colleague)),
	};
	const write = async (session, s, kind, fields, status = 'confirmed', more = {}) => {
		const entry = await session.post(`/api/v1/students/${s.card.id}/entries`, { kind, fields, ...more }, 201);
		assert.equal(entry.status, status);
		note(s, kind, status);
		return entry;
	};
	const settled = async (session, s, entry, verdict, more = {}) => {
		const judged = await session.post(`/api/v1/students/${s.card.id}/entries/${entry.id}/verdicts`, { verdict, ...more }, 201);
		note(s, entry.kind, 'unconfirmed', -1);
		note(s, entry.kind, verdict === 'confirm' ? 'confirmed' : 'returned');
		return judged;
	};
	const rates = (s, competence, level, external = false) => s.levels.push({ competence, level, external });

	before(async () => {
		net = await cascade('founder', 'left');
		[school, other] = [net.left, net.founder];
	});
	after(() => net && stopAll(...net.all));

	test('September: enrolment, classes, log-ins from printed codes, routes', async () => {
		await on(`${YEAR}-09-05`);
		for (let c = 0; c < CLASSES; c++) {
			const teacher = await school.hire('Классная', `Номер${c}`), colleague = await school.hire('Предметник', `Номер${c}`);
			const name = `${c === CLASSES - 1 ? 11 : 5 + (c % 6)}${'АБВГД'[c % 5]}`;
			const card = await school.post('/api/v1/classes', { name, staff: [{ staff: teacher.id, relation: 'class_teacher' },
				{ staff: colleague.id, relation: 'teacher', subject: 'mathematics' }] }, 201);
			const grade = Number.parseInt(name, 10);
			const students = [];
			for (let i = 0; i < STUDENTS; i++) {
				const student = await school.post('/api/v1/students', { family: `Ученик${c}x${i}`, given: 'Саша', class: name, joined: `${YEAR}-09-01`,
					birth_date: `${YEAR - 5 - grade}-0${1 + roll(8)}-1${roll(9)}`, guardians: [{ family: `Родитель${c}x${i}`, given: 'Женя' }] }, 201);
				students.push({ card: student, class: name, counts: new Map(), levels: [], gone: false });
			}
			classes.push({ id: card.id, name, teacher, colleague, students });
			everyone.push(...students);
		}
		for (const s of everyone) {
			const parent = await as.parent(s);
			await write(parent, s, 'route_answers', { year_goal: 'Учиться ровно' });
			s.goal = await write(parent, s, 'goal', { sort: 'mark', name: 'Математика', subject: 'mathematics', target_mark: 4, stage: 'planned' });
		}
	});

	test('October: achievements, moderation, an observation asked of every teacher', async () => {
		await on(`${YEAR}-10-20`);
		for (const c of classes) {
			const teacher = await as.teacher(c), colleague = await as.colleague(c);
			for (const s of c.students) {
				const student = await as.student(s);
				for (let i = 0; i < 2; i++) {
					const entry = await write(student, s, 'achievement', { name: `Конкурс ${i}`, section: i ? 'sport' : 'olympiads', activity: i ? 'sport' : 'study', date: today }, 'unconfirmed');
					if (roll(4))
						await settled(teacher, s, entry, 'confirm');
					else
						s.returned = await settled(teacher, s, entry, 'return', { reason: 'Приложите грамоту' });
				}
			}
			const s = c.students[0];
			const poll = await write(teacher, s, 'poll', { competences: COMPETENCES, deadline: `${YEAR}-11-01` });
			for (const session of [teacher, colleague]) {
				const marks = Object.fromEntries(COMPETENCES.map((code) => [code, roll(4)]));
				await write(session, s, 'observation', { poll: poll.id, marks });
				for (const [code, level] of Object.entries(marks))
					rates(s, code, level);
			}
			assert.equal((await teacher.get(`/api/v1/students/${s.card.id}/polls`)).items[0].answered, 2);
		}
	});

	test('December: a written work for each class, external results, marks', async () => {
		await on(`${YEAR}-12-10`);
		for (const c of classes) {
			const teacher = await as.teacher(c), colleague = await as.colleague(c);
			const work = await teacher.post(`/api/v1/classes/${c.id}/entries`, { kind: 'procedure', fields: { name: 'Комплексная работа', sort: 'written_work', date: today, competences: COMPETENCES } }, 201);
			for (const s of c.students) {
				for (const competence of COMPETENCES) {
					const level = roll(4);
					await write(colleague, s, 'rating', { competence, level, source: 'written_work', procedure: work.id, date: today });
					rates(s, competence, level);
				}
				const level = roll(4);
				await write(teacher, s, 'external_result', { source: 'vpr', competence: COMPETENCES[0], level, date: today });
				rates(s, COMPETENCES[0], level, true);
				s.mark = 3 + roll(3);
				await write(colleague, s, 'subject_result', { subject: 'mathematics', mark: s.mark, term: 'half1', date: today });
			}
		}
	});

	test('February: what was returned comes back corrected; one student moves to another school', async () => {
		await on(`${YEAR + 1}-02-15`);
		for (const s of everyone.filter((one) => one.returned)) {
			const student = await as.student(s), teacher = await as.teacher(classes.find((c) => c.name === s.class));
			const again = await write(student, s, 'achievement', { name: 'С грамотой', section: 'sport', activity: 'sport', date: `${YEAR}-10-20` }, 'unconfirmed', { replaces: s.returned.id });
			note(s, 'achievement', 'returned', -1);
			note(s, 'achievement', 'retracted');
			await settled(teacher, s, again, 'confirm');
		}
		const mover = everyone[1];
		const { code } = await school.code(mover.card.id);
		const claim = await other.claim(code);
		const asked = await waitFor('the claim', async () => (await school.get('/api/v1/transfers')).outgoing.find((t) => t.state === 'claimed'));
		await school.act(asked.id, 'approve');
		await other.reaches(claim.id, 'accepted');
		mover.gone = true;
		await waitFor('the old school to know', async () => (await school.totals()).students === here().length);
	});

	test('April: an educational event with a parent as expert, a team, recommendations, consents and the class site', async () => {
		await on(`${YEAR + 1}-04-20`);
		for (const c of classes) {
			const teacher = await as.teacher(c);
			const [first, second] = c.students.filter((s) => !s.gone);
			const expert = await as.parent(second);
			const event = await teacher.post(`/api/v1/classes/${c.id}/entries`, { kind: 'procedure', fields: { name: 'Событие', sort: 'event', date: today,
				competences: COMPETENCES, experts: [second.card.guardians?.[0]?.id ?? (await school.get(`/api/v1/students/${second.card.id}`)).guardians[0].id], experts_until: `${YEAR + 1}-04-30` } }, 201);
			await write(expert, first, 'rating', { competence: COMPETENCES[2], level: 3, source: 'event', procedure: event.id, date: today });
			rates(first, COMPETENCES[2], 3);
			for (const s of [first, second])
				await write(await as.student(s), s, 'achievement', { name: 'Команда', section: 'sport', team: 'Ракета', date: today }, 'unconfirmed');
			await write(teacher, first, 'recommendation', { name: 'Дальше', content: 'Продолжать' });
			const parent = await as.parent(first);
			await write(parent, first, 'consent', { purpose: 'class_site' });
			const fourteen = `${Number(first.card.birth_date.slice(0, 4)) + 14}${first.card.birth_date.slice(4)}`;
			if (fourteen <= today)
				await write(await as.student(first), first, 'consent', { purpose: 'class_site' });
			const page = await teacher.put(`/api/v1/classes/${c.id}/page`, { open: true }, 200);
			const shown = await school.web('GET', `/api/v1/public/${page.token}`);
			assert.equal(shown.status, 200);
			assert.equal(shown.json.people.length, 1);
		}
	});

	test('May: every total is what this script counted', async () => {
		await on(`${YEAR + 1}-05-28`);
		const admin = await school.login();
		const analysis = await admin.get(`/api/v1/analysis?period=${YEAR}`);
		const MODERATED = ['achievement', 'independent_result'];
		const sum = (students, status) => students.reduce((n, s) => n + MODERATED.reduce((m, kind) => m + (s.counts.get(`${kind} ${status}`) ?? 0), 0), 0);
		const up = (a, b) => Math.floor((2 * a + b) / (2 * b));
		const indicator = (s) => {
			const means = COMPETENCES.map((c) => s.levels.filter((l) => l.competence === c).map((l) => l.level)).filter((l) => l.length)
				.map((l) => up(100 * l.reduce((a, b) => a + b), l.length));
			return up(means.reduce((a, b) => a + b) * 100, 3 * means.length);
		};
		const deviates = (s) => COMPETENCES.filter((c) => {
			const mean = (external) => {
				const l = s.levels.filter((one) => one.competence === c && one.external === external).map((one) => one.level);
				return l.length ? up(100 * l.reduce((a, b) => a + b), l.length) : null;
			};
			return mean(true) !== null && mean(false) !== null && Math.abs(mean(true) - mean(false)) >= 100;
		}).length;
		const expected = (students) => ({ students: students.length, confirmed: sum(students, 'confirmed'), waiting: sum(students, 'unconfirmed'),
			returned: sum(students, 'returned'), deviations: students.reduce((n, s) => n + deviates(s), 0), goals: students.length,
			reached: students.filter((s) => s.mark >= 4).length, indicator: up(students.reduce((n, s) => n + indicator(s), 0), students.length) });
		const pick = (f) => Object.fromEntries(Object.keys(expected([])).map((k) => [k, f[k]]));
		assert.deepEqual(pick(analysis.total), expected(here()));
		for (const c of classes)
			assert.deepEqual(pick(analysis.classes.find((one) => one.id === c.id)), expected(c.students.filter((s) => !s.gone)), c.name);
		for (const s of everyone) {
			const node = s.gone ? other : school, counts = new Map();
			for (const e of (await node.exported(s.card.id)).entries)
				counts.set(`${e.kind} ${e.status}`, (counts.get(`${e.kind} ${e.status}`) ?? 0) + 1);
			assert.deepEqual([...counts].sort(), [...s.counts].filter(([, n]) => n).sort(), s.card.family);
			const card = await node.get(`/api/v1/students/${s.card.id}/card`);
			assert.equal(card.indicators.find((i) => i.period === YEAR).value, indicator(s));
		}
		assert.equal((await admin.get('/api/v1/journal/check')).whole, true);
	});

	test('September again: promotion, those of the eleventh class leave, and the turn can be taken back', async () => {
		await on(`${YEAR + 1}-09-02`);
		const admin = await school.login();
		const proposed = await admin.get('/api/v1/promotions');
		assert.equal(proposed.year, YEAR + 2);
		const becomes = Object.fromEntries(proposed.classes.map((c) => [c.id, c.becomes]));
		const stays = classes[0].students[0];
		const turn = await admin.post('/api/v1/promotions', { year: YEAR + 1, classes: becomes, exceptions: { [stays.card.id]: classes[0].name } }, 201);
		assert.equal(turn.students, here().length);
		const names = async () => Object.fromEntries((await admin.get('/api/v1/students?limit=200')).items.map((s) => [s.id, s.class]));
		const after = await names();
		for (const c of classes)
			for (const s of c.students.filter((one) => !one.gone)) {
				const next = becomes[c.id] ?? c.name;
				assert.equal(after[s.card.id], s === stays ? c.name : next);
			}
		const graduates = classes.filter((c) => becomes[c.id] === null).flatMap((c) => c.students).filter((s) => !s.gone);
		assert.ok(graduates.length);
		const { login, password } = school.people.get(graduates[0].card.id);
		assert.equal((await school.enter('/api/v1/session', { login, password })).status, 401);
		const back = await admin.json('DELETE', `/api/v1/changes/${turn.id}`);
		assert.equal(back.kept, 0);
		assert.deepEqual(new Set(Object.values(await names())), new Set(classes.map((c) => c.name)));
	});
});
