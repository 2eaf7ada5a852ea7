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
});
