// The transfer as two secretaries see it, in a real browser, with a check of accessibility on every page.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accessible, Browser, skip } from './lib/browser.mjs';
import { cascade, settle, someone } from './lib/network.mjs';
import { stopAll } from './lib/node.mjs';
import { waitFor } from './lib/run.mjs';

describe('in the browser', { skip }, () => {
	let net, student, browser;
	before(async () => {
		net = await cascade();
		student = await someone(net.old, 'Смирнова', 4);
		await settle(net);
		browser = await Browser.launch();
	});
	after(async () => {
		await browser?.close();
		if (net)
			await stopAll(...net.all);
	});

	async function open(node) {
		const page = await browser.window(node);
		/* "who am I" beside the link's login would be answered by 401, and might be answered last */
		const asks = (request) => request.method() === 'GET' && request.url().endsWith('/api/v1/session') && browser.strays.push(`${node.name}: asked who it is`);
		page.on('request', asks);
		await page.goto((await node.link()).url);
		await page.getByRole('link', { name: 'Ученики' }).first().waitFor();
		page.off('request', asks);
		return page;
	}

	test('a student changes school: code, claim, approval, accepted, live on both screens', async () => {
		const old = await open(net.old);
		const fresh = await open(net.fresh);
		for (const page of [old, fresh]) {
			await page.goto(new URL('/', page.url()).href);
			await page.getByRole('heading', { level: 1 }).waitFor();
			await accessible(page, 'home');
		}

		await old.goto(new URL(`/students/${student.id}`, old.url()).href);
		await old.getByText('Смирнова').first().waitFor();
		await accessible(old, 'the student');

		await old.goto(new URL('/transfers', old.url()).href);
		await accessible(old, 'transfers, empty');
		await old.getByRole('button', { name: 'Код для семьи' }).or(old.getByRole('link', { name: 'Код для семьи' })).first().click();
		await old.getByLabel('Найдите ученика').fill('смирн');
		await old.getByRole('button', { name: /^Смирнова/ }).click();
		await old.getByRole('button', { name: 'Создать код' }).click();
		const box = old.getByRole('textbox', { name: 'Код', exact: true });
		await box.waitFor();
		const code = await box.inputValue();
		assert.match(code, /^([0-9A-Z]{4}-){9}[0-9A-Z]{4}$/);
		await accessible(old, 'the code');
		await old.keyboard.press('Escape');

		await fresh.goto(new URL('/transfers', fresh.url()).href);
		await fresh.getByRole('button', { name: 'Ввести код' }).or(fresh.getByRole('link', { name: 'Ввести код' })).first().click();
		await fresh.getByLabel('Код с листа').fill(code);
		await accessible(fresh, 'entering the code');
		await fresh.getByRole('button', { name: 'Запросить портфолио' }).click();

		const article = old.getByRole('article', { name: /Смирнова/ });
		await article.getByRole('button', { name: 'Разрешить перевод' }).click();
		await accessible(old, 'the question');
		await old.getByRole('button', { name: 'Да, отпустить' }).click();

		const arrived = fresh.getByRole('article', { name: /Смирнова/ });
		await arrived.waitFor();
		await waitFor('the accept', async () => (await net.fresh.get('/api/v1/transfers')).incoming[0]?.state === 'accepted');
		await accessible(fresh, 'the transfer, accepted');
		/* what it says is for those who keep the class, not for the administrator */
		const { family, given, patronymic, birth_date } = await net.fresh.get(`/api/v1/students/${student.id}`);
		await net.fresh.put(`/api/v1/students/${student.id}`, { family, given, patronymic, birth_date, class: '8Б' });
		const teacher = await browser.as(await net.fresh.classTeacher('8Б'), `/students/${student.id}`);
		await teacher.getByText('Кубок школы 1').first().waitFor();
		await article.getByRole('button', { name: 'Разрешить перевод' }).waitFor({ state: 'detached' });
		await accessible(old, 'transfers, done');
	});

	test('the network page says complete only while both sides agree', async () => {
		const page = await open(net.fresh);
		await settle(net);
		await page.goto(new URL('/network', page.url()).href);
		const card = page.getByRole('article', { name: new RegExp(net.right.name) });
		await card.waitFor();
		const whole = (await card.innerText()).trim();
		await accessible(page, 'the network');
		await net.right.stop();
		await waitFor('the page to say so', async () => (await card.innerText()).trim() !== whole);
		const { peers } = await net.fresh.get('/api/v1/network');
		assert.equal(peers[0].complete, false);
		await accessible(page, 'the network, cut');
		await net.right.start();
	});

	test('a record is erased and a student ordered to be, each only after a tick; the order can be taken back', async () => {
		const { id } = await someone(net.old, 'Забытова', 2);
		const teacher = await browser.as(await net.old.classTeacher('8Б'), `/students/${id}`);
		const asked = teacher.getByRole('dialog');
		await teacher.getByRole('button', { name: 'Стереть: Кубок школы 1' }).click();
		await asked.getByRole('button', { name: 'Стереть запись' }).click();
		await asked.getByText('Отметьте, что понимаете это.').first().waitFor();
		await accessible(teacher, 'erasing a record without a tick');
		assert.equal((await net.old.entries(id)).filter((e) => e.status === 'erased').length, 0);
		await asked.getByRole('checkbox').check();
		await asked.getByRole('button', { name: 'Стереть запись' }).click();
		await teacher.getByRole('heading', { name: 'Стёртая запись' }).waitFor();

		const page = await open(net.old);
		await page.goto(new URL(`/students/${id}`, page.url()).href);
		const dialog = page.getByRole('dialog');
		await page.getByRole('button', { name: 'Стереть всё' }).click();
		await dialog.getByRole('checkbox').check();
		await dialog.getByRole('button', { name: 'Распорядиться стереть' }).click();
		await page.getByText(/Все данные ученика будут стёрты/).waitFor();
		await accessible(page, 'a student to be erased');
		await page.goto(new URL('/erasures', page.url()).href);
		await page.getByText(/Будет стёрто/).waitFor();
		await accessible(page, 'what is erased');
		await page.getByRole('link', { name: 'К ученику' }).click();
		await page.getByRole('button', { name: 'Отменить стирание' }).click();
		await page.getByText(/Все данные ученика будут стёрты/).waitFor({ state: 'detached' });
		assert.equal((await net.old.get(`/api/v1/students/${id}`)).erasure, null);
	});

	test('P7 a public page shows what is permitted, and goes blank within five seconds of the consent\'s withdrawal', async () => {
		const { family, given } = { family: 'Открытова', given: 'Ева' };
		const child = await net.old.enrol(family, given, { class: '8Б', birth_date: `${new Date().getFullYear() - 12}-01-15`, guardians: [{ family, given: 'Анна' }] });
		const entry = await net.old.achieve(child.id, 'Победа в конкурсе');
		await net.old.judge(child.id, entry.id, 'confirm');
		const mother = await net.old.account(child, { role: 'parent' });
		const consent = await mother.post(`/api/v1/students/${child.id}/entries`, { kind: 'consent', fields: { purpose: 'personal_page' } }, 201);
		const { address } = await mother.put(`/api/v1/students/${child.id}/page`, { open: true }, 200);
		const page = await browser.window(net.old);
		await page.at(address);
		await page.getByText('Победа в конкурсе').waitFor();
		assert.equal((await page.content()).includes(family), false);
		await accessible(page, 'a public page');
		await mother.post(`/api/v1/students/${child.id}/entries/${consent.id}/withdrawals`, {}, 200);
		await page.getByText('Победа в конкурсе').waitFor({ state: 'detached', timeout: 5000 });
		await page.reload();
		await page.getByText('Здесь ничего нет').waitFor();
	});

	test('no page failed, and no foreign host was asked', () => assert.deepEqual(browser.strays, []));
});
