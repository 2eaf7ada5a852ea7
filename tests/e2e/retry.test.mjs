// A job that fails after it wrote undoes its batch, and every other job of the batch runs a second time: nobody is to
// see anything of that.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Node, stopAll } from './lib/node.mjs';
import { tempDir } from './lib/run.mjs';

const TODAY = new Date().toISOString().slice(0, 10);
const ROUNDS = 6;

describe('jobs beside one that fails late', () => {
	let node, admin, anna, group, entries, file;
	const as = {};
	before(async () => {
		node = await Node.create(tempDir(), 'Гимназия');
		await node.start();
		admin = await node.login();
		const teacher = await node.hire('Соколова', 'Елена'), mathematician = await node.hire('Ким', 'Олег');
		anna = await node.enrol('Иванова', 'Анна', { class: '5А', birth_date: '2014-01-15' });
		group = await node.post('/api/v1/classes', { name: '5А', staff: [{ staff: teacher.id, relation: 'class_teacher' },
			{ staff: mathematician.id, relation: 'teacher' }] }, 201);
		Object.assign(as, { anna: await node.account(anna), teacher: await node.account(teacher), math: await node.account(mathematician) });
		entries = `/api/v1/students/${anna.id}/entries`;
		const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), crypto.randomBytes(1000)]);
		const { upload } = await as.anna.post(`/api/v1/students/${anna.id}/files`, { name: 'a.pdf', size: bytes.length }, 201);
		file = (await as.anna.request('PUT', `/api/v1/uploads/${upload}?offset=0`, bytes, { 'content-type': 'application/octet-stream' })).json;
	});
	after(() => node && stopAll(node));

	const achievement = (name, more = {}) => ({ name, section: 'sport', date: TODAY, ...more });
	const write = (name, more) => as.anna.post(entries, { kind: 'achievement', fields: achievement(name, more) }, 201);

	/** Opens the school's own card and is refused then, as long as nothing else opened it. */
	const failLate = async () => {
		const answer = await admin.request('POST', '/api/v1/school/entries', { kind: 'analysis_note', replaces: '00'.repeat(32),
			fields: { name: 'Справка', period: '2026', date: TODAY, text: 'Итоги' } });
		assert.equal(answer.status, 404, `${answer.bytes}`);
	};

	/** All at once, among jobs that fail late. */
	const beside = async (...requests) => {
		const all = [failLate(), ...requests.flatMap((request) => [request(), failLate()])];
		return (await Promise.all(all)).filter((answer) => answer !== undefined);
	};

	test('an entry is edited and confirmed', async () => {
		for (let i = 0; i < ROUNDS; i++) {
			const [a, b] = [await write(`править ${i}`), await write(`вернуть ${i}`)];
			const verdict = (entry, body) => () => as.teacher.post(`${entries}/${entry.id}/verdicts`, body, 201);
			const [edited, returned] = await beside(verdict(a, { verdict: 'confirm', fields: achievement(`исправлено ${i}`) }),
				verdict(b, { verdict: 'return', reason: 'нет даты' }));
			assert.deepEqual([edited.status, edited.title, edited.replaces], ['confirmed', `исправлено ${i}`, a.id]);
			assert.deepEqual([returned.status, returned.id], ['returned', b.id]);
		}
	});

	test('entries that name a file held, withdrawals, and a step taken back', async () => {
		for (let i = 0; i < ROUNDS; i++) {
			const gone = await write(`убрать ${i}`);
			const name = (k) => () => write(`с файлом ${i} ${k}`, { files: [{ id: file.id, name: 'a.pdf' }] });
			const [first, second, withdrawn] = await beside(name(1), name(2), () => as.anna.post(`${entries}/${gone.id}/withdrawals`, {}, 200));
			assert.deepEqual([first.fields.files[0].id, second.fields.files[0].id, withdrawn.id, withdrawn.status], [file.id, file.id, gone.id, 'retracted']);
			const rating = await as.math.post(entries, { kind: 'rating', fields: { competence: 'cognitive.analysis', level: 1, source: 'observation' } }, 201);
			const [step] = await beside(() => as.math.request('POST', '/api/v1/undo'));
			assert.equal(step.json.entry, rating.id);
		}
	});

	test('many at once: each once, and noted in the journal once', async () => {
		const rows = async () => (await node.get('/api/v1/journal?limit=1')).total;
		const rating = { student: anna.id, kind: 'rating', fields: { competence: 'cognitive.analysis', level: 2, source: 'observation' } };
		for (let i = 0; i < ROUNDS; i++) {
			const waiting = [await write(`много ${i} 1`), await write(`много ${i} 2`)];
			const before = await rows();
			const [ratings, verdicts] = await beside(() => as.math.post('/api/v1/entries', { items: [rating, rating] }, 200),
				() => as.teacher.post('/api/v1/verdicts', { verdict: 'confirm', items: waiting.map((e) => ({ student: anna.id, entry: e.id })) }, 200));
			assert.deepEqual([ratings.done, verdicts.done], [2, 2]);
			assert.equal(await rows() - before, 6); /* each entry, and each request */
		}
	});

	test('people, classes, codes, pages, accounts, transfers', async () => {
		for (let i = 0; i < ROUNDS; i++) {
			const guardians = [{ family: 'Новая', given: 'Мать', relation: 'mother' }];
			const [pupil, hired, opened, changed, page, code, password] = await beside(
				() => node.enrol('Новый', `Ученик ${i}`, { class: '5А', guardians }), () => node.hire('Новый', `Учитель ${i}`),
				() => node.post('/api/v1/classes', { name: `${i}Я` }, 201),
				() => node.put(`/api/v1/classes/${group.id}`, { name: '5А', staff: group.staff.map((s) => ({ staff: s.staff.id, relation: s.relation })), year: 2020 + i }, 200),
				() => as.anna.put(`/api/v1/students/${anna.id}/page`, { open: true }, 200), () => node.code(anna.id),
				() => as.anna.request('PUT', '/api/v1/account/password', { old: as.anna.password, new: `${as.anna.password}${i}` }));
			as.anna.password += String(i);
			assert.equal(password.status, 204, `${password.bytes}`);
			assert.equal((await node.get(`/api/v1/students/${pupil.id}`)).guardians.length, 1);
			assert.equal((await node.get('/api/v1/staff?limit=200')).items.filter((s) => s.id === hired.id).length, 1);
			assert.deepEqual([(await node.get(`/api/v1/classes/${opened.id}`)).name, changed.year], [`${i}Я`, 2020 + i]);
			assert.equal((await as.anna.get(`/api/v1/students/${anna.id}/page`)).token, page.token);
			assert.equal((await node.transfer(code.transfer.id)).id, code.transfer.id);
			const [claimed] = await beside(async () => node.account(pupil));
			assert.equal((await claimed.get('/api/v1/session')).person, pupil.id);
		}
	});

	test('the jobs did fail late: the card was never opened', async () => {
		assert.equal((await admin.request('GET', '/api/v1/school/entries')).json.total, 0);
	});
});
