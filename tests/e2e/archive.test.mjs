// A whole school archived, its node deleted, the archive read back; and one module alone, for one student.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Node, stopAll } from './lib/node.mjs';
import { estafeta, tempDir } from './lib/run.mjs';

describe('N9 the archive of a school', () => {
	let node, dir, archive, student;
	before(async () => {
		dir = tempDir();
		node = await Node.create(dir, 'Школа');
		await node.start();
		student = await node.enrol('Архивная', 'Анна', { class: '5А' });
		await node.classTeacher('5А');
		for (let i = 0; i < 3; i++)
			await node.judge(student.id, (await node.achieve(student.id, `Кубок ${i}`)).id, 'confirm');
		await node.post('/api/v1/school/entries', { kind: 'analysis_note', fields: { name: 'Справка', period: '2026', date: '2026-09-10', text: 'Итоги' } });
		archive = path.join(dir, 'archive');
	});
	after(() => stopAll(node));

	test('holds every subject in readable files, and stands without the node', async () => {
		await node.must('archive', archive);
		const entries = await node.entries(student.id);
		await node.stop();
		fs.rmSync(node.dir, { recursive: true });
		const verified = await estafeta('verify', archive);
		assert.equal(verified.code, 0, verified.stdout + verified.stderr);
		assert.match(verified.stdout, /archive: 4 files good, 0 bad/);
		const read = JSON.parse(fs.readFileSync(path.join(archive, 'students', `${student.id}.json`), 'utf8'));
		assert.deepEqual(read.entries.map((e) => [e.title, e.status]), entries.map((e) => [e.title, e.status]));
		assert.equal(read.card.family, 'Архивная');
		assert.deepEqual(fs.readdirSync(archive).sort(), ['README.txt', 'classes', 'index.json', 'school', 'staff', 'students']);
	});

	test('a changed or missing file is named', async () => {
		const file = path.join(archive, 'students', `${student.id}.json`);
		const text = fs.readFileSync(file, 'utf8');
		fs.writeFileSync(file, text.replace('Кубок 1', 'Кубок 9'));
		const changed = await estafeta('verify', archive);
		assert.equal(changed.code, 65);
		assert.match(changed.stdout, new RegExp(`students/${student.id}.json: missing or changed`));
		fs.writeFileSync(file, text);
		fs.rmSync(path.join(archive, 'classes'), { recursive: true });
		assert.match((await estafeta('verify', archive)).stdout, /classes\/.*: missing or changed/);
	});
});

test('N10 one module for one student: a node with a single child, of which only the portfolio is used', async () => {
	const node = await Node.create(tempDir(), 'Семейная школа');
	await node.start();
	try {
		const child = await node.enrol('Одинокова', 'Ева', { guardians: [{ family: 'Одинокова', given: 'Нина' }] });
		const student = await node.account(child);
		await student.post(`/api/v1/students/${child.id}/entries`, { kind: 'achievement', fields: { name: 'Рисунок', section: 'culture' } }, 201);
		const { entries } = await student.get(`/api/v1/students/${child.id}`);
		assert.deepEqual([entries.total, entries.unconfirmed], [1, 1]);
		const card = await student.get(`/api/v1/students/${child.id}/card`);
		assert.deepEqual([card.competences, card.route.goals, card.profile], [[], [], null]);
	} finally {
		await node.stop();
	}
});
