// Every journey by keyboard alone: nothing here clicks, or puts the focus where Tab does not come.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Browser, settled, skip } from './lib/browser.mjs';
import { Keys } from './lib/keyboard.mjs';
import { cascade } from './lib/network.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { movableClock, tempDir, waitFor } from './lib/run.mjs';
import { totp } from './lib/totp.mjs';

const DAY = 86_400;
const iso = (days) => new Date(Date.now() + days * DAY * 1000).toISOString().slice(0, 10);
const born = (years) => `${new Date().getFullYear() - years}-01-15`;
const PHRASE = 'четыре слова подряд хватит';
const SIGN = 'Записать и подписать';

const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();
const dialog = (page) => page.getByRole('dialog');
const opened = (page) => dialog(page).locator('form, button').first().waitFor();
const gone = (page) => dialog(page).waitFor({ state: 'detached' });
const card = (page, title) => page.getByRole('article', { name: title });

describe('a school by keyboard alone', { skip }, () => {
	let node, browser, group, elena, oleg, anna, eva, yana;
	const as = {};
	before(async () => {
		node = await (await Node.create(tempDir(), 'Гимназия № 56')).start();
		[elena, oleg] = [await node.hire('Соколова', 'Елена'), await node.hire('Ким', 'Олег')];
		const enrol = (family, given, guardians) => node.enrol(family, given, { class: '8Б', birth_date: born(12), guardians });
		anna = await enrol('Иванова', 'Анна', [{ family: 'Иванова', given: 'Мария', relation: 'mother' }]);
		const mother = { family: 'Двухдетная', given: 'Дарья', relation: 'mother' };
		eva = await enrol('Двухдетная', 'Ева', [mother]);
		const { guardians: [{ id }] } = await node.get(`/api/v1/students/${eva.id}`);
		yana = await enrol('Двухдетная', 'Яна', [{ id, ...mother }]);
		group = await node.post('/api/v1/classes', { name: '8Б', staff: [
			{ staff: elena.id, relation: 'class_teacher' }, { staff: oleg.id, relation: 'teacher', subject: 'mathematics' }] }, 201);
		as.anna = await node.account(anna);
		as.mother = await node.account(eva, { role: 'parent' });
		as.teacher = await node.account(elena);
		as.math = await node.account(oleg);
		browser = await Browser.launch();
	});
	after(async () => {
		await browser?.close();
		await stopAll(node);
	});
	afterEach(() => browser.clear());

	/** {page, keys} of somebody, all drawn. */
	async function at(session, address, options) {
		const page = await browser.as(session, address, options);
		await settled(page);
		return { page, keys: new Keys(page) };
	}
	const write = (session, student, kind, fields) => session.post(`/api/v1/students/${student.id}/entries`, { kind, fields }, 201);
	const achieve = (student, name) => write(as.teacher, student, 'achievement', { name, section: 'sport' });

	test('everyone: log-in by password and second factor, language, theme, search, help, log-out', async () => {
		const page = await browser.window(node), keys = new Keys(page);
		await page.at('/');
		await heading(page, 'Вход');
		await keys.write('Логин', as.teacher.login);
		await keys.write('Пароль', as.teacher.password);
		await keys.push('Войти');
		await page.getByLabel('Код из приложения').waitFor();
		await keys.on('Код из приложения', 'what is asked for next to have the focus');
		await keys.write('Код из приложения', totp(as.teacher.secret, 1));
		await keys.press('Enter');
		await heading(page, 'Сегодня');

		await keys.push('Switch to English');
		await heading(page, 'Today');
		await keys.push('Переключить на русский');
		await heading(page, 'Сегодня');
		await keys.push('Оформление: авто', { back: true });
		await keys.push('Оформление: светлое');
		await waitFor('it to be dark', () => page.evaluate(() => document.documentElement.classList.contains('dark')));

		await keys.push('Найти');
		await heading(page, 'Поиск');
		await keys.write('Имя человека или класс', 'двухд');
		await page.getByRole('link', { name: 'Двухдетная Яна' }).waitFor();
		await keys.push('Двухдетная Яна');
		await heading(page, 'Двухдетная Яна');
		await keys.push('Помощь');
		await dialog(page).getByText('Ученики, чьи данные вам доступны.').waitFor();
		await keys.press('Escape');
		await gone(page);
		await keys.on('Помощь', 'the focus to be back where it was');
		await keys.push('Выйти');
		await heading(page, 'Вход');
		await keys.to('Логин');
	});

	test('everyone: the skip link leads past the menu; on a telephone what does not fit stands behind «Ещё»', async () => {
		const { page, keys } = await at(as.mother, '/', { viewport: { width: 360, height: 740 } });
		await keys.push('Перейти к содержанию');
		await keys.push(/^Двухдетная Яна/);
		await keys.push('Ещё', { back: true });
		await keys.push('Кто смотрел');
		await heading(page, 'Кто смотрел');
		await page.getByText('Двухдетная Яна').first().waitFor();
	});

	test('everyone: what is new comes to an open page, is opened, and is marked as read', async () => {
		const { page, keys } = await at(as.anna, '/');
		await keys.to('Маршрут');
		await write(as.teacher, anna, 'recommendation', { name: 'Читать вечером', content: 'Показать дома' });
		await page.getByRole('link', { name: 'Читать вечером' }).waitFor();
		await keys.push('Всё прочитано');
		await page.getByRole('button', { name: 'Всё прочитано' }).waitFor({ state: 'detached' });
		await keys.push('Читать вечером', { back: true });
		await card(page, 'Читать вечером').waitFor();
		await keys.on('Читать вечером', 'the focus to be on what was told of');
	});

	test('student: an achievement written, returned, mended and sent again', async () => {
		const { page, keys } = await at(as.anna, '/');
		await keys.push('Портфолио');
		await heading(page, 'Портфолио');
		await keys.push('Добавить достижение');
		await opened(page);
		await keys.write('Название', 'Кубок города');
		await keys.choose('Раздел портфолио', 'Спортивная деятельность');
		await keys.push(SIGN);
		await gone(page);
		await keys.on('Добавить достижение', 'the focus to be back where it was');
		await card(page, 'Кубок города').getByText('на проверке').waitFor();

		const [{ id }] = (await as.anna.get(`/api/v1/students/${anna.id}/entries?kind=achievement`)).items;
		await as.teacher.post(`/api/v1/students/${anna.id}/entries/${id}/verdicts`, { verdict: 'return', reason: 'Добавьте дату' }, 201);
		await keys.push('Сегодня');
		await keys.push(/запись вернули/);
		await card(page, 'Кубок города').waitFor();
		await keys.push('Исправить: Кубок города');
		await opened(page);
		await keys.day(/^Дата/, iso(-1));
		await keys.push(SIGN);
		await gone(page);
		/* only what was returned is shown, and it is no more */
		await card(page, 'Кубок города').waitFor({ state: 'detached' });
		await keys.here('what comes after');
		const waits = (await as.anna.get(`/api/v1/students/${anna.id}/entries?kind=achievement&status=unconfirmed`)).items;
		assert.deepEqual(waits.map((one) => [one.title, one.fields.date]), [['Кубок города', iso(-1)]]);
	});

	test('student: the route as an interview, a goal and a step of it', async () => {
		const { page, keys } = await at(as.anna, '/');
		await keys.push('Маршрут');
		await heading(page, 'Маршрут');
		await keys.push('Начать');
		await dialog(page).getByText('Шаг 1 из').waitFor();
		await keys.tick('Физика');
		for (let step = 2; step <= 4; step++) {
			await keys.push('Дальше');
			await dialog(page).getByText(`Шаг ${step} из`).waitFor();
		}
		await keys.push('Назад');
		await dialog(page).getByText('Шаг 3 из').waitFor();
		await keys.push('Дальше');
		await dialog(page).getByText('Шаг 4 из').waitFor();
		await keys.push(SIGN);
		await gone(page);
		await page.getByText('Ответы этого года').waitFor();
		await keys.push('Добавить цель');
		await opened(page);
		await keys.choose('Вид цели', 'Участие в мероприятии');
		await keys.write('Цель', 'Олимпиада');
		await keys.choose('Этап', 'Запланировано');
		await keys.push(SIGN);
		await gone(page);
		await page.getByText('Олимпиада').first().waitFor();
		await keys.push('Отметить шаг: Олимпиада');
		await opened(page);
		await keys.choose('Этап', 'Начато');
		await keys.push(SIGN);
		await gone(page);
		const [step] = (await as.anna.get(`/api/v1/students/${anna.id}/entries?kind=goal_step`)).items;
		assert.equal(step.fields.stage, 'begun');
		await keys.here('going on');
	});

	test('parent: the other child chosen; a consent looked at, given and taken back; who looked', async () => {
		const cup = await achieve(yana, 'Кубок Яны');
		await node.judge(yana.id, cup.id, 'confirm');
		await (await node.login()).get(`/api/v1/students/${yana.id}`);
		const { page, keys } = await at(as.mother, '/');
		await keys.push(/^Двухдетная Яна/);
		await keys.push('Согласия', { back: true });
		await heading(page, 'Согласия');
		await page.getByText('Двухдетная Яна').first().waitFor();
		const one = page.locator('.consents > li', { hasText: 'Кубок Яны' });
		await one.waitFor();
		await keys.push(/^Кубок Яны/);
		await one.getByText('Так это увидят').waitFor();
		await keys.push('Разрешить: Личная страница, Кубок Яны');
		await one.getByText('видно всем').waitFor();
		await keys.on('Отозвать: Личная страница, Кубок Яны', 'the focus to be on what is there instead');
		await keys.press('Enter');
		await one.getByText('видно всем').waitFor({ state: 'detached' });
		await keys.to('Разрешить: Личная страница, Кубок Яны');
		await keys.push('Кто смотрел');
		await heading(page, 'Кто смотрел');
		await page.getByText('смотрел данные').first().waitFor();
		await keys.push(/^Ева/);
		await page.getByText('Двухдетная Ева').first().waitFor();
	});

	describe('class teacher: the queue', () => {
		const NAMES = ['Первая', 'Вторая', 'Третья', 'Четвёртая'];
		const waiting = async () => (await as.teacher.get('/api/v1/moderation')).items.map((one) => one.entry.title).sort();
		const confirmed = (...names) => waitFor(`${names} to be confirmed`, async () => {
			const titles = (await as.teacher.get(`/api/v1/students/${eva.id}/entries?status=confirmed&kind=achievement`)).items.map((one) => one.title);
			return names.every((name) => titles.includes(name));
		});
		before(async () => {
			for (const name of NAMES)
				await write(as.mother, eva, 'achievement', { name, section: 'sport' });
		});

		test('class teacher: with shortcuts, shown by «?»: confirmed, taken back, confirmed at once, returned with a reason', async () => {
			const { page, keys } = await at(as.teacher, '/');
			await keys.push(/записи ждут проверки|записей ждут проверки/);
			await card(page, 'Первая').waitFor();
			await keys.press('Shift+?');
			await dialog(page).getByText('следующая запись').waitFor();
			await keys.press('Escape');
			await gone(page);
			const reach = async (title) => {
				for (const key of 'kkkkkkkkjjjjjjjj')
					if ((await keys.here(title)).name !== title)
						await keys.press(key);
				assert.equal((await keys.here(title)).name, title);
			};
			await reach('Первая');
			await keys.press('a');
			await card(page, 'Первая').getByText('подтверждается').waitFor();
			await keys.push('Отменить: Первая');
			await card(page, 'Первая').getByText('на проверке').waitFor();
			await keys.on('Подтвердить: Первая', 'the focus to stay on the button');
			await keys.press('a');
			await keys.push('Подтвердить сразу: Первая');
			await card(page, 'Первая').waitFor({ state: 'detached' });
			await confirmed('Первая');
			await waitFor('the focus to be on another entry', async () => (await keys.here('the next entry')).role === 'article');
			await reach('Вторая');
			await keys.press('r');
			await opened(page);
			await keys.write('Причина возврата', 'Уточните дату');
			await keys.push('Вернуть');
			await gone(page);
			await card(page, 'Вторая').waitFor({ state: 'detached' });
			await keys.to('Подтвердить: Третья');
		});

		test('class teacher: without shortcuts: two at once, taken back, again; one by its buttons', async () => {
			const { page, keys } = await at(as.teacher, '/review');
			await keys.push('Клавиши');
			await keys.tick('Клавиши включены');
			await keys.press('Escape');
			await gone(page);
			const both = async () => {
				await keys.tick('Выбрать: Третья');
				await keys.tick('Выбрать: Четвёртая');
				await keys.push('Подтвердить 2 записи', { back: true });
				await page.getByText('Подтверждаются 2 записи').waitFor();
			};
			await both();
			await keys.press('a');
			await keys.push('Отменить', { back: true });
			await card(page, 'Четвёртая').getByText('на проверке').waitFor();
			assert.ok((await waiting()).includes('Третья'));
			await both();
			await keys.push('Подтвердить сразу: Третья');
			await card(page, 'Третья').waitFor({ state: 'detached' });
			await keys.push('Классы');
			await heading(page, 'Классы');
			await confirmed('Третья', 'Четвёртая');
		});
	});

	test('teacher: the matrix sorted and drilled down to one student', async () => {
		for (const [student, level] of [[eva, 3], [yana, 2], [anna, 1]])
			await write(as.math, student, 'rating', { competence: 'cognitive.analysis', level, source: 'observation' });
		const { page, keys } = await at(as.teacher, '/classes');
		await keys.push(/^8Б/);
		await heading(page, '8Б');
		await keys.push('Матрица');
		await page.getByText('Оценены 3 из').waitFor();
		await keys.push('Анализировать и обобщать');
		await page.locator('th[aria-sort=descending]').waitFor();
		assert.deepEqual(await page.locator('tbody tr td:nth-of-type(1)').allInnerTexts(), ['3', '2', '1']);
		await keys.push('Двухдетная Ева');
		await page.getByRole('heading', { name: 'УУД по годам' }).waitFor();
	});

	test('teacher: colleagues asked for their observations, one fills the card in', async () => {
		const { page, keys } = await at(as.teacher, `/students/${anna.id}?section=results`);
		await keys.push('Спросить коллег');
		await opened(page);
		await keys.tick('Слушать собеседника и понимать его позицию');
		await keys.day('Ответить до', iso(7));
		await keys.push(SIGN);
		await gone(page);
		await page.getByText(/Ответили 0 из/).waitFor();
		await keys.on('Спросить коллег', 'the focus to come back');

		const other = await at(as.math, '/');
		await other.keys.push(/просьба о наблюдении/);
		await other.keys.push(/Иванова Анна/);
		await other.keys.push('Ответить');
		await opened(other.page);
		await other.keys.choose('Слушать собеседника и понимать его позицию', '2');
		await other.keys.push(SIGN);
		await gone(other.page);
		await page.getByText(/понимать его позицию: 2 \(1\)/).waitFor();
		await other.page.getByRole('button', { name: 'Ответить' }).waitFor({ state: 'detached' });
		await other.keys.here('going on');
	});

	test('teacher: a recommendation', async () => {
		const { page, keys } = await at(as.teacher, `/students/${anna.id}`);
		await keys.push('Добавить запись');
		await opened(page);
		await keys.choose('Вид записи', 'Рекомендация');
		await keys.write('О чём', 'Читать вслух');
		await keys.write('Содержание', 'Десять минут каждый вечер');
		await keys.push(SIGN);
		await gone(page);
		await card(page, 'Читать вслух').waitFor();
		await keys.here('going on');
	});

	test('teacher: a technological card, its stages added, moved and taken out', async () => {
		const { page, keys } = await at(as.math, '/cards');
		await keys.push('Новая карта');
		await keys.write('Тема урока', 'Закон Ома');
		await keys.write('Класс (параллель)', '8');
		await keys.choose('Предмет', 'Физика');
		await keys.write('Цель урока', 'Понять и применить');
		const stages = page.locator('.stage strong');
		const names = async () => (await stages.allInnerTexts()).map((one) => one.replace(/^\d+\. /, ''));
		for (let n = 1; n <= 3; n++) {
			await keys.push(/^Добавить этап: /);
			await stages.nth(n - 1).waitFor();
		}
		const [first, second, third] = await names();
		await keys.push(`Выше: ${third}`, { back: true });
		assert.deepEqual(await names(), [first, third, second]);
		await keys.on(`Выше: ${third}`, 'the focus to go with the stage');
		await keys.press('Enter');
		assert.deepEqual(await names(), [third, first, second]);
		await keys.here('moving back');
		await keys.push(`Ниже: ${third}`);
		assert.deepEqual(await names(), [first, third, second]);
		await keys.push(`Убрать: ${second}`);
		assert.deepEqual(await names(), [first, third]);
		await keys.push('Сохранить карту');
		await heading(page, 'Закон Ома');
		await page.getByRole('rowheader', { name: `1. ${first}` }).waitFor();
	});

	test('teacher: the development plan: a self-rating, and a step where it is low', async () => {
		const { page, keys } = await at(as.math, '/own');
		await keys.push('План развития');
		await keys.push('Оценить себя');
		await opened(page);
		await keys.choose('Планировать и проводить учебные занятия', '1');
		await keys.push(SIGN);
		await gone(page);
		await keys.push(/^Добавить шаг: Планировать/);
		await opened(page);
		await keys.write('Что буду делать', 'Открытый урок у коллеги');
		await keys.day('Срок', iso(40));
		await keys.push(SIGN);
		await gone(page);
		await page.getByText('Открытый урок у коллеги').waitFor();
		await keys.here('going on');
	});

	test('nothing failed on any page, and no foreign host was asked', () => assert.deepEqual(browser.strays, []));
});

