// The sheet of ratings, the matrix, the order of a lesson's stages and the addresses of other schools, as numbers and words.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { load } from './load.mjs';

let ui;
before(async () => { ui = await load('classroom/sheet', 'classroom/heat', 'lessons/order', 'lib/schools', 'charts/geometry'); });

describe('a class rated in one table', () => {
	const sheet = { procedure: '', source: 'observation', date: '2026-11-20', competences: ['a', 'b'], marks: { anna: { a: 2, b: 0, gone: 3 }, boris: { b: 1 } } };
	test('what goes to the node: a rating for each cell of a column that is shown, a zero too', () => {
		const sent = ui.ratings(sheet);
		assert.deepEqual(sent.map((one) => [one.student, one.fields.competence, one.fields.level]), [['anna', 'a', 2], ['anna', 'b', 0], ['boris', 'b', 1]]);
		assert.deepEqual(Object.keys(sent[0].fields).sort(), ['competence', 'date', 'level', 'source'], 'no empty procedure');
		assert.deepEqual(ui.ratings({ ...sheet, competences: [] }), []);
	});
	test('what was written leaves the table, what was refused stays with its reason', () => {
		const sent = ui.ratings(sheet);
		const left = ui.settle(sheet.marks, sent, [{ code: 'ok' }, { code: 'forbidden', detail: 'not your student' }, { code: 'ok' }]);
		assert.deepEqual(left.marks, { anna: { b: 0, gone: 3 }, boris: {} });
		assert.deepEqual([...left.refused], [['anna b', 'not your student']]);
	});
	test('a key in a cell: a level, nothing, or no level at all', () => {
		assert.deepEqual(['', ' ', '0', '3', '23', '4', '9', 'x', '-'].map((one) => ui.levelOf(one, 3)), [null, null, 0, 3, 3, undefined, undefined, undefined, undefined]);
	});
});

describe('the class matrix', () => {
	/* two competences in the years 2025 and 2026 */
	const row = (name, means, indicator = null) => ({ student: { id: name }, means, counts: [], indicator });
	const matrix = { from: 2025, to: 2026, competences: [{ code: 'a' }, { code: 'b' }], rows: [row('anna', [100, 200, null, 300], 50), row('boris', [null, 250, null, null], 90), row('vera', [null, null, null, null])] };
	test('a cell is a student, a competence and a year', () => {
		assert.deepEqual([ui.meanAt(matrix, matrix.rows[0], 0, 2025), ui.meanAt(matrix, matrix.rows[0], 1, 2026), ui.meanAt(matrix, matrix.rows[1], 1, 2025)], [100, 300, null]);
		assert.deepEqual(ui.years(matrix), [2025, 2026]);
		assert.deepEqual([ui.rated(matrix, 2025), ui.rated(matrix, 2026)], [[0], [0, 1]]);
	});
	test('sorted by a column best first, those without a mark last, by name as it came', () => {
		const names = (by) => ui.sorted(matrix, 2026, by).map((one) => one.student.id);
		assert.deepEqual([names(0), names('indicator'), names('name')], [['boris', 'anna', 'vera'], ['boris', 'anna', 'vera'], ['anna', 'boris', 'vera']]);
		assert.deepEqual(names(1), ['anna', 'boris', 'vera']);
	});
	test('warmth in six steps; nothing is not the coldest', () => {
		assert.deepEqual([0, 49, 50, 150, 299, 300, null].map(ui.heat), [0, 0, 1, 3, 5, 5, null]);
		assert.equal(ui.average([100, null, 201]), 151);
		assert.equal(ui.average([null]), null);
	});
});

describe('small things', () => {
	test('a stage is moved to its place, and nowhere outside the lesson', () => {
		const stages = ['a', 'b', 'c'];
		assert.deepEqual(ui.moved(stages, 0, 2), ['b', 'c', 'a']);
		assert.deepEqual(ui.moved(stages, 2, 0), ['c', 'a', 'b']);
		for (const [from, to] of [[0, 3], [0, -1], [1, 1], [5, 0]])
			assert.deepEqual(ui.moved(stages, from, to), stages);
	});
	test('the address of a school, however it was typed', () => {
		assert.equal(ui.schoolOf('school12.example'), 'https://school12.example/');
		assert.equal(ui.schoolOf(' http://school12.example:8480/child/portfolio '), 'http://school12.example:8480/');
		for (const bad of ['', 'школа', 'javascript:alert(1)', 'не адрес'])
			assert.equal(ui.schoolOf(bad), null, bad);
	});
	test('columns stand on one line, the highest as high as there is room', () => {
		assert.deepEqual(ui.columns([0, 5, 10], 30, 100), [{ x: 2, y: 100, width: 6, height: 0 }, { x: 12, y: 50, width: 6, height: 50 }, { x: 22, y: 0, width: 6, height: 100 }]);
		assert.deepEqual(ui.columns([0], 10, 10).map((one) => one.height), [0]);
	});
});
