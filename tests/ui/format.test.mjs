// Words and figures, in both languages.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { load } from './load.mjs';

let ui;
before(async () => { ui = await load('lib/format', 'lib/clock', 'i18n/index', 'lib/code', 'lib/web', 'lib/news', 'charts/geometry'); });
const plain = (text) => text.replaceAll('\u00a0', ' ').replaceAll('\u202f', ' ');

describe('plurals', () => {
	const counts = { 0: 'учеников', 1: 'ученик', 2: 'ученика', 4: 'ученика', 5: 'учеников', 11: 'учеников', 12: 'учеников', 21: 'ученик', 22: 'ученика', 111: 'учеников', 1001: 'ученик' };
	test('Russian has three forms', async () => {
		await ui.setLang('ru');
		for (const [count, word] of Object.entries(counts))
			assert.equal(plain(ui.plural(Number(count), ui.t().students.count)), `${plain(ui.number(Number(count)))} ${word}`);
	});
	test('English has two', async () => {
		await ui.setLang('en');
		assert.deepEqual([0, 1, 2, 21].map((n) => ui.plural(n, ui.t().students.count)), ['0 students', '1 student', '2 students', '21 students']);
		await ui.setLang('ru');
	});
	test('every plural of both languages has all its forms, with the number where it belongs', async () => {
		for (const lang of ['ru', 'en']) {
			await ui.setLang(lang);
			const look = (at, where) => {
				if (!at || typeof at !== 'object')
					return;
				if ('one' in at && 'many' in at)
					for (const form of ['one', 'few', 'many', 'other'])
						assert.ok(at[form], `${lang} ${where}.${form}`);
				for (const [key, value] of Object.entries(at))
					look(value, `${where}.${key}`);
			};
			look(ui.t(), 't');
		}
		await ui.setLang('ru');
	});
});

describe('dates and ages', () => {
	test('a day is the day that was written, whatever the hour', async () => {
		assert.equal(plain(ui.date('2026-11-22')), '22 ноября 2026 г.');
		await ui.setLang('en');
		assert.equal(plain(ui.date('2026-11-22')), '22 November 2026');
		await ui.setLang('ru');
	});
	test('how long ago, in words that fit the distance', async () => {
		const at = Date.parse('2026-11-22T12:00:00Z');
		ui.now.value = at;
		const ago = (minutes) => ui.ago(new Date(at - minutes * 60000).toISOString());
		assert.deepEqual([0.5, 1, 8, 59, 120, 35 * 60, 48 * 60, 7 * 24 * 60].map(ago),
			['только что', '1 минуту назад', '8 минут назад', '59 минут назад', '2 часа назад', '35 часов назад', 'позавчера', '7 дней назад']);
		assert.deepEqual([-0.4, -0.5, -3].map(ago), ['только что', 'вот-вот', 'через 3 минуты'], 'the clock is up to half a minute behind');
		await ui.setLang('en');
		assert.deepEqual([0.5, 8, 120].map(ago), ['just now', '8 minutes ago', '2 hours ago']);
		await ui.setLang('ru');
	});
	test('the school year begins in September', () => {
		assert.deepEqual(['2026-08-31T12:00', '2026-09-01T12:00', '2027-01-15T12:00'].map((day) => ui.currentPeriod(new Date(day))), [2025, 2026, 2026]);
		assert.deepEqual([ui.schoolYear(2026), ui.schoolYear(1999), ui.schoolYear(2009)], ['2026/27', '1999/00', '2009/10']);
	});
	test('names and places filled in', () => {
		assert.equal(ui.fullName({ family: 'Ли', given: 'Ян', patronymic: '' }), 'Ли Ян');
		assert.equal(ui.fill('{a} и {b}, {c}', { a: 'раз', b: 'два' }), 'раз и два, {c}');
		assert.equal(plain(ui.hundredths(250)), '2,5');
	});
});

