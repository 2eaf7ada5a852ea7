// Forms that name people and other entries, and the form of a lesson card: on a school computer, a real node behind them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accessible, Browser, PHONE, settled, skip } from './lib/browser.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { tempDir, waitFor } from './lib/run.mjs';

const iso = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const bornYearsAgo = (years) => `${new Date().getFullYear() - years}-01-15`;

describe('forms', { skip }, () => {
	let node, browser, anna, boris, elena, group;
	const as = {};
	before(async () => {
		node = await (await Node.create(tempDir(), 'Гимназия № 56')).start();
		elena = await node.hire('Соколова', 'Елена', { patronymic: 'Викторовна' });
		const enrol = (family, given, parent) => node.enrol(family, given, { class: '8Б', birth_date: bornYearsAgo(12), guardians: [{ family, given: parent, relation: 'mother' }] });
		anna = await enrol('Иванова', 'Анна', 'Мария');
		boris = await enrol('Петров', 'Борис', 'Ольга');
		group = await node.post('/api/v1/classes', { name: '8Б', staff: [{ staff: elena.id, relation: 'class_teacher' }] }, 201);
		as.anna = await node.account(anna);
		as.mother = await node.account(anna, { role: 'parent' });
		as.teacher = await node.account(elena);
		browser = await Browser.launch();
	});
	after(async () => {
		await browser?.close();
		await stopAll(node);
	});

	const dialog = (page) => page.getByRole('dialog');
	const submit = async (page) => {
		await dialog(page).getByRole('button', { name: 'Записать и подписать' }).click();
		await dialog(page).waitFor({ state: 'detached' });
	};
	const write = (session, student, kind, fields) => session.post(`/api/v1/students/${student.id}/entries`, { kind, fields }, 201);
	const entries = async (student, kind) => (await as.teacher.get(`/api/v1/students/${student.id}/entries?kind=${kind}`)).items;

	test('class teacher: names a parent as the expert by the parent\'s name, who then reads by name', async () => {
		const work = await write(as.anna, anna, 'achievement', { name: 'Макет моста', section: 'sport' });
		await as.teacher.post(`/api/v1/students/${anna.id}/entries/${work.id}/verdicts`, { verdict: 'confirm' }, 201);
		const page = await browser.as(as.teacher, `/students/${anna.id}`);
		await page.getByRole('button', { name: `Назначить эксперта: ${work.title}` }).click();
		const box = dialog(page).getByRole('searchbox', { name: 'Эксперт' });
		await box.fill('ничего такого');
		await dialog(page).getByText(/не нашлось/).waitFor();
		await box.fill('петрова ольг');
		await dialog(page).getByText(/не нашлось/).waitFor();
		await box.fill('петров ольг');
		await dialog(page).getByText('представитель: Петров Борис, 8Б').waitFor();
		await accessible(page, 'a person is looked for');
		await dialog(page).getByRole('button', { name: /^Петров Ольга/ }).click();
		/* the box is gone: the keyboard stands on what was chosen */
		await waitFor('the focus', () => page.evaluate(() => document.activeElement.getAttribute('aria-label') === 'Убрать: Петров Ольга'));
		await dialog(page).getByLabel('До какого числа').fill(iso(14));
		await submit(page);
		const [named] = await entries(anna, 'expertise');
		assert.equal(named.fields.expert, (await node.get(`/api/v1/students/${boris.id}`)).guardians[0].id);
		await page.at(`/students/${anna.id}?kind=expertise`);
		await page.getByText('Петров Ольга').first().waitFor();
	});

	test('class teacher: search finds a parent and leads to the child', async () => {
		const page = await browser.as(as.teacher, '/search?query=' + encodeURIComponent('Ольга'));
		await page.getByText('представитель: Петров Борис, 8Б').waitFor();
		await page.getByRole('link', { name: 'Петров Ольга' }).click();
		await page.getByRole('heading', { level: 1, name: 'Петров Борис' }).waitFor();
	});

	test('student: says of an achievement to which goal it belongs', async () => {
		const goal = await write(as.anna, anna, 'goal', { sort: 'event', name: 'Разряд по шахматам', stage: 'planned' });
		await write(as.anna, anna, 'goal', { sort: 'event', name: 'Выучить стихи', stage: 'planned' });
		const page = await browser.as(as.anna, '/child/portfolio', { viewport: PHONE });
		await page.getByRole('button', { name: 'Добавить достижение' }).first().click();
		await dialog(page).getByLabel('Название', { exact: true }).fill('Турнир школы');
		await dialog(page).getByLabel(/^Раздел/).selectOption('sport');
		await dialog(page).getByText('Добавить подробности').click();
		await dialog(page).getByRole('button', { name: 'Выучить стихи' }).waitFor();
		await dialog(page).getByRole('searchbox', { name: /^Цель маршрута/ }).fill('разряд');
		await dialog(page).getByRole('button', { name: 'Выучить стихи' }).waitFor({ state: 'detached' });
		await dialog(page).getByRole('button', { name: 'Разряд по шахматам' }).click();
		await accessible(page, 'a goal is named');
		await submit(page);
		assert.equal((await entries(anna, 'achievement')).find((one) => one.title === 'Турнир школы').fields.goal, goal.id);
		await page.getByRole('article', { name: 'Турнир школы' }).getByText('Разряд по шахматам').waitFor();
	});

	test('class teacher: a document of an entry is read beside it where the browser can show one, and taken along where it cannot', async () => {
		const bytes = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF');
		const { upload } = await as.anna.post(`/api/v1/students/${anna.id}/files`, { name: 'Грамота.pdf', size: bytes.length, type: 'application/pdf' }, 201);
		const file = (await as.anna.request('PUT', `/api/v1/uploads/${upload}?offset=0`, bytes, { 'content-type': 'application/octet-stream' })).json;
		await write(as.anna, anna, 'achievement', { name: 'Грамота', section: 'sport', files: [{ id: file.id, name: 'Грамота.pdf' }] });
		const page = await browser.as(as.teacher, `/students/${anna.id}?query=` + encodeURIComponent('Грамота'));
		const link = page.getByRole('link', { name: 'Грамота.pdf' });
		await link.waitFor();
		assert.equal(await link.getAttribute('download'), 'Грамота.pdf');
		assert.equal(await page.getByRole('button', { name: 'Показать: Грамота.pdf' }).count(), await page.evaluate(() => Number(navigator.pdfViewerEnabled)));

		/* this browser may have no viewer: told that it has one, it is given the document, which it then saves */
		const seeing = await browser.as(as.teacher, '/');
		await seeing.context().addInitScript(() => Object.defineProperty(navigator, 'pdfViewerEnabled', { get: () => true }));
		await seeing.at(`/students/${anna.id}?query=` + encodeURIComponent('Грамота'));
		let saved = '';
		seeing.on('download', (one) => { saved = one.url(); });
		await seeing.getByRole('button', { name: 'Показать: Грамота.pdf' }).click();
		const frame = seeing.getByTitle('Документ: Грамота.pdf');
		await frame.waitFor();
		const address = await frame.getAttribute('src');
		assert.match(address, /^blob:/);
		await waitFor('the document in its frame', () => saved === address || seeing.frames().some((one) => one.url() === address));
		await accessible(seeing, 'a document beside its entry');
		await seeing.getByRole('button', { name: 'Свернуть: Грамота.pdf' }).click();
		await frame.waitFor({ state: 'detached' });
	});

	test('parent: called as an expert, is not offered what only the table of the event takes', async () => {
		const mother = (await node.get(`/api/v1/students/${anna.id}`)).guardians[0].id;
		await as.teacher.post(`/api/v1/classes/${group.id}/entries`, { kind: 'procedure', fields: { name: 'Защита проектов', sort: 'event', date: iso(0),
			competences: ['communicative.speech'], experts: [mother], experts_until: iso(3) } }, 201);
		assert.ok((await as.mother.get(`/api/v1/students/${anna.id}/entries`)).writes.includes('rating'));
		const page = await browser.as(as.mother, '/child/portfolio', { viewport: PHONE });
		await page.getByRole('button', { name: 'Другая запись' }).first().click();
		await dialog(page).getByRole('option', { name: 'Достижение', exact: true }).waitFor({ state: 'attached' });
		assert.equal(await dialog(page).getByRole('option', { name: 'Оценка сформированности УУД' }).count(), 0);
	});

	const newCard = async (name) => (await as.teacher.post(`/api/v1/staff/${elena.id}/entries`, { kind: 'lesson_card', fields: { name, grade: 8, subject: 'physics', goal: 'Понять', stages: ['practice'] } }, 201));
	const cardNamed = async (name) => (await as.teacher.get(`/api/v1/staff/${elena.id}/entries?kind=lesson_card&limit=200`)).items.filter((one) => one.title === name && one.status === 'confirmed' && !one.replaced_by);

	test('teacher: a lesson card changed in two windows shows both versions', async () => {
		const first = await newCard('Закон Ома');
		const page = await browser.as(as.teacher, `/cards/${first.id}/edit`);
		await page.getByLabel('Цель урока', { exact: true }).fill('Моя цель');
		await as.teacher.post(`/api/v1/staff/${elena.id}/entries`, { kind: 'lesson_card', fields: { ...first.fields, goal: 'Другая цель' }, replaces: first.id }, 201);
		await page.getByRole('button', { name: 'Сохранить карту' }).click();
		await page.getByRole('row').filter({ hasText: 'Моя цель' }).getByText('Другая цель').waitFor();
		await accessible(page, 'two versions of a lesson card');
		await page.getByRole('button', { name: 'Записать мою версию' }).click();
		await page.getByRole('heading', { level: 1, name: 'Закон Ома' }).waitFor();
		assert.deepEqual((await cardNamed('Закон Ома')).map((one) => one.fields.goal), ['Моя цель']);
	});

	test('teacher: a lesson card saved without a link waits, is changed while it waits, and arrives once', async () => {
		const page = await browser.as(as.teacher, '/cards/new');
		await settled(page);
		await page.getByLabel('Тема урока').fill('Сила тока');
		await page.getByLabel('Класс (параллель)').fill('8');
		await page.getByLabel(/^Предмет/).selectOption('physics');
		await page.getByLabel('Цель урока', { exact: true }).fill('Измерить');
		await page.getByRole('button', { name: /^Добавить этап: / }).first().click();
		await page.context().setOffline(true);
		await page.getByRole('button', { name: 'Сохранить карту' }).click();
		await page.getByText('Ждёт отправки').first().waitFor();
		await page.getByRole('button', { name: 'Исправить: Сила тока' }).click();
		await page.getByLabel('Цель урока', { exact: true }).fill('Измерить и сравнить');
		await page.context().setOffline(false);
		await page.getByRole('button', { name: 'Сохранить карту' }).click();
		await page.getByRole('heading', { level: 1, name: 'Сила тока' }).waitFor();
		assert.deepEqual((await cardNamed('Сила тока')).map((one) => one.fields.goal), ['Измерить и сравнить']);
	});

	test('no page failed, and no foreign host was asked', () => assert.deepEqual(browser.strays, []));
});
