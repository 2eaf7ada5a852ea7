// The administrator's work, by clicks only: from a new node to the first class, and a school's year after that.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { accessible, Browser, DESK, PHONE, settled, skip } from './lib/browser.mjs';
import { Keys } from './lib/keyboard.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { tempDir, waitFor } from './lib/run.mjs';

const csv = (name, lines) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(`${lines.join('\n')}\n`) });
const STUDENTS = csv('students.csv', [
	'Фамилия;Имя;Отчество;Дата рождения;Класс;Родитель 1 фамилия;Родитель 1 имя;Родитель 1 кем приходится',
	'Орлова;Анна;Ильинична;05.04.2015;5А;Орлова;Ольга;мать',
	'Соколов;Пётр;;12.09.2015;5А;Соколова;Инна;мать',
	'Ошибкин;;;31.02.2015;5А;;;',
]);

describe('the administrator\'s office', { skip }, () => {
	let node, browser, page;
	const button = (name, options = {}) => page.getByRole('button', { name, ...options });
	const link = (name, options = {}) => page.getByRole('link', { name, ...options });
	const dialog = () => page.getByRole('dialog');
	const heading = (name) => page.getByRole('heading', { name, level: 1 });
	const section = (name) => link(name, { exact: true }).and(page.locator('.nav a')).click();
	const said = (text) => page.locator('.toast').getByText(text).first().waitFor();
	/** By day or by night, once the page has taken its colours. */
	const light = async (colorScheme) => {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		await waitFor(`the page to be ${colorScheme}`, () => page.evaluate((name) => document.documentElement.classList.contains(name), colorScheme));
		await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
	};
	/** Every screen is checked as it stands: on a desk by day, on a telephone by night, and on the narrowest one. */
	const checked = async (where) => {
		await settled(page);
		await accessible(page, where);
		await page.setViewportSize(PHONE);
		await light('dark');
		await accessible(page, `${where}, on a telephone by night`);
		await page.setViewportSize({ width: 320, height: 640 });
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), `${where}: wider than 320`);
		await light('light');
		await page.setViewportSize(DESK);
	};

	before(async () => {
		node = await (await Node.create(tempDir(), 'Школа № 1')).start();
		browser = await Browser.launch();
		page = await browser.window(node);
		page.on('dialog', (one) => one.dismiss());
		await page.addInitScript(() => { globalThis.print = () => { globalThis.printed = (globalThis.printed ?? 0) + 1; globalThis.dispatchEvent(new Event('afterprint')); }; });
		await page.goto((await node.link()).url);
		await heading('Настройка школы').waitFor();
	});
	after(async () => {
		await browser?.close();
		await stopAll(node);
	});

	test('administrator: the first steps know what is done, and ticks stay', async () => {
		const step = (name) => page.locator('.setup-step').filter({ has: page.getByRole('heading', { name }) });
		await step('Назвать школу').getByText('сделано', { exact: true }).waitFor();
		await step('Загрузить учеников').getByText('не сделано').waitFor();
		await button('Отметить сделанным: Напечатать лист восстановления').click();
		await page.reload();
		await step('Напечатать лист восстановления').getByText('отмечено на этом устройстве').waitFor();
		await page.getByText('Сделано 2 из 8').first().waitFor();
		await checked('the first steps');
		await section('Сегодня');
		await link(/Дальше: войти в сеть/).waitFor();
		await checked('today, at first');
	});

	test('administrator: students come from a table: checked, one row wrong, written, taken back, written again', async () => {
		const load = async () => {
			await section('Импорт');
			await page.getByLabel('Файл', { exact: true }).setInputFiles(STUDENTS);
			await button('Проверить файл').click();
			await page.getByRole('heading', { name: 'Что изменится' }).waitFor();
		};
		await section('Импорт');
		await page.getByLabel('Файл', { exact: true }).setInputFiles(csv('bad.csv', ['Фамилия;Имя;Рост', 'Орлова;Анна;150']));
		await button('Проверить файл').click();
		await page.getByText('Файл не подошёл: строка 1: столбец «Рост» не знаком: проверьте заголовки').first().waitFor();
		await load();
		const wrong = page.getByRole('row').filter({ hasText: 'Ошибкин' });
		await wrong.getByText('нет имени').waitFor();
		await wrong.getByText(/такого дня нет/).waitFor();
		await page.getByText('1 строка с ошибкой будет пропущена').waitFor();
		assert.equal((await node.get('/api/v1/students')).total, 0, 'a check writes nothing');
		await checked('an import, checked');
		await button('Записать 2 строки').click();
		await page.getByRole('heading', { name: 'Загружено' }).waitFor();
		assert.equal((await node.get('/api/v1/students')).total, 2);

		await button(/^Отменить: Загрузка из таблицы/).click();
		await dialog().getByText(/будут стёрты/).waitFor();
		await checked('an import to be taken back');
		await dialog().getByRole('button', { name: 'Да, отменить' }).click();
		await said(/Вернули/);
		assert.equal((await node.get('/api/v1/students')).total, 0);

		await page.getByRole('heading', { name: 'Загружено' }).waitFor({ state: 'detached' });
		await load();
		await button('Записать 2 строки').click();
		await page.getByRole('heading', { name: 'Загружено' }).waitFor();
		assert.equal((await node.get('/api/v1/students')).total, 2);
	});

	test('administrator: a member of staff is taken on and corrected, and nobody\'s later correction is overwritten', async () => {
		await section('Сотрудники');
		await page.getByText('Сотрудников пока нет').waitFor();
		await checked('staff, empty');
		await button('Принять сотрудника').first().click();
		await dialog().getByRole('button', { name: 'Добавить' }).click();
		await dialog().getByText('Заполните поле «Фамилия»').first().waitFor();
		await checked('taking on, names missing');
		await dialog().getByLabel('Фамилия').fill('Смирнова');
		await dialog().getByLabel('Имя').fill('Ольга');
		await dialog().getByLabel('Должность').fill('учитель физики');
		await dialog().getByRole('button', { name: 'Добавить' }).click();
		await heading('Смирнова Ольга').waitFor();
		await checked('a member of staff');

		await button('Исправить').click();
		const [member] = (await node.get('/api/v1/staff')).items;
		await node.put(`/api/v1/staff/${member.id}`, { family: 'Смирнова', given: 'Ольга', position: 'завуч' }, 200);
		await page.locator('.lead').getByText('завуч').waitFor(); // the page behind has heard of it
		await dialog().getByLabel('Отчество').fill('Петровна');
		await dialog().getByRole('button', { name: 'Сохранить' }).click();
		await dialog().getByText(/это изменил кто-то другой/).waitFor();
		await dialog().getByText('завуч').waitFor();
		await dialog().getByLabel('Должность').fill('завуч');
		await dialog().getByRole('button', { name: 'Записать мои правки' }).click();
		await heading('Смирнова Ольга Петровна').waitFor();
		const now = await node.get(`/api/v1/staff/${member.id}`);
		assert.deepEqual([now.patronymic, now.position], ['Петровна', 'завуч']);
		await section('Сотрудники');
		await page.getByLabel('Найти сотрудника').fill('завуч');
		await page.waitForURL(/query=/);
		await page.getByRole('row').filter({ hasText: 'Смирнова' }).waitFor();
		await checked('staff');
	});

	test('administrator: the first class is opened with its class teacher, by the keyboard alone', async () => {
		await section('Классы');
		await page.getByText('Классов пока нет').waitFor();
		await checked('classes, empty');
		const keys = new Keys(page);
		await keys.push('Открыть класс или группу');
		await dialog().locator('option').filter({ hasText: 'Смирнова' }).first().waitFor({ state: 'attached' });
		await keys.write('Название', '5А');
		await keys.choose('Кто', /^Смирнова/);
		await keys.to('Открыть класс или группу');
		await checked('a class being opened');
		await keys.press('Enter');
		await heading('5А').waitFor();
		await page.locator('main').getByText('классный руководитель').waitFor();
		await link('Орлова Анна Ильинична').first().waitFor();
		const [group] = (await node.get('/api/v1/classes')).items;
		assert.deepEqual([group.name, group.students, group.staff.map((one) => one.relation)], ['5А', 2, ['class_teacher']]);
		await checked('a class');

		await button('Изменить').click();
		await dialog().getByRole('button', { name: 'Назначить ещё' }).click();
		const second = dialog().getByRole('group', { name: 'Назначение 2' });
		await second.getByLabel('Кто').selectOption({ label: 'Смирнова Ольга Петровна' });
		await second.getByLabel('Предмет').selectOption({ label: 'Физика' });
		await second.getByText('Замена на время').click();
		await second.getByLabel('Заменяет до').fill('2099-01-15');
		await dialog().getByLabel(/Пилотный/).check();
		await dialog().getByRole('button', { name: 'Сохранить' }).click();
		await page.getByText('учитель, физика, до 15').waitFor();
		const changed = await node.get(`/api/v1/classes/${group.id}`);
		assert.deepEqual([changed.pilot, changed.staff[1].subject, changed.staff[1].until], [true, 'physics', '2099-01-15']);
	});

	test('administrator: a group takes a whole class, and loses one student; a class is closed and opened again', async () => {
		await section('Классы');
		await button('Открыть класс или группу').click();
		await dialog().getByLabel('Название').fill('Шахматы');
		await dialog().getByLabel('Вид').selectOption('extracurricular');
		await dialog().getByLabel('Добавить весь класс').selectOption({ label: '5А' });
		await dialog().getByRole('button', { name: 'Убрать: Соколов Пётр' }).click();
		await dialog().getByRole('button', { name: 'Убрать назначение 1' }).click();
		await checked('a group being opened');
		await dialog().getByRole('button', { name: 'Открыть класс или группу' }).click();
		await heading('Шахматы').waitFor();
		const { items: [group] } = await node.get('/api/v1/classes?type=extracurricular');
		assert.deepEqual((await node.get(`/api/v1/classes/${group.id}`)).members.map((one) => one.family), ['Орлова']);
		await button('Закрыть класс').click();
		await dialog().getByRole('button', { name: 'Закрыть класс' }).click();
		await button('Открыть снова').waitFor();
		assert.equal((await node.get('/api/v1/classes?type=extracurricular')).total, 0);
		await section('Классы');
		await page.getByLabel('И закрытые').check();
		await page.getByRole('row').filter({ hasText: 'Шахматы' }).getByText('закрыт').waitFor();
		await link('Шахматы').click();
		await button('Открыть снова').click();
		await button('Закрыть класс').waitFor();
		assert.equal((await node.get('/api/v1/classes?type=extracurricular')).total, 1);
		await section('Классы');
		await link('5А', { exact: true }).click();
	});

	test('administrator: codes of a class stand on slips, and one person\'s code is printed from their page', async () => {
		await link('Коды родителям').click();
		await button('Сделать коды').click();
		await page.getByText('Готовы 2 кода').waitFor();
		assert.equal(await page.locator('.slips > li').count(), 2);
		await page.locator('.slips').getByText('Орлова Ольга').waitFor();
		await checked('slips of a class');
		await section('Ученики');
		await link('Орлова Анна Ильинична').click();
		await button('Код для входа').click();
		await dialog().getByLabel('Орлова Анна Ильинична — сам ученик').check();
		await dialog().getByRole('button', { name: 'Сделать коды' }).click();
		const slip = dialog().locator('.slips > li');
		await slip.getByText(/[0-9A-Z]{4}-[0-9A-Z]{4}/).waitFor();
		await checked('a code of one person');
		const code = await slip.locator('.code-text').textContent();
		await dialog().getByRole('button', { name: 'Напечатать' }).click();
		await waitFor('the slip to be printed', () => page.evaluate(() => globalThis.printed > 0));
		const answer = await node.enter('/api/v1/accounts/claims', { code, login: 'anna', password: 'кит ест ивовый прут' });
		assert.equal(answer.status, 201, `${answer.bytes}`);
		await dialog().getByRole('button', { name: 'Готово' }).click();
	});

	test('administrator: a student\'s card is corrected, a parent added', async () => {
		await button('Исправить данные').click();
		await dialog().getByRole('button', { name: 'Добавить родителя или представителя' }).click();
		await dialog().getByRole('button', { name: 'Сохранить' }).click();
		await dialog().getByText('Заполните поле «Имя»').first().waitFor();
		const second = dialog().getByRole('group', { name: 'Родитель или представитель 2' });
		await second.getByLabel('Имя').fill('Илья');
		await second.getByLabel('Кем приходится').selectOption({ label: 'Отец' });
		/* letters that the field lets in, and the node does not */
		await dialog().getByLabel('Класс', { exact: false }).first().fill('Подготовительный');
		await dialog().getByRole('button', { name: 'Сохранить' }).click();
		await dialog().getByText('Сократите: в поле «Класс» слишком много букв').first().waitFor();
		await dialog().getByLabel('Класс', { exact: false }).first().fill('5А');
		await checked('a student being corrected');
		await dialog().getByRole('button', { name: 'Сохранить' }).click();
		await said('Данные ученика исправлены');
		const { items } = await node.get(`/api/v1/students?query=${encodeURIComponent('Орлова')}`);
		const card = await node.get(`/api/v1/students/${items[0].id}`);
		assert.deepEqual(card.guardians.map((one) => [one.family, one.given, one.relation]), [['Орлова', 'Ольга', 'mother'], ['Орлова', 'Илья', 'father']]);
		assert.deepEqual([card.birth_date, card.class], ['2015-04-05', '5А']);
	});

	test('administrator: a login is closed and opened, an administrator named, an outsider invited', async () => {
		const [member] = (await node.get('/api/v1/staff')).items;
		await node.account(member);
		await node.account({ name: 'Второй администратор' }, { role: 'administrator' }); // the last one could not be closed out
		await section('Входы');
		await page.getByLabel('Чей вход').selectOption('staff');
		await page.waitForURL(/kind=staff/);
		await page.getByText('1 вход', { exact: true }).waitFor();
		await checked('logins');
		await button('Изменить вход: Смирнова Ольга Петровна').click();
		await checked('one login');
		const account = async () => (await node.get('/api/v1/accounts?kind=staff')).items[0];
		await dialog().getByRole('button', { name: 'Сделать администратором' }).click();
		await dialog().getByRole('button', { name: 'Больше не администратор' }).waitFor();
		assert.equal((await account()).administrator, true);
		await dialog().getByRole('button', { name: 'Забыть второй шаг' }).click();
		await said('Второй шаг забыт');
		assert.equal((await account()).totp, false);
		await dialog().getByLabel('Найти ученика').fill('соколов');
		await dialog().getByRole('button', { name: /^Соколов/ }).click();
		await dialog().getByLabel('Кто из представителей — этот сотрудник').selectOption({ label: 'Соколова Инна' });
		await said('Связь с ребёнком записана');
		assert.ok((await account()).guardian);
		await dialog().getByRole('button', { name: 'Закрыть вход' }).click();
		await dialog().getByRole('button', { name: 'Открыть вход снова' }).waitFor();
		assert.equal((await account()).disabled, true);
		await dialog().getByRole('button', { name: 'Готово' }).click();
		await page.getByLabel('Только закрытые').check();
		await page.locator('.rows').getByText('закрыт', { exact: true }).waitFor();
		await button('Изменить вход: Смирнова Ольга Петровна').click();
		await dialog().getByRole('button', { name: 'Открыть вход снова' }).click();
		await said('Вход открыт');
		assert.equal((await account()).disabled, false);
		await dialog().getByRole('button', { name: 'Готово' }).click();

		await button('Пригласить со стороны').click();
		await checked('inviting an outsider');
		await dialog().getByLabel('Имя или организация').fill('Отдел образования');
		await dialog().getByRole('button', { name: 'Сделать коды' }).click();
		await dialog().getByText(/[0-9A-Z]{4}-[0-9A-Z]{4}/).first().waitFor();
		await dialog().getByRole('button', { name: 'Готово' }).click();
	});

	test('administrator: an item of a list is added, renamed, hidden; the form of an entry follows', async () => {
		const anna = await node.get(`/api/v1/students?query=${encodeURIComponent('Орлова')}`).then(({ items }) => node.account(items[0], { role: 'parent' }));
		const offered = async () => {
			const form = await browser.as(anna, '/child/portfolio');
			await form.getByRole('button', { name: 'Добавить достижение' }).first().click();
			await form.getByRole('dialog').getByText('Добавить подробности').click();
			const options = await form.getByRole('dialog').getByLabel('Вид деятельности').locator('option').allTextContents();
			await form.context().close();
			return options;
		};
		await section('Справочники');
		await page.getByLabel('Справочник', { exact: true }).selectOption('activity');
		await button('Добавить значение').click();
		await dialog().getByLabel('Название по-русски').fill('Робототехника');
		await checked('an item being added');
		await dialog().getByRole('button', { name: 'Добавить' }).click();
		await said('Добавлено: Робототехника');
		assert.ok((await offered()).includes('Робототехника'));

		await button('Переименовать: Робототехника').click();
		await dialog().getByLabel('Название по-русски').fill('Роботы и дроны');
		await dialog().getByRole('button', { name: 'Сохранить' }).click();
		const row = page.getByRole('row').filter({ hasText: 'Роботы и дроны' });
		await row.getByText('2 изменения').click();
		await row.getByText(/переименовано: «Роботы и дроны» · Администратор/).waitFor();
		const renamed = await offered();
		assert.deepEqual([renamed.includes('Роботы и дроны'), renamed.includes('Робототехника')], [true, false]);
		await checked('lists');

		await button('Скрыть: Роботы и дроны').click();
		await row.getByText('скрыто', { exact: true }).waitFor();
		await button('Скрыть: Спортивная').click();
		await button('Вернуть: Спортивная').waitFor();
		const left = await offered();
		assert.deepEqual([left.includes('Роботы и дроны'), left.includes('Спортивная')], [false, false]);
		await button('Вернуть: Спортивная').click();
		await button('Скрыть: Спортивная').waitFor();
		assert.ok((await offered()).includes('Спортивная'));
	});

	test('administrator: a template of lesson cards is made, corrected, hidden and shown again', async () => {
		const templates = async () => (await node.get('/api/v1/school/entries?kind=lesson_template&status=confirmed')).items.filter((one) => !one.replaced_by);
		await link('Шаблоны карт уроков').click();
		await button('Новый шаблон').first().click();
		await dialog().getByLabel('Название шаблона').fill('Урок открытия');
		await dialog().getByRole('button', { name: 'Записать и подписать' }).click();
		await button('Исправить: Урок открытия').click();
		await dialog().getByLabel('Название шаблона').fill('Урок открытия нового');
		await dialog().getByRole('button', { name: 'Записать и подписать' }).click();
		await page.getByText('2 редакции').waitFor();
		assert.deepEqual((await templates()).map((one) => one.title), ['Урок открытия нового']);
		await checked('templates');
		await button('Скрыть: Урок открытия нового').click();
		await page.getByText('скрыт', { exact: true }).waitFor();
		assert.equal((await templates()).length, 0);
		await button('Вернуть: Урок открытия нового').click();
		await button('Скрыть: Урок открытия нового').waitFor();
		assert.equal((await templates()).length, 1);
	});

	test('administrator: the year turns as was corrected, and is taken back', async () => {
		await node.post('/api/v1/classes', { name: '11Б' }, 201);
		await node.enrol('Старшая', 'Вера', { class: '11Б', birth_date: '2009-03-01' });
		await section('Классы');
		await link('Перевести на новый год').click();
		await page.getByLabel('Как станет называться 5А').waitFor();
		assert.equal(await page.getByLabel('Как станет называться 5А').inputValue(), '6А');
		assert.equal(await page.getByLabel('Что будет с классом 11Б').inputValue(), 'leave');
		await page.getByLabel('Как станет называться 5А').fill('');
		await button('Перевести…').click();
		await page.getByText('Впишите новое название класса 5А').first().waitFor();
		await page.getByLabel('Как станет называться 5А').fill('6Л');
		await page.getByLabel('Добавить ученика').fill('сокол');
		await button(/^Соколов Пётр/).click();
		await page.getByLabel('В какой класс: Соколов Пётр').selectOption('5А');
		await checked('the turn of the year');
		/* on a telephone a class is one line until it is corrected; what is wrong stays open */
		await page.setViewportSize(PHONE);
		const what = page.getByLabel('Что будет с классом 11Б'), fold = button(/^11Б выпускается/);
		await what.waitFor({ state: 'hidden' });
		assert.ok(await page.getByLabel('Как станет называться 5А').isVisible());
		assert.ok((await page.locator('tr', { has: fold }).boundingBox()).height < 60);
		await fold.click();
		await what.waitFor();
		assert.equal(await fold.getAttribute('aria-expanded'), 'true');
		await fold.click();
		await what.waitFor({ state: 'hidden' });
		await page.setViewportSize(DESK);
		await button('Перевести…').click();
		await dialog().getByText('1 класс получит новое название').waitFor();
		await dialog().getByText('1 класс выпустится: он закроется, ученики выбудут').waitFor();
		await dialog().getByRole('button', { name: 'Перевести' }).click();
		await said(/Готово: 2 класса, 3 ученика/);
		const classesOf = async () => Object.fromEntries((await node.get('/api/v1/students')).items.map((one) => [one.family, one.class]));
		const turned = await classesOf();
		assert.deepEqual([turned.Орлова, turned.Соколов], ['6Л', '5А']);
		assert.deepEqual((await node.get('/api/v1/classes?type=class')).items.map((one) => one.name), ['6Л']);

		await button(/^Отменить: Перевод на новый год/).click();
		await dialog().getByRole('button', { name: 'Да, отменить' }).click();
		await said(/Вернули/);
		assert.deepEqual(await classesOf(), { Орлова: '5А', Соколов: '5А', Старшая: '11Б' });
		await page.getByLabel('Как станет называться 5А').waitFor();
	});

	test('administrator: two cards of one child are linked, and parted again', async () => {
		for (const name of ['5А', '11Б'])
			await node.enrol('Двойной', 'Олег', { class: name, birth_date: '2014-01-01' });
		await page.goto(new URL('/duplicates', node.origin).href);
		await page.getByText('Двойной Олег').first().waitFor();
		await checked('duplicates');
		await button('Это один ребёнок: Двойной Олег').click();
		await page.getByText('Двойников нет').waitFor();
		const [twin] = (await node.get(`/api/v1/students?query=${encodeURIComponent('Двойной')}`)).items;
		assert.equal((await node.get(`/api/v1/students/${twin.id}`)).links.length, 1);
		await page.goto(new URL(`/students/${twin.id}`, node.origin).href);
		await button('Это разные дети').click();
		await said('Связь снята');
		assert.equal((await node.get(`/api/v1/students/${twin.id}`)).links.length, 0);
	});

	test('administrator: the journal says in plain words who looked, and that its chain holds', async () => {
		await node.account({ name: 'Второй администратор' }, { role: 'administrator' }).then(async (other) => {
			const [twin] = (await node.get(`/api/v1/students?query=${encodeURIComponent('Орлова')}`)).items;
			await other.get(`/api/v1/students/${twin.id}`);
		});
		await section('Журнал');
		const row = page.getByRole('row').filter({ hasText: 'Второй администратор' }).filter({ hasText: 'посмотрел карточку ученика' });
		await row.first().waitFor();
		await button('Проверить журнал').click();
		await page.getByText(/Журнал цел/).waitFor();
		const main = await page.locator('main').innerText();
		assert.equal(/GET|POST|PUT|DELETE|\{id\}|\/api\//.test(main), false, 'no technical paths');
		assert.equal(await page.getByText('—', { exact: true }).count(), 0, 'nothing stands where nobody is concerned');
		await checked('the journal');
		const { total } = await node.get('/api/v1/journal');
		assert.ok(total > 50, `${total} rows make two pages`);
		await page.getByLabel('Показать на этой странице').selectOption('reads');
		assert.equal(await page.getByRole('row').filter({ hasText: 'открыл класс или группу' }).count(), 0);
		await button('Раньше').click();
		await page.waitForURL(/from=/);
		await button('К последним').waitFor();
	});

	test('the journal has plain words, in both languages, for every change that the node knows', async () => {
		const quiet = ['PUT notifications/seen']; // it is noted nowhere
		const changes = (await node.get('/api/v1/routes')).items.filter((one) => one.method !== 'GET').map((one) => `${one.method} ${one.pattern.replace('/api/v1/', '')}`);
		assert.ok(changes.length > 40);
		for (const lang of ['ru', 'en']) {
			const words = fs.readFileSync(new URL(`../../admin-ui/src/i18n/staff.${lang}.ts`, import.meta.url), 'utf8');
			assert.deepEqual(changes.filter((one) => !quiet.includes(one) && !words.includes(`'${one}': '`)), [], lang);
		}
	});

	test('administrator: the server is never well without a fresh backup, and the school can be taken out of it', async () => {
		await section('Сервер');
		await page.getByText('копии ещё нет').waitFor();
		assert.equal(await page.getByText('копия свежая').count(), 0);
		await checked('the server');
		await node.must('backup', `${tempDir()}/copy`);
		await page.reload();
		await page.getByText('копия свежая').waitFor();
		for (const [name, file] of [['CSV: Ученики', /\.csv$/], ['ZIP: Вся школа: OneRoster 1.2', /\.zip$/]]) {
			const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
			assert.match(download.suggestedFilename(), file);
		}
	});

	test('administrator and class teacher: the analysis page has the figures of the API', async () => {
		const anna = (await node.get(`/api/v1/students?query=${encodeURIComponent('Орлова')}`)).items[0];
		const entry = await node.achieve(anna.id, 'Кубок');
		const [member] = (await node.get('/api/v1/staff')).items;
		const teacher = await (await node.account(member)).factor(); // it was forgotten
		await teacher.post(`/api/v1/students/${anna.id}/entries/${entry.id}/verdicts`, { verdict: 'confirm' }, 201);
		await teacher.post(`/api/v1/students/${anna.id}/entries`, { kind: 'goal', fields: { sort: 'event', name: 'Олимпиада', stage: 'planned' } });
		await teacher.post(`/api/v1/students/${anna.id}/entries`, { kind: 'rating', fields: { competence: 'cognitive.analysis', level: 2, source: 'observation' } }, 201);
		const figures = await node.get('/api/v1/analysis');
		assert.deepEqual([figures.total.confirmed, figures.total.rated], [1, 1]);
		const number = (hundredths) => new Intl.NumberFormat('ru-RU', { maximumFractionDigits: 2 }).format(hundredths / 100);
		const holds = async (where) => {
			const row = where.getByRole('row').filter({ has: where.getByRole('link', { name: /^5А/ }) });
			const cells = await row.getByRole('cell').allTextContents();
			const group = figures.classes.find((one) => one.name === '5А');
			assert.deepEqual(cells, [group.students, group.confirmed, group.waiting, group.returned, group.rated].map(String)
				.concat(number(group.indicator), [group.deviations, group.one_sided].map(String), `${group.reached} из ${group.goals}`));
		};
		await section('Анализ');
		await page.getByRole('heading', { name: 'По классам', exact: true }).waitFor();
		await holds(page);
		const total = await page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'Вся школа' }) }).getByRole('cell').allTextContents();
		assert.deepEqual([total[0], total[1], total[5]], [String(figures.total.students), String(figures.total.confirmed), number(figures.total.indicator)]);
		await checked('the analysis');
		assert.equal((await page.request.get(new URL(await link('Аналитическая справка').getAttribute('href'), node.origin).href)).status(), 200);
		const hers = await browser.as(teacher, '/analysis');
		await hers.getByRole('heading', { name: 'По классам', exact: true }).waitFor();
		await holds(hers);
		assert.equal(await hers.getByText('11Б').count(), 0);
		await hers.context().close();
	});

	test('administrator: a school that was admitted shows who admitted it and what it runs, gets new terms, and records on a stick', async () => {
		const below = await (await Node.create(tempDir(), 'Школа № 2')).start();
		try {
			await node.admit(below);
			await node.agrees(below);
			await section('Сеть');
			const member = page.locator('.member').filter({ hasText: 'Школа № 2' });
			await member.getByText('принята школой: нами').waitFor();
			await member.getByText(/программа \d/).waitFor();
			await checked('the network');
			await button('Изменить условия: Школа № 2').click();
			await dialog().getByLabel('принимать школы').check();
			await checked('new terms');
			await dialog().getByRole('button', { name: 'Подписать условия' }).click();
			await waitFor('the new terms', async () => (await node.get('/api/v1/network')).schools.find((one) => one.name === 'Школа № 2').powers.includes('admit'));
			await member.getByText(/передавать записи, принимать школы/).waitFor();

			await section('Сервер');
			await button('Записать в файл').click();
			await page.getByText('Заполните поле «Для какой школы»').first().waitFor();
			await page.getByLabel('Для какой школы').selectOption({ label: 'Школа № 2' });
			const [download] = await Promise.all([page.waitForEvent('download'), button('Записать в файл').click()]);
			await page.getByLabel('Файл с записями').setInputFiles(await download.path());
			await button('Принять файл').click();
			await said(/Принято 0 новых записей/); // all of them are its own
			await checked('the server of a school with neighbours');
		} finally {
			await below.stop();
		}
	});

	test('administrator: the first steps are all done', async () => {
		await page.goto(new URL('/start', node.origin).href);
		await page.getByText(/Всё сделано/).waitFor();
		await page.goto(new URL('/', node.origin).href);
		await page.getByRole('heading', { name: 'Школа в числах' }).waitFor();
		assert.equal(await link(/Дальше:/).count(), 0);
	});

	test('administrator: the Tab key comes to everything that a screen offers, and shows where it is', async () => {
		const [group] = (await node.get('/api/v1/classes?type=class')).items, [member] = (await node.get('/api/v1/staff')).items;
		const OFFERED = 'main :is(a[href], button:not(:disabled), select, textarea, summary, [tabindex="0"], input:not([type=radio]), input[type=radio]:checked)';
		for (const at of ['/start', '/', '/classes', `/classes/${group.id}`, '/promotion', '/staff', `/staff/${member.id}`, '/accounts', '/import', '/duplicates', '/lists', '/lists?tab=templates', '/journal', '/server', '/analysis', '/network']) {
			await page.goto(new URL(at, node.origin).href);
			await settled(page);
			await page.locator('main').focus();
			const count = await page.locator(OFFERED).count();
			for (let i = 0; i < 3 * count + 3; i++) {
				await page.keyboard.press('Tab');
				const inside = await page.evaluate(() => {
					const one = document.activeElement;
					if (!one.closest('main')) return false;
					one.dataset.reached = getComputedStyle(one).outlineStyle;
					return true;
				});
				if (!inside)
					break;
			}
			const missed = await page.locator(OFFERED).evaluateAll((all) => all.filter((one) => one.offsetParent && !one.closest('details:not([open]) > :not(summary)') && (one.dataset.reached ?? 'none') === 'none')
				.map((one) => `${one.tagName} ${one.textContent.slice(0, 40)} ${one.dataset.reached}`));
			assert.ok(count > missed.length, `${at}: nothing was reached`);
			assert.deepEqual(missed, [], at);
		}
	});

	test('no page failed, and no foreign host was asked', () => assert.deepEqual(browser.strays, []));
});
