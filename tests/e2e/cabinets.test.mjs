// The day's work of a family and of those who teach, in the browser: on a telephone for the family, on a school computer for teachers.
import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { after, afterEach, before, describe, test } from 'node:test';
import { accessible, Browser, PHONE, settled, skip } from './lib/browser.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { tempDir, waitFor } from './lib/run.mjs';
import { totp } from './lib/totp.mjs';

const now = new Date();
const iso = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const bornYearsAgo = (years) => `${now.getFullYear() - years}-01-15`;
const PHRASE = 'четыре слова подряд хватит';

/** A small picture, as a telephone would send a diploma. */
function png(side = 64) {
	const crc = (bytes) => zlib.crc32?.(bytes) ?? bytes.reduce((c, b) => {
		for (let k = 0, x = (c ^ b) & 255; k < 8; k++, x = x & 1 ? (x >>> 1) ^ 0xedb88320 : x >>> 1)
			if (k === 7)
				return ((x & 1 ? (x >>> 1) ^ 0xedb88320 : x >>> 1) ^ (c >>> 8)) >>> 0;
	}, 0xffffffff) ^ 0xffffffff;
	const chunk = (type, data) => {
		const body = Buffer.concat([Buffer.from(type), data]), out = Buffer.alloc(body.length + 8);
		out.writeUInt32BE(data.length, 0);
		body.copy(out, 4);
		out.writeUInt32BE(crc(body) >>> 0, body.length + 4);
		return out;
	};
	const head = Buffer.alloc(13);
	head.writeUInt32BE(side, 0);
	head.writeUInt32BE(side, 4);
	head.set([8, 2], 8);
	const rows = Buffer.alloc(side * (1 + 3 * side), 0x90);
	for (let y = 0; y < side; y++)
		rows[y * (1 + 3 * side)] = 0;
	return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', zlib.deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

describe('cabinets', { skip }, () => {
	let node, browser, group, anna, pupils, elena, oleg, tatyana;
	const as = {};
	before(async () => {
		node = await Node.create(tempDir(), 'Гимназия № 56');
		await node.start();
		[elena, oleg, tatyana] = [await node.hire('Соколова', 'Елена', { patronymic: 'Викторовна' }), await node.hire('Ким', 'Олег'), await node.hire('Тьюторова', 'Ольга')];
		const enrol = (family, given) => node.enrol(family, given, { class: '8Б', birth_date: bornYearsAgo(12), guardians: [{ family, given: 'Мария', relation: 'mother' }] });
		pupils = [];
		for (const [family, given] of [['Иванова', 'Анна'], ['Петров', 'Борис'], ['Әхмәтҗанов', 'Җәүдәт'], ['Сидорова', 'Вера']])
			pupils.push(await enrol(family, given));
		[anna] = pupils;
		group = await node.post('/api/v1/classes', { name: '8Б', staff: [
			{ staff: elena.id, relation: 'class_teacher' }, { staff: oleg.id, relation: 'teacher', subject: 'mathematics' }, { staff: tatyana.id, relation: 'tutor' }] }, 201);
		as.anna = await node.account(anna);
		as.mother = await node.account(anna, { role: 'parent' });
		as.teacher = await node.account(elena);
		as.math = await node.account(oleg);
		as.tutor = await node.account(tatyana);
		browser = await Browser.launch();
	});
	after(async () => {
		await browser?.close();
		if (node)
			await stopAll(node);
	});

	afterEach(() => browser.clear());

	const phone = (session, at) => browser.as(session, at, { viewport: PHONE });
	const dialog = (page) => page.getByRole('dialog');
	const submit = (page) => dialog(page).getByRole('button', { name: 'Записать и подписать' }).click();
	const gone = (page) => dialog(page).waitFor({ state: 'detached' });
	const card = (page, title) => page.getByRole('article', { name: title });
	const write = (session, student, kind, fields, more = {}) => session.post(`/api/v1/students/${student.id}/entries`, { kind, fields, ...more }, 201);

	test('everyone: first visit with a printed code typed with the wrong layout on, then login and password; language, theme', async () => {
		const { code } = await node.paper('student', { person: pupils[1].id });
		const page = await browser.window(node, { viewport: PHONE });
		await page.at('/');
		await page.getByRole('link', { name: 'У меня есть код' }).click();
		/* Russian letters that look like Latin ones, and no hyphens */
		const alike = { A: 'А', B: 'В', E: 'Е', K: 'К', M: 'М', H: 'Н', P: 'Р', C: 'С', T: 'Т', X: 'Х', Y: 'У' };
		await page.getByLabel('Код с листа').fill([...code.replaceAll('-', '')].map((c) => alike[c] ?? c).join('').toLowerCase());
		await page.getByLabel('Логин').fill('boris');
		await page.getByRole('button', { name: 'Создать вход' }).click();
		await page.getByText('Заполните поле «Пароль»').first().waitFor();
		await page.getByLabel('Пароль', { exact: true }).fill(PHRASE);
		await page.getByRole('button', { name: 'Создать вход' }).click();
		await page.getByRole('heading', { level: 1, name: 'Сегодня' }).waitFor();
		await page.getByText('Ещё', { exact: true }).click();
		await page.getByRole('button', { name: 'Switch to English' }).click();
		await page.getByRole('heading', { level: 1, name: 'Today' }).waitFor();
		assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
		await accessible(page, 'in English');
		await page.getByRole('button', { name: 'Log out' }).click();
		await page.getByLabel('Login').fill('boris');
		await page.getByLabel('Password').fill('not that one at all');
		await page.getByRole('button', { name: 'Log in' }).click();
		await page.getByRole('alert').waitFor();
		await page.getByLabel('Password').fill(PHRASE);
		/* the node makes whoever guesses wait a little */
		await waitFor('the right password to let in', async () => {
			if (await page.getByRole('heading', { level: 1, name: 'Today' }).count())
				return true;
			await page.getByRole('button', { name: 'Log in' }).click({ timeout: 500 }).catch(() => {});
			return false;
		});
	});

	test('everyone: staff set up the second step before anything else; a printed recovery code lets in when the telephone is lost', async () => {
		const fresh = await node.hire('Новая', 'Нина');
		const { code } = await node.paper('staff', { person: fresh.id });
		const page = await browser.window(node);
		await page.at(`/claim#${code}`);
		await page.getByLabel('Логин').fill('nina');
		await page.getByLabel('Пароль', { exact: true }).fill(PHRASE);
		await page.getByRole('button', { name: 'Создать вход' }).click();
		await page.getByRole('heading', { name: 'Второй шаг входа' }).first().waitFor();
		await accessible(page, 'second step');
		await page.getByText('Камера не работает').click();
		const secret = (await page.getByLabel('Ключ').inputValue()).replace(/\s/g, '');
		await page.getByLabel('Введите код').fill(totp(secret));
		await page.getByRole('button', { name: 'Включить' }).click();
		await page.getByText('Включено. Напечатайте резервные коды').waitFor();
		const recovery = (await page.locator('main').innerText()).match(/[0-9A-Z]{4}(-[0-9A-Z]{1,4})+/)[0];
		await page.getByRole('button', { name: 'Я их сохранил' }).click();
		await page.getByRole('heading', { level: 1, name: 'Сегодня' }).waitFor();
		await page.getByRole('button', { name: 'Выйти' }).click();
		await page.getByLabel('Логин').fill('nina');
		await page.getByLabel('Пароль').fill(PHRASE);
		await page.getByRole('button', { name: 'Войти' }).click();
		await page.getByRole('button', { name: /резервный код/ }).click();
		await page.getByLabel('Резервный код').fill(recovery);
		await page.getByRole('button', { name: 'Войти' }).click();
		await page.getByRole('heading', { level: 1, name: 'Сегодня' }).waitFor();
	});

	test('everyone: a teacher who is a parent too switches the role, and sees the child instead of the class', async () => {
		const guardian = (await node.get(`/api/v1/students/${pupils[3].id}`)).guardians[0].id;
		const both = await node.account(oleg);
		await node.put(`/api/v1/accounts/${both.account}`, { guardian }, 200);
		const page = await browser.as(await node.account(oleg), '/');
		await page.getByRole('button', { name: 'Работать как родитель' }).click();
		await page.getByRole('link', { name: 'Согласия' }).waitFor();
		await page.getByRole('link', { name: 'Портфолио', exact: true }).click();
		await page.getByText('Сидорова Вера').first().waitFor();
		await page.getByRole('button', { name: 'Работать как педагог' }).click();
		await page.getByRole('link', { name: 'Проверка' }).waitFor();
	});

	test('everyone: a window older than the node\'s version gets the new one when it tries again', async () => {
		/* the worker's own requests cannot be held back here */
		const page = await browser.as(as.teacher, '/', { serviceWorkers: 'block' });
		await settled(page);
		let old = true;
		page.on('request', (request) => { if (request.isNavigationRequest()) old = false; });
		await page.route('**/assets/*.js', (route) => (old ? route.fulfill({ status: 404 }) : route.continue()));
		await page.getByRole('link', { name: 'Проверка' }).click();
		await page.getByRole('button', { name: 'Повторить' }).click();
		await page.getByRole('heading', { level: 1, name: 'Проверка' }).waitFor();
	});

	test('everyone: search finds a name in Tatar letters; help says what the screen is for; print leaves the menu out', async () => {
		const page = await browser.as(as.teacher, '/');
		await page.getByRole('link', { name: 'Найти' }).click();
		await page.getByLabel('Имя человека или класс').fill('җәүд');
		await page.getByRole('link', { name: /Әхмәтҗанов/ }).click();
		await page.getByRole('heading', { level: 1, name: /Әхмәтҗанов Җәүдәт/ }).waitFor();
		await page.getByRole('button', { name: 'Помощь' }).click();
		await dialog(page).getByText('Ученики, чьи данные вам доступны.').waitFor();
		await page.keyboard.press('Escape');
		await gone(page);
		await page.emulateMedia({ media: 'print' });
		assert.equal(await page.getByRole('navigation', { name: 'Разделы', exact: true }).isVisible(), false);
	});

	test('student: an achievement with a photo of the diploma, returned with a reason, resubmitted, confirmed by keyboard after an undo', async () => {
		const page = await phone(as.anna, '/child/portfolio');
		const begun = Date.now();
		await page.getByRole('button', { name: 'Добавить достижение' }).first().click();
		await dialog(page).getByLabel('Название').fill('Кубок города');
		await dialog(page).getByLabel('Раздел портфолио').selectOption('sport');
		await dialog(page).getByLabel(/Подтверждающие документы/).setInputFiles({ name: 'диплом.png', mimeType: 'image/png', buffer: png() });
		await dialog(page).getByText('диплом.png').waitFor();
		await accessible(page, 'an achievement is added');
		await submit(page);
		await gone(page);
		assert.ok(Date.now() - begun < 60_000, 'in under a minute');
		await card(page, 'Кубок города').getByText('на проверке').waitFor();

		const desk = await browser.as(as.teacher, '/');
		await desk.getByRole('link', { name: /1 запись ждёт проверки|запись ждёт проверки/ }).click();
		const item = card(desk, 'Кубок города');
		const picture = item.getByRole('img', { name: 'диплом.png' });
		await waitFor('the evidence beside the entry', () => picture.evaluate((one) => one.complete && one.naturalWidth === 64));
		await accessible(desk, 'the review queue');
		await desk.keyboard.press('j');
		await desk.keyboard.press('r');
		await dialog(desk).getByRole('button', { name: 'Вернуть' }).click();
		await dialog(desk).getByText('Заполните поле «Причина возврата»').first().waitFor();
		await dialog(desk).getByLabel('Причина возврата').fill('Добавьте дату');
		await dialog(desk).getByRole('button', { name: 'Вернуть' }).click();
		await gone(desk);
		await desk.getByText('Проверять нечего').waitFor();

		/* the student's page hears of it by itself */
		await card(page, 'Кубок города').getByText('Добавьте дату').first().waitFor();
		await page.getByRole('button', { name: 'Исправить: Кубок города' }).click();
		await dialog(page).getByLabel('Дата').fill(iso(-1));
		await submit(page);
		await gone(page);

		await item.waitFor();
		await desk.keyboard.press('j');
		await desk.keyboard.press('a');
		await item.getByText('подтверждается').waitFor();
		await item.getByRole('button', { name: 'Отменить: Кубок города' }).click();
		await item.getByText('на проверке').waitFor();
		await desk.keyboard.press('j');
		await desk.keyboard.press('a');
		await item.getByRole('button', { name: 'Подтвердить сразу: Кубок города' }).click();
		await item.waitFor({ state: 'detached' });
		await card(page, 'Кубок города').getByText('подтверждено').first().waitFor();
		const [entry] = (await as.anna.get(`/api/v1/students/${anna.id}/entries?kind=achievement&status=confirmed`)).items;
		assert.equal(entry.fields.files.length, 1, 'the file stayed with the entry');
	});

	test('student: what was begun of one goal is no draft for another; a form waits for the file that is under way', async () => {
		const goal = (name) => write(as.anna, pupils[0], 'goal', { sort: 'event', name, stage: 'begun' });
		const [, second] = [await goal('Первая цель'), await goal('Вторая цель')];
		const page = await phone(as.anna, '/child/plan');
		const step = (name) => page.getByRole('button', { name: `Отметить шаг: ${name}` }).click();
		await step('Первая цель');
		await dialog(page).getByLabel('Этап').selectOption('begun');
		await dialog(page).getByText('Черновик сохранён').waitFor();
		await page.keyboard.press('Escape');
		await step('Вторая цель');
		assert.equal(await dialog(page).getByLabel('Этап').inputValue(), '');
		await dialog(page).getByLabel('Этап').selectOption('halfway');
		await submit(page);
		await gone(page);
		const [written] = (await as.anna.get(`/api/v1/students/${anna.id}/entries?kind=goal_step`)).items;
		assert.equal(written.fields.goal, second.id);

		await page.at('/child/portfolio');
		let release;
		const held = new Promise((done) => { release = done; });
		await page.route('**/api/v1/uploads/**', async (route) => { await held; await route.continue(); });
		await page.getByRole('button', { name: 'Добавить достижение' }).first().click();
		await dialog(page).getByLabel('Название').fill('С файлом в пути');
		await dialog(page).getByLabel('Раздел портфолио').selectOption('sport');
		await dialog(page).getByLabel(/Подтверждающие документы/).setInputFiles({ name: 'диплом.png', mimeType: 'image/png', buffer: png() });
		assert.ok(await dialog(page).getByRole('button', { name: 'Отправляем файл' }).isDisabled());
		release();
		await submit(page);
		await gone(page);
		const found = (await as.anna.get(`/api/v1/students/${anna.id}/entries?kind=achievement&limit=200`)).items.find((one) => one.title === 'С файлом в пути');
		assert.equal(found.fields.files.length, 1);
	});

	test('class teacher: what was confirmed is confirmed, though the log-in ends at once', async () => {
		const given = (await write(as.mother, anna, 'achievement', { name: 'Перед выходом', section: 'sport' })).id;
		const page = await browser.as(await node.account(tatyana), '/review');
		await page.getByRole('button', { name: 'Подтвердить: Перед выходом' }).click();
		await page.getByRole('button', { name: 'Выйти', exact: true }).click();
		await page.getByRole('heading', { level: 1, name: 'Вход' }).waitFor();
		assert.equal((await as.mother.get(`/api/v1/students/${anna.id}/entries/${given}`)).status, 'confirmed');
	});

	test('everyone: the last step is taken back from the note that says it was done', async () => {
		const page = await browser.as(as.anna, '/child/portfolio');
		await page.getByRole('button', { name: 'Добавить достижение' }).first().click();
		await dialog(page).getByLabel('Название').fill('Не туда');
		await dialog(page).getByLabel('Раздел портфолио').selectOption('sport');
		await submit(page);
		await gone(page);
		await card(page, 'Не туда').getByText('на проверке').waitFor();
		await page.getByRole('button', { name: 'Отменить', exact: true }).click();
		await card(page, 'Не туда').getByText('отозвано').first().waitFor();

		const given = (await write(as.mother, anna, 'achievement', { name: 'На месте', section: 'sport' })).id;
		const desk = await browser.as(as.teacher, '/review');
		await desk.getByRole('button', { name: 'Вернуть: На месте' }).click();
		await dialog(desk).getByLabel('Причина возврата').fill('Ошибся строкой');
		await dialog(desk).getByRole('button', { name: 'Вернуть' }).click();
		await gone(desk);
		await desk.getByRole('button', { name: 'Отменить', exact: true }).click();
		await waitFor('it to wait again', async () => (await as.teacher.get(`/api/v1/students/${anna.id}/entries/${given}`)).status === 'unconfirmed');
	});

	test('student: portfolio by section, activity and subject, the filter in the address', async () => {
		await write(as.mother, anna, 'achievement', { name: 'Олимпиада', section: 'olympiads', subject: 'physics', activity: 'study' });
		await write(as.mother, anna, 'achievement', { name: 'Концерт', section: 'culture', activity: 'culture' });
		const page = await browser.as(as.anna, '/child/portfolio');
		await page.getByLabel('Предмет').selectOption('physics');
		await card(page, 'Концерт').waitFor({ state: 'detached' });
		assert.match(page.url(), /subject=physics/);
		await page.reload();
		await card(page, 'Олимпиада').waitFor();
		assert.equal(await card(page, 'Концерт').count(), 0);
		await page.getByLabel('Предмет').selectOption('biology');
		await page.getByText('С таким отбором записей нет').waitFor();
		await page.getByRole('button', { name: 'Снять отбор' }).click();
		await card(page, 'Концерт').waitFor();
	});

	test('parent: the route as an interview, a goal with its mark, a step; the class teacher comments on it', async () => {
		const page = await phone(as.mother, '/child/plan');
		await page.getByRole('button', { name: 'Начать' }).click();
		await dialog(page).getByText('Шаг 1 из 4').waitFor();
		await dialog(page).getByLabel('Физика').first().check();
		await dialog(page).getByRole('button', { name: 'Дальше' }).click();
		await dialog(page).getByText('Шаг 2 из 4').waitFor();
		await accessible(page, 'the interview');
		await dialog(page).getByRole('button', { name: 'Назад' }).click();
		assert.ok(await dialog(page).getByLabel('Физика').first().isChecked());
		for (let i = 0; i < 3; i++)
			await dialog(page).getByRole('button', { name: 'Дальше' }).click();
		await submit(page);
		await gone(page);
		await page.getByText('Ответы этого года').waitFor();
		await page.getByRole('button', { name: 'Добавить цель' }).first().click();
		await dialog(page).getByLabel('Вид цели').selectOption('mark');
		await dialog(page).getByLabel(/^Цель|Название/).first().fill('Пятёрка по физике');
		await dialog(page).getByLabel('Этап').first().selectOption('begun');
		await dialog(page).getByText('Добавить подробности').click();
		await dialog(page).getByLabel(/^Предмет/).selectOption('physics');
		await dialog(page).getByLabel(/отметка/i).first().fill('5');
		await submit(page);
		await gone(page);
		await page.getByText('Пятёрка по физике').first().waitFor();
		await page.getByRole('img', { name: /отметка 5/ }).waitFor();

		const desk = await browser.as(as.teacher, `/students/${anna.id}?section=plan`);
		await desk.getByRole('button', { name: 'Комментарий: Пятёрка по физике' }).click();
		await dialog(desk).getByRole('textbox').fill('Хорошая цель');
		await dialog(desk).getByRole('button', { name: 'Добавить' }).click();
		await gone(desk);
		await page.getByText('Хорошая цель').waitFor();
		await accessible(page, 'the route');
	});

	test('parent: consent to one achievement for one purpose, the page looked at, the consent taken back; who looked', async () => {
		const page = await phone(as.mother, '/child/consents');
		const one = page.locator('.consents > li', { hasText: 'Кубок города' });
		await one.getByText('посторонним не видно').waitFor();
		await one.locator('summary').click();
		await one.getByText('Так это увидят').waitFor();
		await accessible(page, 'consents');
		await one.getByRole('button', { name: /Разрешить: Личная страница/ }).click();
		await one.getByText('видно всем').waitFor();
		await page.at('/child/page');
		await page.getByRole('button', { name: 'Открыть страницу' }).click();
		const link = page.getByRole('link', { name: 'Посмотреть' });
		const address = await link.getAttribute('href');
		const stranger = await browser.window(node, { viewport: PHONE });
		await stranger.at(address);
		await stranger.getByText('Кубок города').waitFor();
		assert.equal((await stranger.content()).includes('Иванова'), false);
		await page.at('/child/consents');
		await one.locator('summary').click();
		await one.getByRole('button', { name: /Отозвать: Личная страница/ }).click();
		await one.getByText('видно всем').waitFor({ state: 'detached' });
		await stranger.getByText('Кубок города').waitFor({ state: 'detached' });
		await (await node.login()).get(`/api/v1/students/${anna.id}`);
		await page.at('/child/looks');
		await page.getByText('смотрел данные').first().waitFor();
	});

	test('consents: from 14 on nothing is called public before the student has consented too; whoever may not give one is offered none', async () => {
		const vika = await node.enrol('Старшая', 'Вика', { class: '8Б', birth_date: bornYearsAgo(15), guardians: [{ family: 'Старшая', given: 'Ия', relation: 'mother' }] });
		const cup = await write(as.teacher, vika, 'achievement', { name: 'Кубок области', section: 'sport' });
		await as.tutor.post(`/api/v1/students/${vika.id}/entries/${cup.id}/verdicts`, { verdict: 'confirm' }, 201);
		const page = await phone(await node.account(vika, { role: 'parent' }), '/child/consents');
		const give = (who) => who.getByRole('button', { name: 'Разрешить: Личная страница, На все достижения сразу' });
		await give(page).click();
		await page.getByRole('button', { name: 'Отозвать: Личная страница, На все достижения сразу' }).waitFor();
		assert.equal(await page.getByText('видно всем').count(), 0);
		const desk = await browser.as(as.teacher, `/students/${vika.id}?section=consents`);
		await desk.getByText('Кубок области').first().waitFor();
		await desk.locator('.consents summary').first().click();
		await desk.getByText('нужно согласие ученика').first().waitFor();
		assert.equal(await desk.getByRole('button', { name: /^Разрешить/ }).count(), 0);
		const own = await phone(await node.account(vika), '/child/consents');
		await give(own).click();
		await own.getByText('видно: 1 из').waitFor();
	});

	test('parent: several children, chosen once for all sections; a school elsewhere kept as an address', async () => {
		const mother = { family: 'Двухдетная', given: 'Дарья', relation: 'mother' };
		const first = await node.enrol('Двухдетная', 'Ева', { class: '8Б', birth_date: bornYearsAgo(12), guardians: [mother] });
		const guardian = (await node.get(`/api/v1/students/${first.id}`)).guardians[0].id;
		await node.enrol('Двухдетная', 'Яна', { class: '8Б', birth_date: bornYearsAgo(12), guardians: [{ id: guardian, ...mother }] });
		const page = await phone(await node.account(first, { role: 'parent' }), '/');
		await page.getByRole('button', { name: /Двухдетная Яна/ }).click();
		await page.getByRole('link', { name: 'Портфолио', exact: true }).click();
		await page.getByText('Двухдетная Яна').first().waitFor();
		await page.getByRole('button', { name: /^Ева/ }).click();
		await page.getByText('Двухдетная Ева').first().waitFor();
		await page.at('/account');
		await page.getByLabel('Адрес школы').fill('не адрес');
		await page.getByRole('button', { name: 'Добавить' }).click();
		await page.getByText('Это не похоже на адрес').first().waitFor();
		await page.getByLabel('Адрес школы').fill('school12.example');
		await page.getByLabel('Как её назвать').fill('Лицей Саши');
		await page.getByRole('button', { name: 'Добавить' }).click();
		await page.getByRole('link', { name: 'Лицей Саши' }).waitFor();
		/* beside the children, at one school or several */
		await page.at('/');
		assert.equal(await page.getByRole('region', { name: 'Дети' }).getByRole('link', { name: /Лицей Саши/ }).getAttribute('href'), 'https://school12.example/');
	});

	test('teacher: a class rated in one table by keyboard, the marks in the matrix, sorted, and down to one student\'s card', async () => {
		const page = await browser.as(as.math, `/classes/${group.id}?section=rating`);
		await page.getByLabel('Анализировать и обобщать').check();
		await page.getByLabel('Ставить цель деятельности').check();
		await page.locator('[data-at="0 0"]').focus();
		await page.keyboard.type('31');
		await page.keyboard.press('9');
		assert.equal(await page.locator('[data-at="2 0"]').inputValue(), '', 'no level is 9');
		await page.keyboard.type('2');
		await page.locator('[data-at="0 0"]').focus();
		await page.keyboard.press('ArrowRight');
		await page.keyboard.press('2');
		await page.getByText('Черновик сохранён на этом устройстве').waitFor();
		await page.reload();
		/* what was typed is still there */
		await waitFor('the draft', async () => (await page.locator('[data-at="1 0"]').inputValue()) === '1');
		await accessible(page, 'the rating table');
		await page.getByRole('button', { name: 'Записать 4 оценки' }).click();
		await page.getByText('Записаны 4 оценки').waitFor();
		assert.equal(await page.locator('[data-at]').count(), 0, 'the sheet is empty again');
		await page.getByRole('link', { name: 'Матрица' }).click();
		const table = page.getByRole('table');
		await page.getByText('Оценены 3 из').waitFor();
		await table.getByRole('button', { name: 'Анализировать и обобщать' }).click();
		const marks = await table.locator('tbody tr td:nth-of-type(1)').allInnerTexts();
		assert.deepEqual(marks.slice(0, 3), ['3', '2', '1']);
		await accessible(page, 'the matrix');
		await table.getByRole('rowheader').getByRole('link').first().click();
		await page.getByRole('heading', { name: 'УУД по годам' }).waitFor();
		await accessible(page, 'the analytic card');
	});

	test('teacher: external results from a table, a wrong level refused before anything is written', async () => {
		const page = await browser.as(as.teacher, `/classes/${group.id}?section=external`);
		const csv = (level) => ({ name: 'vpr.csv', mimeType: 'text/csv', buffer: Buffer.from(`Фамилия;Имя;cognitive.analysis\nИванова;Анна;${level}\nПетров;Борис;1\n`) });
		await page.getByLabel('Откуда результаты').selectOption('vpr');
		await page.getByLabel('Дата').fill(iso(0));
		await page.getByLabel('Файл').setInputFiles(csv(7));
		await page.getByRole('button', { name: 'Проверить файл' }).click();
		await page.getByText(/1 строка с ошибкой/).waitFor();
		assert.equal(await page.getByRole('button', { name: /Записать/ }).count(), 0);
		await page.getByLabel('Файл').setInputFiles(csv(0));
		await page.getByRole('button', { name: 'Проверить файл' }).click();
		await page.getByRole('button', { name: 'Записать 2 оценки' }).click();
		await page.getByText('Записаны 2 оценки').waitFor();
	});

	test('class teacher: a deviation between external and own results is a task, and is seen to', async () => {
		/* the outside found nothing, the teacher all */
		await write(as.math, anna, 'rating', { competence: 'cognitive.analysis', level: 3, source: 'observation' });
		const page = await browser.as(as.teacher, '/');
		await page.getByRole('link', { name: /расхождени/ }).click();
		await page.getByRole('link', { name: /Иванова Анна/ }).click();
		await page.getByText('Где оценки расходятся').waitFor();
		await page.getByRole('button', { name: 'Разобрать' }).first().click();
		await dialog(page).getByLabel('Что предпринято').fill('Поговорили с учителем, проверим в январе');
		await submit(page);
		await gone(page);
		await page.getByText('разобрано').first().waitFor();
	});

	test('teacher: colleagues are asked for observations; one answers; the mean is seen with the number of answers', async () => {
		const page = await browser.as(as.teacher, `/students/${anna.id}?section=results`);
		await page.getByRole('button', { name: 'Спросить коллег' }).click();
		await dialog(page).getByLabel('Слушать собеседника и понимать его позицию').check();
		await dialog(page).getByLabel('Ответить до').fill(iso(7));
		await submit(page);
		await gone(page);
		await page.getByText(/Ответили 0 из [23]/).waitFor();
		const other = await browser.as(await (await node.account(oleg)).as('teacher').catch(() => node.account(oleg)), '/');
		await other.getByRole('link', { name: /просьба о наблюдении/ }).click();
		await other.getByRole('link', { name: /Иванова Анна/ }).click();
		await other.getByRole('button', { name: 'Ответить' }).click();
		await dialog(other).getByLabel('Слушать собеседника и понимать его позицию').selectOption('2');
		await submit(other);
		await gone(other);
		await page.getByText(/понимать его позицию: 2 \(1\)/).waitFor();
	});

	test('teacher: several entries confirmed at once', async () => {
		for (const name of ['Первая', 'Вторая', 'Третья'])
			await write(as.mother, pupils[0], 'achievement', { name, section: 'sport' });
		const page = await browser.as(as.teacher, '/review');
		for (const name of ['Первая', 'Вторая'])
			await page.getByRole('checkbox', { name: `Выбрать: ${name}` }).check();
		await page.getByRole('button', { name: 'Подтвердить 2 записи' }).click();
		await page.getByText('Подтверждаются 2 записи').waitFor();
		await page.getByRole('button', { name: 'Отменить', exact: true }).click();
		await card(page, 'Вторая').getByText('на проверке').waitFor();
		for (const name of ['Первая', 'Вторая'])
			await page.getByRole('checkbox', { name: `Выбрать: ${name}` }).check();
		await page.getByRole('button', { name: 'Подтвердить 2 записи' }).click();
		/* whoever leaves the page has decided */
		await page.getByRole('link', { name: 'Классы' }).click();
		await waitFor('both to be confirmed', async () => (await as.teacher.get(`/api/v1/students/${pupils[0].id}/entries?status=confirmed&kind=achievement`)).items
			.filter((one) => ['Первая', 'Вторая'].includes(one.title)).length === 2);
		await page.getByRole('link', { name: 'Проверка' }).click();
		await card(page, 'Третья').waitFor();
		await card(page, 'Вторая').waitFor({ state: 'detached' });
	});

	test('two teachers editing one entry: who comes second sees both versions and chooses', async () => {
		const first = await write(as.teacher, anna, 'recommendation', { name: 'Счёт', content: 'Тренажёр' });
		const page = await browser.as(as.teacher, `/students/${anna.id}?kind=recommendation`);
		await page.getByRole('button', { name: 'Исправить: Счёт' }).click();
		await dialog(page).getByLabel('Содержание').fill('Моя версия');
		await write(as.teacher, anna, 'recommendation', { name: 'Счёт', content: 'Другая версия' }, { replaces: first.id });
		await submit(page);
		const rows = dialog(page).getByRole('row').filter({ hasText: 'Моя версия' });
		await rows.getByText('Другая версия').waitFor();
		await accessible(page, 'two versions');
		await dialog(page).getByRole('button', { name: 'Записать мою версию' }).click();
		await gone(page);
		const standing = (await as.teacher.get(`/api/v1/students/${anna.id}/entries?kind=recommendation&status=confirmed`)).items;
		assert.deepEqual(standing.filter((one) => one.title === 'Счёт').map((one) => one.fields.content), ['Моя версия']);
	});

	test('expert: whoever is named for a work sees it as a task and writes the review', async () => {
		const work = (await as.teacher.get(`/api/v1/students/${anna.id}/entries?kind=achievement&status=confirmed`)).items[0];
		const outside = await node.hire('Экспертова', 'Инна');
		const desk = await browser.as(as.teacher, `/students/${anna.id}`);
		await desk.getByRole('button', { name: `Назначить эксперта: ${work.title}` }).first().click();
		await dialog(desk).getByRole('searchbox', { name: 'Эксперт' }).fill('Эксперт');
		await dialog(desk).getByRole('button', { name: 'Экспертова Инна' }).click();
		await dialog(desk).getByLabel('До какого числа').fill(iso(14));
		await submit(desk);
		await gone(desk);
		const page = await browser.as(await node.account(outside), '/');
		await page.getByRole('link', { name: /работа ждёт вашего отзыва/ }).click();
		await page.getByRole('link', { name: /Иванова Анна/ }).click();
		await page.getByRole('button', { name: `Написать отзыв: ${work.title}` }).click();
		await dialog(page).getByLabel(/^Отзыв|Текст/).first().fill('Сделано самостоятельно');
		await submit(page);
		await gone(page);
		const reviews = (await as.teacher.get(`/api/v1/students/${anna.id}/entries?kind=expert_review`)).items;
		assert.equal(reviews[0].fields.text, 'Сделано самостоятельно');

		/* a parent may be one too: of their own child's work, and of another's */
		const mother = (await node.get(`/api/v1/students/${anna.id}`)).guardians[0].id;
		const other = await write(as.teacher, pupils[1], 'achievement', { name: 'Макет моста', section: 'science' }).catch(() => write(as.teacher, pupils[1], 'achievement', { name: 'Макет моста', section: 'sport' }));
		await write(as.teacher, pupils[1], 'expertise', { entry: other.id, expert: mother, until: iso(14) });
		const family = await phone(as.mother, '/');
		await family.getByRole('link', { name: /работа ждёт вашего отзыва/ }).click();
		await family.getByRole('link', { name: /Петров Борис/ }).click();
		await family.getByRole('button', { name: 'Написать отзыв: Макет моста' }).click();
		await dialog(family).getByLabel(/^Отзыв|Текст/).first().fill('Держит груз');
		await submit(family);
		await gone(family);
	});

	test('parent: called as an expert to an event of another class, rates it in the table, and sees nothing else of those students', async () => {
		const own = await node.enrol('Гостева', 'Ника', { class: '9А', birth_date: bornYearsAgo(13), guardians: [{ family: 'Гостева', given: 'Ольга', relation: 'mother' }] });
		const expert = (await node.get(`/api/v1/students/${own.id}`)).guardians[0].id;
		await as.teacher.post(`/api/v1/classes/${group.id}/entries`, { kind: 'procedure', fields: { name: 'Защита проектов', sort: 'event', date: iso(0),
			competences: ['communicative.speech'], experts: [expert], experts_until: iso(3) } }, 201);
		const page = await phone(await node.account(own, { role: 'parent' }), '/');
		await page.getByRole('link', { name: /Вас позвали экспертом/ }).click();
		await page.getByLabel('За что').selectOption({ label: 'Защита проектов' });
		await page.locator('[data-at="0 0"]').fill('2');
		await accessible(page, 'an expert rates');
		await page.getByRole('button', { name: 'Записать 1 оценку' }).click();
		await page.getByText('Записана 1 оценка').waitFor();
		await page.getByRole('link', { name: 'Ученики', exact: true }).click();
		await page.getByRole('link', { name: 'Иванова Анна' }).first().waitFor();
		assert.equal(await page.getByRole('link', { name: /Результаты: / }).count(), 0);
		const [rating] = (await as.teacher.get(`/api/v1/classes/${group.id}`)).members;
		assert.ok((await as.teacher.get(`/api/v1/students/${rating.id}/entries?kind=rating`)).items.some((one) => one.by.role === 'эксперт'));
	});

	test('tutor: a recommendation for the student, which the family reads', async () => {
		const page = await browser.as(as.tutor, `/students/${anna.id}`);
		await page.getByRole('button', { name: 'Добавить запись' }).first().click();
		await dialog(page).getByLabel('Вид записи').selectOption('recommendation');
		await dialog(page).getByLabel('О чём').fill('Читать вслух');
		await dialog(page).getByLabel('Содержание').fill('Десять минут каждый вечер');
		await submit(page);
		await gone(page);
		const family = await phone(as.mother, '/child/results');
		await family.getByText('Десять минут каждый вечер').waitFor();
	});

	test('teacher: own portfolio, hours of training in growth, and the development plan from the self-rating', async () => {
		const page = await browser.as(as.math, '/own?section=growth');
		await page.getByText('Расти пока не из чего').waitFor();
		await accessible(page, 'growth of nothing');
		await page.getByRole('link', { name: 'К портфолио' }).click();
		await page.getByRole('button', { name: 'Добавить запись' }).first().click();
		await dialog(page).getByLabel('Вид записи').selectOption('t_training');
		await dialog(page).getByLabel(/Название|Тема|Программа/).first().fill('Оценивание');
		await dialog(page).getByLabel(/Часов|Количество часов|Объём/).first().fill('72');
		await dialog(page).getByLabel(/^Дата/).first().fill(iso(-30));
		await submit(page);
		await gone(page);
		await page.getByRole('link', { name: 'Рост по годам' }).click();
		await page.getByRole('row').filter({ hasText: '72 часа' }).first().waitFor();
		await page.getByRole('link', { name: 'План развития' }).click();
		await page.getByRole('button', { name: 'Оценить себя' }).click();
		await dialog(page).getByLabel('Планировать и проводить учебные занятия').selectOption('1');
		await submit(page);
		await gone(page);
		await page.getByRole('button', { name: /Добавить шаг: Планировать/ }).click();
		await dialog(page).getByLabel(/Что|Действие|Шаг/).first().fill('Открытый урок у коллеги');
		await dialog(page).getByLabel(/Срок|До какого|Когда/).first().fill(iso(40));
		await submit(page);
		await gone(page);
		await page.getByText('Открытый урок у коллеги').waitFor();
		await accessible(page, 'the development plan');
	});

	test('teacher: a lesson card from a template, stages moved by buttons, saved, printed, published', async () => {
		const admin = await node.login();
		await admin.post('/api/v1/school/entries', { kind: 'lesson_template', fields: { name: 'Открытие знания', goal: 'Понять и применить', stages: ['motivation', 'goal', 'practice'], stage_motivation: 'Загадка' } }, 201);
		const page = await browser.as(as.math, '/cards');
		await page.getByRole('link', { name: 'Новая карта' }).first().click();
		await page.getByLabel('Шаблон').selectOption({ label: 'Открытие знания' });
		await page.getByLabel('Тема урока').fill('Закон Ома');
		await page.getByLabel('Класс (параллель)').fill('8');
		await page.getByLabel(/^Предмет/).selectOption('physics');
		assert.equal(await page.getByLabel('Цель урока', { exact: true }).inputValue(), 'Понять и применить');
		const stages = page.locator('.stage strong');
		const before = await stages.allInnerTexts();
		await page.locator('.stage').nth(2).getByRole('button', { name: /^Выше/ }).click();
		assert.deepEqual((await stages.allInnerTexts()).map((one) => one.replace(/^\d+\. /, '')), [0, 2, 1].map((i) => before[i].replace(/^\d+\. /, '')));
		await accessible(page, 'the constructor');
		await page.getByRole('button', { name: 'Сохранить карту' }).click();
		await page.getByRole('heading', { level: 1, name: 'Закон Ома' }).waitFor();
		await page.getByRole('rowheader', { name: /^1\./ }).waitFor();
		await accessible(page, 'a card');
		await page.getByRole('button', { name: 'Опубликовать' }).click();
		await dialog(page).getByRole('button', { name: 'Да, опубликовать' }).click();
		await gone(page);
		await waitFor('the card among what schools share', async () => (await as.teacher.get('/api/v1/commons')).items.some((one) => one.title === 'Закон Ома'));
		await page.at('/cards?of=commons');
		await page.getByRole('button', { name: /Закон Ома/ }).click();
		await dialog(page).getByText('Понять и применить').waitFor();
	});

	test('teacher: a link in an entry leads to the web and nowhere else', async () => {
		const write = (name, link) => as.math.post(`/api/v1/staff/${oleg.id}/entries`, { kind: 't_training', fields: { name, hours: 8, date: iso(-60), link } }, 201);
		await write('Курсы в сети', 'https://school.example/course?id=7');
		await write('Подписано другой школой', 'https://school.example/signed');
		const page = await browser.window(node);
		await page.context().addCookies([{ name: as.math.cookie.split('=')[0], value: as.math.cookie.split('=')[1], url: node.origin }]);
		await page.route('**/entries?*', async (route) => {
			const answer = await route.fetch();
			await route.fulfill({ response: answer, body: (await answer.text()).replace('https://school.example/signed', 'javascript:document.title=1') });
		});
		await page.at('/own');
		const link = card(page, 'Курсы в сети').getByRole('link');
		assert.deepEqual([await link.innerText(), await link.getAttribute('href'), await link.getAttribute('rel'), await link.getAttribute('target')],
			['school.example/course?id=7', 'https://school.example/course?id=7', 'noreferrer noopener', '_blank']);
		await card(page, 'Подписано другой школой').getByText('javascript:document.title=1').waitFor();
		assert.equal(await card(page, 'Подписано другой школой').getByRole('link').count(), 0);
	});

	test('student: what one teacher did alike is one line of the news, and all of it can be opened', async () => {
		const [, boris] = pupils;
		const own = await node.account(boris);
		const names = ['Первая работа', 'Вторая работа', 'Третья работа'];
		for (const name of names) {
			const { id } = await write(own, boris, 'achievement', { name, section: 'sport' });
			await as.teacher.post(`/api/v1/students/${boris.id}/entries/${id}/verdicts`, { verdict: 'confirm' });
		}
		const page = await phone(own, '/');
		const line = page.locator('.news > li').filter({ hasText: 'Подтверждены 3 записи' });
		await line.waitFor();
		assert.equal(await page.getByRole('link', { name: names[0] }).isVisible(), false);
		await accessible(page, 'news');
		await line.locator('summary').click();
		for (const name of names)
			await line.getByRole('link', { name }).waitFor();
		await accessible(page, 'news opened');
		await line.getByRole('link', { name: names[1] }).click();
		await card(page, names[1]).waitFor();
	});

	test('class teacher: the class site is opened, and shows only what is permitted', async () => {
		const page = await browser.as(as.teacher, `/classes/${group.id}?section=site`);
		await page.getByRole('button', { name: 'Открыть страницу' }).click();
		const address = await page.getByRole('link', { name: 'Посмотреть' }).getAttribute('href');
		const stranger = await browser.window(node);
		await stranger.at(address);
		await stranger.getByText(/Достижения класса|Здесь ничего нет/).first().waitFor();
		assert.equal((await stranger.content()).includes('Кубок города'), false);
	});

	test('the tree that a screen reader hears: landmarks, names of controls, what is said without being looked at', async () => {
		const page = await browser.as(as.teacher, '/review');
		await settled(page);
		for (const role of ['banner', 'main', 'navigation'])
			assert.ok(await page.getByRole(role).count() >= 1, role);
		assert.equal(await page.getByRole('navigation', { name: 'Разделы', exact: true }).getByRole('link', { name: 'Проверка' }).getAttribute('aria-current'), 'page');
		const nameless = await page.evaluate(() => [...document.querySelectorAll('button, a[href], input, select, textarea')]
			.filter((one) => one.checkVisibility?.() !== false && !(one.getAttribute('aria-label') || one.textContent.trim() || one.querySelector('img')?.alt || one.labels?.length || one.title)).map((one) => one.outerHTML));
		assert.deepEqual(nameless, []);
		/* a toast is heard */
		await page.getByRole('button', { name: /^Подтвердить: / }).first().click();
		const said = page.locator('[role=status], [aria-live=polite]').filter({ hasText: 'Запись подтверждается' });
		await said.first().waitFor();
		await page.getByRole('button', { name: 'Отменить', exact: true }).first().click();
	});

	test('nothing failed on any page, and no foreign host was asked', () => assert.deepEqual(browser.strays, []));
});