describe('codes', () => {
	test('typed with the wrong layout, spaces, dashes of all kinds and in small letters', () => {
		for (const typed of ['АВЕК-МНОР-СТХУ', 'авек мнор стху', 'ABEK—MHOP–CTXY', ' abek.mhop,ctxy '])
			assert.equal(ui.grouped(typed), 'ABEK-MHOP-CTXY', typed);
	});
	test('a letter that no code has is named; digits are not', () => {
		assert.equal(ui.strange('ABEK-Ж'), 'Ж');
		assert.equal(ui.strange('ABEK-12'), null);
		assert.deepEqual([ui.tooShort('ABEK-MHOP-CTX'), ui.tooShort('ABEK-MHOP-CTXY')], [true, false]);
		assert.equal(ui.grouped(''), '');
	});
	test('a square is a slip\'s address or a code alone, and nothing else', () => {
		assert.equal(ui.codeOf('https://school.example/claim#1RTJ-QRWH-41P3-P'), '1RTJ-QRWH-41P3-P');
		assert.equal(ui.codeOf('http://10.0.0.5:8480/claim#1RTJQRWH41P3P'), '1RTJ-QRWH-41P3-P');
		assert.equal(ui.codeOf('1rtj-qrwh-41p3-p'), '1RTJ-QRWH-41P3-P');
		assert.equal(ui.codeOf('0123456789012345678901234567890123456789').length, 49);
		for (const foreign of ['https://elsewhere.example/?menu', 'https://school.example/start#1RTJ-QRWH-41P3-P', 'WIFI:S:school;T:WPA;P:secret;;', 'МЕНЮ СТОЛОВОЙ', '12345',
			'javascript:alert(1)//claim#1RTJ-QRWH-41P3-P', 'A'.repeat(41), ''])
			assert.equal(ui.codeOf(foreign), null, foreign);
	});
});

describe('the geometry of pictures', () => {
	const near = (found, wanted) => found.forEach((point, i) => ['x', 'y'].forEach((axis) => assert.ok(Math.abs(point[axis] - wanted[i][axis]) < 1e-9, `${i}.${axis}: ${point[axis]}`)));
	test('the spokes of a radar: the first upwards, clockwise, a share of one on the rim', () => {
		near(ui.spokes([1, 1, 1, 1], 10, { x: 50, y: 50 }), [{ x: 50, y: 40 }, { x: 60, y: 50 }, { x: 50, y: 60 }, { x: 40, y: 50 }]);
		near(ui.spokes([0, 0.5], 10, { x: 0, y: 0 }), [{ x: 0, y: 0 }, { x: 0, y: 5 }]);
		assert.equal(ui.polygon([{ x: 1.005, y: 2 }, { x: -0.333333, y: 4 }]), '1,2 -0.33,4');
	});
	test('a line over equal steps, broken where there is nothing', () => {
		const points = ui.steps([0, null, 50, 100], 100, 30, 20);
		assert.deepEqual(points, [{ x: 0, y: 20 }, null, { x: 20, y: 10 }, { x: 30, y: 0 }]);
		assert.equal(ui.path(points), 'M0 20 M20 10 L30 0');
		assert.deepEqual(ui.steps([5], 10, 30, 20), [{ x: 15, y: 10 }]);
		assert.equal(ui.path([null, null]), '');
	});
});

test('only an address of the web is a link, whatever another school has signed', () => {
	assert.equal(ui.webAddress('https://school.ru/doc?id=1'), 'school.ru/doc?id=1');
	assert.equal(ui.webAddress('HTTP://school.ru'), 'school.ru');
	for (const text of ['javascript:alert(1)', 'JavaScript:alert(1)//https://school.ru', ' javascript:alert(1)', 'data:text/html,x', 'vbscript:x', '//evil.example', 'https:', 'https://', 'https://school.ru и ещё', 'school.ru', 'файл на диске', ''])
		assert.equal(ui.webAddress(text), null, text);
});

test('how long to wait, never too short, in the right form', async () => {
	for (const [seconds, ru, en] of [[1, 'через 1 секунду', 'in 1 second'], [42, 'через 42 секунды', 'in 42 seconds'], [120, 'через 2 минуты', 'in 2 minutes'], [301, 'через 6 минут', 'in 6 minutes'], [900, 'через 15 минут', 'in 15 minutes'], [7200, 'через 2 часа', 'in 2 hours']])
		for (const [lang, text] of [['ru', ru], ['en', en]]) {
			await ui.setLang(lang);
			assert.equal(plain(ui.inTime(seconds)), text);
		}
	await ui.setLang('ru');
});

test('what one person did alike on one day is told once, newest first, and nothing of it is lost', () => {
	const one = (hour, what, name, title = 'Счёт') => ({ time: new Date(2026, 10, 20, hour).toISOString(), what, title, by: { name, role: 'учитель' }, entry: `${hour}`, subject: 'a', kind: 'k' });
	const items = [one(20, 'confirm', 'Ким'), one(19, 'written', 'Ким'), one(18, 'confirm', 'Ким', 'Чтение'), one(17, 'confirm', 'Соколова'), one(16, 'confirm', 'Ким'), one(-5, 'confirm', 'Ким')];
	const groups = ui.alike(items);
	assert.deepEqual(groups.map((group) => group.map((of) => of.entry)), [['20', '18', '16'], ['19'], ['17'], ['-5']]);
	assert.equal(groups.flat().length, items.length);
});