describe('an office by keyboard alone', { skip }, () => {
	let net, browser, office, keys, page;
	const said = (text) => page.locator('.toast').getByText(text).first().waitFor();
	const section = async (name) => {
		await keys.push(name, { role: 'link' });
		await heading(page, name);
	};
	/** An administrator of a school, come by the one-time link. */
	const enter = async (node) => {
		const window = await browser.window(node);
		await window.addInitScript(() => { globalThis.print = () => { globalThis.printed = (globalThis.printed ?? 0) + 1; globalThis.dispatchEvent(new Event('afterprint')); }; });
		await window.goto((await node.link()).url);
		await heading(window, /./);
		return { page: window, keys: new Keys(window) };
	};
	before(async () => {
		net = await cascade('founder', 'left');
		office = net.founder;
		browser = await Browser.launch();
		({ page, keys } = await enter(office));
	});
	after(async () => {
		await browser?.close();
		if (net)
			await stopAll(...net.all);
	});

	test('administrator: students from a table: checked, written, taken back, written again', async () => {
		const total = async () => (await office.get('/api/v1/students')).total;
		const load = async () => {
			await section('Импорт');
			await keys.to(/^Файл/);
			/* the window in which a file is chosen is the system's own, and no test has its keys */
			await page.getByLabel('Файл', { exact: true }).setInputFiles({ name: 'students.csv', mimeType: 'text/csv', buffer: Buffer.from(
				'Фамилия;Имя;Дата рождения;Класс;Родитель 1 фамилия;Родитель 1 имя;Родитель 1 кем приходится\nОрлова;Анна;05.04.2015;5А;Орлова;Ольга;мать\nСоколов;Пётр;12.09.2015;5А;Соколова;Инна;мать\nОшибкин;;31.02.2015;5А;;;\n') });
			await keys.push('Проверить файл');
			await page.getByRole('heading', { name: 'Что изменится' }).waitFor();
			await keys.on('Что изменится', 'the focus to be at what was found');
			await page.getByText('1 строка с ошибкой будет пропущена').waitFor();
			await keys.choose('Показать', /ошиб/i);
			await page.getByRole('row').filter({ hasText: 'нет имени' }).waitFor();
			await keys.push('Записать 2 строки');
			await page.getByRole('heading', { name: 'Загружено' }).waitFor();
			await keys.on('Загружено', 'the focus to be at what was written');
			assert.equal(await total(), 2);
		};
		await load();
		await keys.push(/^Отменить: Загрузка из таблицы/);
		await keys.push('Да, отменить');
		await said(/Вернули/);
		await gone(page);
		assert.equal(await total(), 0);
		await keys.here('going on');
		await load();
	});

	test('administrator: codes for the parents of a class on slips, printed', async () => {
		await section('Входы');
		await keys.choose('Кому', 'родителям класса');
		await keys.choose('Класс', '5А');
		await keys.push('Сделать коды');
		await page.getByText('Готовы 2 кода').waitFor();
		await keys.push('Напечатать');
		await waitFor('the slips to be printed', () => page.evaluate(() => globalThis.printed === 1));
		assert.equal(await page.locator('.slips > li').count(), 2);
	});

	test('administrator: the year turns as was corrected, and is taken back', async () => {
		await office.post('/api/v1/classes', { name: '5А' }, 201);
		const classes = async () => [...new Set((await office.get('/api/v1/students')).items.map((one) => one.class))];
		await section('Классы');
		await keys.push('Перевести на новый год');
		await page.getByLabel('Как станет называться 5А').waitFor();
		await keys.write('Как станет называться 5А', '6Л');
		await keys.push('Перевести…');
		await keys.push('Перевести');
		await said(/Готово: 1 класс/);
		await gone(page);
		assert.deepEqual(await classes(), ['6Л']);
		await keys.push(/^Отменить: Перевод на новый год/);
		await keys.push('Да, отменить');
		await said(/Вернули/);
		await gone(page);
		assert.deepEqual(await classes(), ['5А']);
		await keys.here('going on');
	});

	test('administrator: a student leaves for another school, and one comes from there', async () => {
		await net.left.enrol('Приезжев', 'Глеб', { class: '5Б', birth_date: born(11) });
		const other = await enter(net.left);
		/** The code at the one, typed at the other, the permission at the first. */
		const move = async (from, to, family) => {
			await from.keys.push('Переводы', { role: 'link' });
			await heading(from.page, 'Переводы');
			await from.keys.push('Код для семьи');
			await from.keys.write('Найдите ученика', family.slice(0, 5).toLowerCase());
			await from.page.getByRole('button', { name: new RegExp(`^${family}`) }).waitFor();
			await from.keys.push(new RegExp(`^${family}`));
			await from.keys.push('Создать код');
			const code = await from.page.getByRole('textbox', { name: 'Код', exact: true }).inputValue();
			await from.keys.push('Готово');
			await gone(from.page);

			await to.keys.push('Переводы', { role: 'link' });
			await heading(to.page, 'Переводы');
			await to.keys.push('Ввести код');
			await to.keys.write('Код с листа', code);
			await to.keys.push('Запросить портфолио');
			await gone(to.page);
			await to.keys.here('going on');

			await from.page.getByRole('button', { name: 'Разрешить перевод' }).waitFor();
			await from.keys.push('Разрешить перевод');
			await from.keys.push('Да, отпустить');
			await gone(from.page);
			await to.page.getByRole('article', { name: new RegExp(family) }).getByText('принят', { exact: true }).first().waitFor();
			await from.keys.here('going on');
			await to.keys.here('going on');
		};
		await move({ page, keys }, other, 'Соколов');
		await move(other, { page, keys }, 'Приезжев');
		await keys.push(/^Приезжев Глеб/);
		await heading(page, /^Приезжев Глеб/);
		await other.page.context().close();
	});

	test('administrator: an item is added to a list, renamed, hidden', async () => {
		await section('Справочники');
		await keys.choose('Справочник', /деятельности/i);
		await keys.push('Добавить значение');
		await keys.write('Название по-русски', 'Робототехника');
		await keys.push('Добавить');
		await gone(page);
		await said('Добавлено: Робототехника');
		await keys.push('Переименовать: Робототехника');
		await keys.write('Название по-русски', 'Роботы');
		await keys.push('Сохранить');
		await gone(page);
		await keys.push('Скрыть: Роботы');
		await page.getByRole('button', { name: 'Вернуть: Роботы' }).waitFor();
		await keys.on('Вернуть: Роботы', 'the focus to stay on the row');
	});

	test('network coordinator: the cascade walked, a school invited, terms looked at', async () => {
		const member = net.left.name;
		await section('Сеть');
		await keys.push('Пригласить школу');
		await opened(page);
		await keys.tick(/принимать школы/);
		await keys.choose(/^Сколько уровней/, '1');
		await keys.push('Создать приглашение');
		await dialog(page).getByText('Приглашение готово').waitFor();
		assert.ok((await dialog(page).getByRole('textbox', { name: 'Текст приглашения' }).inputValue()).length > 40);
		await keys.push('Готово');
		await gone(page);
		await keys.on('Пригласить школу', 'the focus to be back where it was');
		await keys.to('Каскад школ');
		await keys.push('Список школ');
		await page.locator('.members:not([open])').waitFor({ state: 'attached' });
		await keys.press('Enter');
		await keys.push(`Изменить условия: ${member}`);
		await opened(page);
		await keys.press('Escape');
		await gone(page);
		await keys.on(`Изменить условия: ${member}`, 'the focus to come back');
		await keys.to(`Исключить: ${member}`);
	});

	test('nothing failed on any page, and no foreign host was asked', () => assert.deepEqual(browser.strays, []));
});

