// A student without a link: reading, writing, and what is left on the device. localhost counts as encrypted.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accessible, Browser, settled, skip } from './lib/browser.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { lossyLine } from './lib/proxy.mjs';
import { tempDir, waitFor } from './lib/run.mjs';

const PHOTO = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64');

/** Everything that the page's origin holds on the device, as one text; files by their names. */
const onDevice = (page) => page.evaluate(async () => {
	const found = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
	const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
	for (const { name } of await indexedDB.databases()) {
		const db = await done(indexedDB.open(name));
		for (const store of db.objectStoreNames)
			for (const get of ['getAllKeys', 'getAll'])
				found.push(JSON.stringify(await done(db.transaction(store).objectStore(store)[get]()), (_, v) => (v instanceof File ? v.name : v)));
		db.close();
	}
	const urls = [];
	for (const name of await caches.keys())
		for (const request of await (await caches.open(name)).keys())
			urls.push(new URL(request.url).pathname);
	return { stored: found.join('\n'), urls };
});

describe('without a link', { skip }, () => {
	let node, browser, student, other, pupil, stranger, teachers;
	before(async () => {
		node = await (await Node.create(tempDir(), 'Школа без связи')).start();
		student = await node.enrol('Берёзкина', 'Алина', { class: '7А', guardians: [{ family: 'Берёзкина', given: 'Ольга' }] });
		other = await node.enrol('Дубов', 'Егор', { class: '7А' });
		await node.achieve(student.id, 'Кубок по шахматам');
		pupil = await node.account(student, { role: 'student' });
		stranger = await node.account(other, { role: 'student' });
		teachers = [await node.classTeacher('7А'), await node.account(await node.hire('Сменная', 'Нина'))];
		browser = await Browser.launch();
	});
	after(async () => {
		await browser?.close();
		await stopAll(node);
	});

	async function logIn(page, { login, password, recovery }, { shared = false } = {}) {
		await page.getByLabel('Логин', { exact: true }).fill(login);
		await page.getByLabel('Пароль', { exact: true }).fill(password);
		if (shared)
			await page.getByLabel(/чужой или общий компьютер/).check();
		await page.getByRole('button', { name: 'Войти' }).click();
		if (recovery) {
			await page.getByRole('button', { name: /ввести резервный код/ }).click();
			await page.getByLabel('Резервный код', { exact: true }).fill(recovery.shift());
			await page.getByRole('button', { name: 'Войти' }).click();
		}
		await page.getByLabel('Пароль', { exact: true }).waitFor({ state: 'detached' });
	}
	/** Logged in, with the worker in charge: from now on the page opens without the node. */
	async function ready(who, options) {
		const page = await browser.window(node);
		await page.at('/');
		await logIn(page, who, options);
		await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
		await page.reload();
		await waitFor('the worker', () => page.evaluate(() => navigator.serviceWorker.controller !== null));
		await settled(page);
		return page;
	}
	async function portfolio(page) {
		await page.at('/child/portfolio');
		await page.getByRole('heading', { name: 'Кубок по шахматам' }).waitFor();
	}
	/** It comes back where it was: the browser knows no other address. */
	async function cut(work) {
		const port = node.httpPort;
		await node.stop();
		try {
			await work();
		} finally {
			await node.start({ http: `${node.host}:${port}` });
		}
	}
	async function leave(page) {
		await page.getByRole('button', { name: 'Выйти' }).first().click();
		await page.getByLabel('Логин', { exact: true }).waitFor();
	}
	const form = (page) => page.getByRole('dialog');
	async function fillIn(page, name) {
		await page.getByRole('button', { name: 'Добавить достижение' }).first().click();
		await form(page).getByLabel('Название', { exact: true }).fill(name);
		await form(page).getByLabel(/^Раздел/).selectOption('sport');
	}
	const send = (page) => form(page).getByRole('button', { name: 'Записать и подписать' }).click();
	const named = async (name) => (await node.entries(student.id)).filter((one) => one.title === name);

	test('the portfolio is read after the node has stopped, with its age, and what is not kept says so', async () => {
		const page = await ready(pupil);
		await portfolio(page);
		await cut(async () => {
			await page.reload();
			await page.getByRole('heading', { name: 'Кубок по шахматам' }).waitFor();
			await page.getByRole('status').filter({ hasText: 'Нет связи: показано то, что было' }).waitFor();
			await accessible(page, 'read without a link');
			await page.at('/child/looks');
			await page.getByText('На этом устройстве этого нет').waitFor();
			await accessible(page, 'not kept');
		});
		await page.getByText('Нет связи').first().waitFor({ state: 'detached' });
		const { stored, urls } = await onDevice(page);
		assert.match(stored, /Берёзкина/);
		assert.equal(stored.includes(pupil.csrf), false);
		assert.deepEqual(urls.filter((one) => one !== '/' && !one.startsWith('/assets/')), [], 'the public cache holds no answers');
		await page.context().close();
	});

	test('an entry with a photo, written without a link, arrives exactly once when the node is back', async () => {
		const page = await ready(pupil);
		await portfolio(page);
		await cut(async () => {
			await fillIn(page, 'Лыжня без связи');
			await form(page).getByLabel(/Подтверждающие документы/).setInputFiles({ name: 'диплом.png', mimeType: 'image/png', buffer: PHOTO });
			await form(page).getByText('уйдёт вместе с записью').waitFor();
			await send(page);
			const waiting = page.getByRole('region', { name: '1 запись ещё не у школы' });
			await waiting.getByText('Лыжня без связи').waitFor();
			await waiting.getByText('Ждёт отправки').waitFor();
			await accessible(page, 'an entry that waits');
			/* it outlives the page, and can be mended */
			await page.reload();
			await waiting.getByRole('button', { name: /^Исправить/ }).click();
			await form(page).getByLabel('Название', { exact: true }).fill('Лыжня России');
			await send(page);
			await waiting.getByText('Лыжня России').waitFor();
		});
		await page.getByRole('region', { name: /ещё не у школы/ }).waitFor({ state: 'detached' });
		await page.getByRole('heading', { name: 'Лыжня России' }).waitFor();
		await page.reload();
		await settled(page);
		const [entry, ...more] = await named('Лыжня России');
		assert.deepEqual([more.length, (await named('Лыжня без связи')).length], [0, 0]);
		assert.equal(Object.values(entry.fields).flat().find((one) => one?.name)?.name, 'диплом.png');
		await page.context().close();
	});

	test('an answer that was lost does not make a second entry, even after another log-in', async () => {
		const page = await ready(pupil);
		await portfolio(page);
		/* the node hears the entry, and the line is cut before it can say so */
		await page.route('**/api/v1/**', async (route) => {
			const request = route.request();
			if (request.method() === 'POST' && request.url().endsWith('/entries'))
				await route.fetch();
			await route.abort('connectionreset');
		});
		await fillIn(page, 'Ответ потерян');
		await send(page);
		await page.getByText('Ждёт отправки').waitFor();
		assert.equal((await named('Ответ потерян')).length, 1);
		await page.unroute('**/api/v1/**');
		/* the key of the first attempt is forgotten with its log-in */
		await page.context().clearCookies();
		await page.at('/child/portfolio');
		await logIn(page, pupil);
		await page.at('/child/portfolio');
		await page.getByRole('heading', { name: 'Ответ потерян' }).waitFor();
		await page.getByRole('region', { name: /ещё не у школы/ }).waitFor({ state: 'detached' });
		assert.equal((await named('Ответ потерян')).length, 1);
		await page.context().close();
	});

	test('what the node refuses stays, with its reason, and is mended or removed', async () => {
		const page = await ready(pupil);
		await portfolio(page);
		await cut(async () => {
			await fillIn(page, 'Из далёкого года');
			await form(page).getByLabel(/^Дата/).fill('1990-01-01');
			await send(page);
			await page.getByText('Ждёт отправки').waitFor();
		});
		const waiting = page.getByRole('region', { name: /ещё не у школы/ });
		await waiting.getByText('Не принято').waitFor();
		assert.ok((await waiting.locator('.error').innerText()).length > 5);
		await accessible(page, 'an entry that was refused');
		await waiting.getByRole('button', { name: /^Убрать/ }).click();
		await waiting.waitFor({ state: 'detached' });
		await page.reload();
		await settled(page);
		assert.equal(await waiting.count(), 0);
		await page.context().close();
	});

	test('the connection is lost while a draft is written: nothing is', async () => {
		const page = await ready(pupil);
		await portfolio(page);
		await fillIn(page, 'Недописанное');
		await cut(async () => {
			await form(page).getByLabel('Название', { exact: true }).fill('Недописанное, но целое');
			await form(page).getByText('Черновик сохранён на этом устройстве').waitFor();
			await page.reload();
			await page.getByRole('button', { name: 'Добавить достижение' }).first().click();
			await form(page).getByText(/^Черновик от .+ восстановлен$/).waitFor();
			assert.equal(await form(page).getByLabel('Название', { exact: true }).inputValue(), 'Недописанное, но целое');
			await form(page).getByRole('button', { name: 'Очистить черновик' }).click();
		});
		await page.context().close();
	});

	test('a session that expires in the middle of a form: after the log-in the form is there again, with what was typed', async () => {
		const page = await ready(pupil);
		await portfolio(page);
		await fillIn(page, 'Пережившее вход');
		await page.context().clearCookies();
		await send(page);
		await page.getByRole('heading', { name: 'Вход' }).waitFor();
		assert.equal((await page.content()).includes('Берёзкина'), false);
		assert.equal((await onDevice(page)).stored.includes('Берёзкина'), false, 'refused: nothing is left to read');
		await logIn(page, pupil);
		await form(page).getByText(/^Черновик от .+ восстановлен$/).waitFor();
		assert.equal(await form(page).getByLabel('Название', { exact: true }).inputValue(), 'Пережившее вход');
		await send(page);
		await waitFor('the entry', async () => (await named('Пережившее вход')).length === 1);
		await page.context().close();
	});

	test('the node takes an entry and its answer never comes: after half a minute it waits here, and is not written twice', async () => {
		const line = await lossyLine(node.httpPort);
		const page = await browser.window(node, { origin: line.origin });
		await page.clock.install();
		await page.at('/');
		await logIn(page, pupil);
		await portfolio(page);
		await fillIn(page, 'Без ответа');
		line.swallow = true;
		await send(page);
		await waitFor('the entry', async () => (await named('Без ответа')).length === 1);
		const waiting = page.getByRole('region', { name: '1 запись ещё не у школы' });
		await waitFor('the end of its patience', async () => {
			await page.clock.runFor(5_000);
			return waiting.isVisible();
		});
		await page.getByText('Нет связи').first().waitFor();
		/* another act is not kept, and says that it may have been done */
		await page.at('about:blank');
		line.swallow = false;
		await page.at('/account');
		await page.getByLabel('Нынешний пароль', { exact: true }).fill(pupil.password);
		await page.getByLabel('Новый пароль', { exact: true }).fill(`${pupil.password}2`);
		line.swallow = true;
		await page.getByRole('button', { name: 'Сменить пароль' }).click();
		await waitFor('the end of its patience', async () => {
			await page.clock.runFor(5_000);
			return page.getByText('Ответа нет. Проверьте, сделано ли это, прежде чем повторить.').first().isVisible();
		});
		line.swallow = false;
		pupil.password = `${pupil.password}2`;
		await page.at('/child/portfolio');
		await waiting.waitFor({ state: 'detached' });
		await page.getByRole('heading', { name: 'Без ответа' }).waitFor();
		assert.equal((await named('Без ответа')).length, 1);
		await page.context().close();
		line.close();
	});

	/** Moves every draft on the device back by so many days. */
	const age = (page, days) => page.evaluate(async (ms) => {
		const done = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = () => reject(request.error); });
		const db = await done(indexedDB.open('keyval-store'));
		const all = db.transaction('keyval', 'readwrite').objectStore('keyval');
		for (const key of await done(all.getAllKeys())) {
			const one = await done(all.get(key));
			if (String(key).includes(' draft:'))
				await done(all.put({ ...one, time: one.time - ms }, key));
		}
		db.close();
	}, days * 24 * 3600_000);
	const holds = async (page, text) => (await onDevice(page)).stored.includes(text);
	async function draft(page, name) {
		await portfolio(page);
		await fillIn(page, name);
		await form(page).getByText('Черновик сохранён на этом устройстве').waitFor();
		await page.keyboard.press('Escape');
	}

	test('a draft says from which day it is, and is gone after a month', async () => {
		const page = await ready(pupil);
		await draft(page, 'Давно начатое');
		await age(page, 29);
		await page.reload();
		await settled(page);
		await page.getByRole('button', { name: 'Добавить достижение' }).first().click();
		const day = new Intl.DateTimeFormat('ru-RU', { day: 'numeric', month: 'long' }).format(Date.now() - 29 * 24 * 3600_000);
		await form(page).getByText(`Черновик от ${day} восстановлен`).waitFor();
		await page.keyboard.press('Escape');
		await age(page, 2);
		await page.at('/');
		await waitFor('the draft to go', async () => !(await holds(page, 'Давно начатое')));
		await page.context().close();
	});

	test('a teacher\'s draft outlives the session, but not the next person; a family\'s goes only from a computer that others use', async () => {
		const page = await ready(pupil);
		await draft(page, 'Начатое Алиной');
		await page.context().clearCookies();
		const [anna, nina] = teachers;
		await page.at('/');
		await logIn(page, anna);
		await page.at(`/students/${student.id}`);
		await page.getByRole('button', { name: /^Вернуть: Кубок по шахматам/ }).click();
		await form(page).getByLabel('Причина возврата').fill('Уточните, где Алина играла');
		await form(page).getByText('Черновик сохранён').waitFor();
		await page.context().clearCookies();
		await page.at('/');
		await page.getByRole('heading', { name: 'Вход' }).waitFor();
		assert.ok(await holds(page, 'где Алина играла'), 'the session only ran out');
		await logIn(page, nina);
		await waitFor('the colleague\'s draft to go', async () => !(await holds(page, 'где Алина играла')));
		assert.ok(await holds(page, 'Начатое Алиной'), 'a family\'s own device');
		await page.context().clearCookies();
		await page.at('/');
		await logIn(page, stranger, { shared: true });
		await waitFor('the family\'s draft to go', async () => !(await holds(page, 'Начатое Алиной')));
		await page.context().close();
	});

	test('a teacher who is a parent too: what was begun in the one role outlives a log-in that opens in the other', async () => {
		const [anna] = teachers;
		const child = await node.enrol('Учительская', 'Лада', { class: '7А', guardians: [{ family: 'Учительская', given: 'Анна' }] });
		await node.put(`/api/v1/accounts/${anna.account}`, { guardian: (await node.get(`/api/v1/students/${child.id}`)).guardians[0].id }, 200);
		const page = await browser.window(node);
		await page.at('/');
		await logIn(page, anna, { shared: true });
		await page.getByRole('button', { name: 'Работать как родитель' }).click();
		await page.getByRole('link', { name: 'Согласия' }).waitFor();
		await page.at('/child/portfolio');
		await fillIn(page, 'Начатое матерью');
		await form(page).getByText('Черновик сохранён').waitFor();
		await page.context().clearCookies();
		await page.at('/');
		await logIn(page, anna, { shared: true });
		await page.getByRole('button', { name: 'Работать как родитель' }).click();
		await page.getByRole('link', { name: 'Согласия' }).waitFor();
		await page.at('/child/portfolio');
		await page.getByRole('button', { name: 'Добавить достижение' }).first().click();
		await form(page).getByText(/^Черновик от .+ восстановлен$/).waitFor();
		assert.equal(await form(page).getByLabel('Название', { exact: true }).inputValue(), 'Начатое матерью');
		await page.context().close();
	});

	test('another student on the same device sees nothing and sends nothing; the first one goes on', async () => {
		const page = await ready(pupil);
		await portfolio(page);
		await cut(async () => {
			await fillIn(page, 'Тайна Алины');
			await send(page);
			await page.getByText('Ждёт отправки').waitFor();
			/* the link comes back to a device whose log-in has run out */
			await page.context().clearCookies();
			await page.at('about:blank');
		});
		await page.at('/child/portfolio');
		await logIn(page, stranger);
		await page.at('/child/portfolio');
		await page.getByText('Портфолио пока пустое').waitFor();
		assert.equal(await page.getByText('Тайна Алины').count(), 0);
		await page.getByRole('button', { name: 'Добавить достижение' }).first().click();
		assert.equal(await form(page).getByLabel('Название', { exact: true }).inputValue(), '');
		assert.equal(await form(page).getByText(/^Черновик от .+ восстановлен$/).count(), 0);
		await page.keyboard.press('Escape');
		assert.equal((await node.entries(other.id)).length, 0);
		assert.equal((await named('Тайна Алины')).length, 0);
		/* whoever leaves is asked about what they began, and takes nobody else's with them */
		await page.getByRole('button', { name: 'Добавить достижение' }).first().click();
		await form(page).getByLabel('Название', { exact: true }).fill('Недописанное');
		await form(page).getByText('Черновик сохранён').waitFor();
		await page.keyboard.press('Escape');
		await page.getByRole('button', { name: 'Выйти' }).first().click();
		await form(page).getByText('Не дописан 1 черновик').waitFor();
		await form(page).getByRole('button', { name: 'Выйти и стереть' }).click();
		await page.getByLabel('Логин', { exact: true }).waitFor();
		assert.equal((await onDevice(page)).stored.includes('Недописанное'), false);
		await logIn(page, pupil);
		await waitFor('the entry', async () => (await named('Тайна Алины')).length === 1);
		await page.context().close();
	});

	test('log-out asks about what was not sent, and leaves nothing on the device', async () => {
		const page = await ready(pupil);
		await portfolio(page);
		await cut(async () => {
			await fillIn(page, 'Неотправленное');
			await send(page);
			await page.getByText('Ждёт отправки').waitFor();
			await page.getByRole('button', { name: 'Выйти' }).first().click();
			await form(page).getByText('1 запись ждёт отправки').waitFor();
			await accessible(page, 'leaving with something unsent');
			await form(page).getByRole('button', { name: 'Выйти и стереть' }).click();
			await page.getByRole('heading', { name: 'Сервер школы не отвечает' }).waitFor();
			const { stored } = await onDevice(page);
			assert.equal(/Берёзкина|Неотправленное|Кубок/.test(stored), false, stored);
		});
		/* the node was not there to be told: it is told now */
		await page.at('/');
		await page.getByRole('heading', { name: 'Вход' }).waitFor();
		const cookies = await page.context().cookies();
		const { status } = await node.web('GET', '/api/v1/session', undefined, { cookie: cookies.map((c) => `${c.name}=${c.value}`).join('; ') });
		assert.equal(status, 401);
		assert.equal((await named('Неотправленное')).length, 0);
		await page.context().close();
	});

	test('a computer that others use, and a teacher\'s, keep nothing to read', async () => {
		const page = await ready(pupil, { shared: true });
		await portfolio(page);
		await page.at('/account');
		await page.getByRole('heading', { name: 'Это устройство' }).waitFor();
		await page.getByText('здесь ничего не хранится').waitFor();
		assert.equal((await onDevice(page)).stored.includes('Берёзкина'), false);
		await leave(page);
		await page.context().close();
	});

	test('no page failed, and no foreign host was asked', () => assert.deepEqual(browser.strays, []));
});
