// By the name of a host, through the nginx file that we ship: what browsers allow over TLS alone. And what is left without it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import https from 'node:https';
import http from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { accessible, Browser, settled, skip } from './lib/browser.mjs';
import { film } from './lib/film.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { NAME, noProxy, proxy } from './lib/proxy.mjs';
import { tempDir, waitFor } from './lib/run.mjs';

const ORIGIN = `https://${NAME}`;
const LAN = 'school.lan';

/** Says so in the node's [http] section. */
function configure(node, lines) {
	const file = path.join(node.dir, 'estafeta.conf');
	const text = fs.readFileSync(file, 'utf8');
	assert.ok(text.includes('[http]\n'));
	fs.writeFileSync(file, text.replace('[http]\n', `[http]\n${lines}\n`));
}

describe('over TLS', { skip: skip || noProxy }, () => {
	let node, plainNode, front, browser, student, slip, pupil;
	before(async () => {
		const root = tempDir();
		node = await Node.create(root, 'Школа за шифром');
		configure(node, `hosts = ${NAME}\nsecure_cookies = yes`);
		await node.start();
		front = await proxy(node.httpPort);
		plainNode = await Node.create(root, 'Школа без шифра');
		configure(plainNode, `hosts = ${LAN}`);
		await plainNode.start();
		student = await node.enrol('Рябинина', 'Вера', { class: '6А' });
		await node.achieve(student.id, 'Первое место');
		slip = await node.paper('student', { person: student.id });
		const camera = film(path.join(root, 'film.y4m'), [['https://elsewhere.example/?menu', 2], [slip.uri, 20]]);
		browser = await Browser.launch([...front.args, ...camera]);
	});
	after(async () => {
		await browser?.close();
		await front?.stop();
		await stopAll(node, plainNode);
	});

	const window = (options) => browser.window(node, { origin: ORIGIN, ...options });
	async function logIn(page, { login, password }) {
		await page.getByLabel('Логин', { exact: true }).fill(login);
		await page.getByLabel('Пароль', { exact: true }).fill(password);
		await page.getByRole('button', { name: 'Войти' }).click();
		await page.getByRole('link', { name: 'Портфолио' }).first().waitFor();
	}
	/** Remembers what the page asked of the camera. */
	const spied = async (page) => {
		await page.addInitScript(() => {
			globalThis.streams = [];
			const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
			if (ask)
				navigator.mediaDevices.getUserMedia = async (what) => {
					/* this browser has no window in which to refuse */
					if (globalThis.refuse)
						throw new DOMException('refused', 'NotAllowedError');
					const stream = await ask(what);
					globalThis.streams.push(stream);
					return stream;
				};
		});
		return page;
	};
	const cameras = (page) => page.evaluate(() => globalThis.streams.map((s) => s.getTracks().map((t) => t.readyState).join()));
	const across = (method, target, { headers = {}, body, port = front.tls, tls = true } = {}) => new Promise((resolve, reject) => {
		const request = (tls ? https : http).request({ host: '127.0.0.1', port, method, path: target, servername: NAME, ca: fs.readFileSync(front.cert), agent: false,
			headers: { host: NAME, ...headers, ...(body ? { 'content-length': body.length } : {}) } }, (answer) => {
			const parts = [];
			answer.on('data', (part) => parts.push(part)).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() }));
		}).on('error', reject);
		request.end(body);
	});

	test('whoever comes without encryption is sent to it', async () => {
		const answer = await across('GET', '/claim', { port: front.plain, tls: false });
		assert.deepEqual([answer.status, answer.headers.location], [301, `${ORIGIN}/claim`]);
	});

	test('a refused camera, and one closed in time: the code can be typed', async () => {
		const page = await spied(await window());
		await page.at('/claim');
		await page.evaluate(() => { globalThis.refuse = true; });
		await page.getByRole('button', { name: 'Считать камерой' }).click();
		await page.getByRole('alert').filter({ hasText: 'Камера запрещена' }).waitFor();
		await accessible(page, 'a refused camera');
		await page.getByRole('button', { name: 'Ввести вручную' }).click();
		await page.evaluate(() => { globalThis.refuse = false; });
		await page.getByRole('button', { name: 'Считать камерой' }).click();
		await page.getByRole('status').filter({ hasText: 'Это не код с листа школы' }).waitFor();
		await accessible(page, 'the camera, a foreign square');
		assert.deepEqual(await cameras(page), ['live']);
		await page.keyboard.press('Escape');
		await waitFor('the camera to stop', async () => (await cameras(page))[0] === 'ended');
		await page.context().close();
	});

	test('the camera reads the code on paper, and the account is claimed', async () => {
		const page = await spied(await window());
		await page.at('/claim');
		await page.getByRole('button', { name: 'Считать камерой' }).click();
		const code = page.getByLabel('Код с листа');
		await waitFor('the code', async () => (await code.inputValue()) === slip.code);
		await waitFor('the camera to stop', async () => (await cameras(page)).join() === 'ended');
		pupil = { login: 'ryabinina', password: 'рябина стоит у синего забора' };
		await page.getByLabel('Логин', { exact: true }).fill(pupil.login);
		await page.getByLabel('Пароль', { exact: true }).fill(pupil.password);
		await page.getByRole('button', { name: 'Создать вход' }).click();
		await page.getByRole('link', { name: 'Портфолио' }).first().waitFor();
		const [cookie] = await page.context().cookies();
		assert.deepEqual([cookie.name, cookie.secure, cookie.httpOnly, cookie.sameSite], ['__Host-estafeta', true, true, 'Strict']);
		await page.context().close();
	});

	test('the manifest is whole, and nothing stands in the way of installing', async () => {
		const page = await window();
		await page.at('/');
		await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
		const cdp = await page.context().newCDPSession(page);
		const { errors, data } = await cdp.send('Page.getAppManifest');
		assert.deepEqual(errors, []);
		const manifest = JSON.parse(data);
		for (const key of ['id', 'name', 'short_name', 'lang', 'start_url', 'scope', 'theme_color', 'background_color'])
			assert.ok(manifest[key], key);
		assert.equal(manifest.display, 'standalone');
		const has = (sizes, purpose) => manifest.icons.some((one) => one.sizes === sizes && one.purpose === purpose && one.type === 'image/png');
		assert.ok(has('192x192') && has('512x512') && has('512x512', 'maskable'));
		for (const icon of manifest.icons) {
			const answer = await across('GET', icon.src);
			assert.deepEqual([answer.status, answer.headers['content-type']], [200, icon.type], icon.src);
		}
		const drawn = await page.evaluate((icons) => Promise.all(icons.map(async ({ src, sizes }) => {
			const image = new Image();
			image.src = src;
			await image.decode();
			return [`${image.naturalWidth}x${image.naturalHeight}`, sizes];
		})), manifest.icons.filter((one) => one.type === 'image/png'));
		for (const [is, said] of drawn)
			assert.equal(is, said);
		/* the headless shell always says nothing here; a whole Chromium says what it misses */
		const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
		assert.deepEqual(installabilityErrors, []);
		await page.context().close();
	});

	test('the portfolio opens after the node has stopped, by the name of the host', async () => {
		const page = await window();
		await page.at('/');
		await logIn(page, pupil);
		await page.getByRole('contentinfo').getByText('Обновляется само').waitFor();
		await page.at('/child/portfolio');
		await page.getByRole('heading', { name: 'Первое место' }).waitFor();
		await node.achieve(student.id, 'Второе место');
		await page.getByRole('heading', { name: 'Второе место' }).waitFor({ timeout: 5000 });
		await waitFor('the worker', () => page.evaluate(() => navigator.serviceWorker.controller !== null));
		const port = node.httpPort;
		await node.stop();
		await page.reload();
		await page.getByRole('heading', { name: 'Второе место' }).waitFor();
		await page.getByRole('status').filter({ hasText: 'Нет связи: показано то, что было' }).waitFor();
		/* a screen that was never opened */
		await page.at('/account');
		await page.getByText('На этом устройстве этого нет').waitFor();
		await accessible(page, 'a screen that was never fetched');
		await node.start({ http: `${node.host}:${port}` });
		await page.at('/account');
		for (const title of ['Установка на экран', 'Чтение без связи', 'Черновики и записи без связи', 'Камера'])
			await page.getByRole('listitem').filter({ hasText: title }).getByText('работает', { exact: true }).waitFor();
		await accessible(page, 'this device, over TLS');
		await page.context().close();
	});

	test('a large table and a file in pieces go through', async () => {
		const admin = await node.login();
		const headers = { cookie: admin.cookie, 'x-estafeta-csrf': admin.csrf, origin: ORIGIN };
		const csv = `Фамилия;Имя;Дата рождения;Класс\n${Array.from({ length: 12_000 }, (_, i) => `${'Длинная'.repeat(8)};Имя${i};2012-01-01;5А`).join('\n')}`;
		/* more than nginx takes when nobody says otherwise */
		assert.ok(Buffer.byteLength(csv) > 2 ** 20);
		const answer = await across('POST', '/api/v1/imports?kind=students', { headers: { ...headers, 'content-type': 'text/csv' }, body: Buffer.from(csv) });
		assert.equal(answer.status, 200, answer.text.slice(0, 300));
		const page = await window();
		await page.at('/child/portfolio');
		await logIn(page, pupil);
		await page.at('/child/portfolio');
		await page.getByRole('button', { name: 'Добавить достижение' }).first().click();
		const scan = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(5 * 2 ** 20, 'скан '), Buffer.from('\n%%EOF\n')]);
		await page.getByRole('dialog').getByLabel(/Подтверждающие документы/).setInputFiles({ name: 'скан.pdf', mimeType: 'application/pdf', buffer: scan });
		await page.getByRole('dialog').getByRole('button', { name: 'Убрать: скан.pdf' }).waitFor();
		assert.equal(await page.getByText('уйдёт вместе с записью').count(), 0);
		await page.context().close();
	});

	test('by name without encryption drafts work, and the rest says why it does not', async () => {
		const child = await plainNode.enrol('Осинина', 'Нина', { class: '6А' });
		const who = await plainNode.account(child, { role: 'student' });
		const origin = `http://${LAN}:${plainNode.httpPort}`;
		const page = await browser.window(plainNode, { origin });
		await page.at('/claim');
		assert.equal(await page.evaluate(() => isSecureContext), false);
		await page.getByRole('button', { name: 'Считать камерой' }).click();
		await page.getByRole('alert').filter({ hasText: 'только по защищённому адресу' }).waitFor();
		await accessible(page, 'no camera without TLS');
		await page.at('/child/portfolio');
		await logIn(page, who);
		await page.at('/child/portfolio');
		const form = page.getByRole('dialog');
		await page.getByRole('button', { name: 'Добавить достижение' }).first().click();
		await form.getByLabel('Название', { exact: true }).fill('Черновик без шифра');
		await form.getByText('Черновик сохранён').waitFor();
		await page.reload();
		await page.getByRole('button', { name: 'Добавить достижение' }).first().click();
		await form.getByText(/^Черновик от .+ восстановлен$/).waitFor();
		assert.equal(await form.getByLabel('Название', { exact: true }).inputValue(), 'Черновик без шифра');
		await page.at('/account');
		await settled(page);
		for (const title of ['Установка на экран', 'Чтение без связи', 'Камера'])
			await page.getByRole('listitem').filter({ hasText: title }).getByText('попросите администратора включить TLS').waitFor();
		await page.getByRole('listitem').filter({ hasText: 'Черновики и записи без связи' }).getByText('работает', { exact: true }).waitFor();
		await accessible(page, 'this device, without TLS');
		await page.context().close();
	});

	test('no page failed, and no foreign host was asked', () => assert.deepEqual(browser.strays, []));
});