const clock = movableClock(0);
describe('what is wrong at the door is said with what to do', { skip: skip || (clock ? false : 'the clock cannot be moved here') }, () => {
	let node, browser, pupil;
	before(async () => {
		node = await (await Node.create(tempDir(), 'Школа № 1')).start({ env: clock.env });
		pupil = await node.enrol('Орлова', 'Анна', { class: '5А' });
		browser = await Browser.launch();
	});
	after(async () => {
		await browser?.close();
		await stopAll(node);
	});

	test('everyone: a wrong code of the second step says what to do, and keeps the login that was typed', async () => {
		const teacher = await node.account(await node.hire('Минутина', 'Елена'));
		const page = await browser.window(node), keys = new Keys(page);
		await page.at('/');
		await heading(page, 'Вход');
		await keys.write('Логин', teacher.login);
		await keys.write('Пароль', teacher.password);
		await keys.press('Enter');
		await page.getByLabel('Код из приложения').waitFor();
		await keys.write('Код из приложения', '000000');
		await keys.press('Enter');
		await page.getByRole('alert').waitFor();
		await page.getByRole('alert').getByText('Код не подошёл').waitFor();
		assert.equal(await page.getByLabel('Логин').inputValue(), teacher.login);
		assert.equal(await page.getByLabel('Пароль').inputValue(), teacher.password);
		await keys.push(/резервный код/);
		await page.getByLabel('Резервный код').waitFor();
		await keys.on('Резервный код', 'what is asked for next to have the focus');
		await page.keyboard.type(teacher.recovery[0]);
		/* the node makes whoever guesses wait a little */
		await waitFor('the right code to let in', async () => {
			if (await page.getByRole('heading', { level: 1, name: 'Сегодня' }).count())
				return true;
			if (await page.getByRole('button', { name: 'Войти' }).count()) {
				await keys.to('Резервный код');
				await keys.press('Enter');
			}
			return false;
		});
	});

	test('everyone: an expired and a used code each say what to do next', async () => {
		const typed = async (code) => {
			const page = await browser.window(node), keys = new Keys(page);
			await page.at('/claim');
			await heading(page, 'Первый вход');
			await keys.write('Код с листа', code);
			await keys.write('Логин', `anna${Math.floor(performance.now())}`);
			await keys.write('Пароль', PHRASE);
			await keys.push('Создать вход');
			return page;
		};
		const used = await node.paper('student', { person: pupil.id });
		assert.equal((await node.enter('/api/v1/accounts/claims', { code: used.code, login: 'orlova', password: PHRASE })).status, 201);
		await (await typed(used.code)).getByRole('alert').getByText('Этот код уже использован').waitFor();

		const old = await node.paper('student', { person: (await node.enrol('Старая', 'Вера', { class: '5А' })).id });
		clock.move(31 * DAY);
		await (await typed(old.code)).getByRole('alert').getByText('Срок кода истёк').waitFor();
		clock.move(0);
	});

	test('nothing failed on any page, and no foreign host was asked', () => assert.deepEqual(browser.strays, []));
});
