// Long work, watched while it runs: the first replication over a thin line, and an export.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { accessible, Browser, DESK, skip } from './lib/browser.mjs';
import { cascade } from './lib/network.mjs';
import { stopAll } from './lib/node.mjs';
import { HOST, waitFor } from './lib/run.mjs';

const TICK_MS = 50;

const WIDE = 1e9;
/** A line that lets through so many bytes a second: {port, rate(bytesPerSecond), close()}. */
function thinLine(port, bytesPerSecond) {
	const rate = (bytes) => Math.floor((bytes * TICK_MS) / 1000);
	let budget = rate(bytesPerSecond);
	const ends = new Set();
	const carry = (from, to) => {
		const queue = [];
		let over = false;
		const timer = setInterval(() => {
			for (let room = budget; room > 0 && queue.length;) {
				const part = queue[0].subarray(0, room);
				queue[0].length > part.length ? (queue[0] = queue[0].subarray(part.length)) : queue.shift();
				room -= part.length;
				to.write(part);
			}
			if (!queue.length)
				over ? to.end() : from.resume();
		}, TICK_MS);
		from.on('data', (part) => { queue.push(part); from.pause(); }).on('close', () => { over = true; }).on('error', () => {});
		to.on('close', () => { clearInterval(timer); from.destroy(); });
		ends.add(from);
	};
	const server = net.createServer((client) => {
		const up = net.connect(port, HOST);
		carry(client, up);
		carry(up, client);
	});
	return new Promise((resolve) => server.listen(0, HOST, () => resolve({
		port: server.address().port,
		rate(bytes) { budget = rate(bytes); },
		close() { ends.forEach((one) => one.destroy()); server.close(); },
	})));
}

describe('long work', { skip }, () => {
	let network, browser;
	const lines = [];
	const thin = async (...args) => lines[lines.push(await thinLine(...args)) - 1];
	before(async () => {
		network = await cascade('founder', 'left');
		browser = await Browser.launch();
	});
	after(async () => {
		await browser?.close();
		lines.forEach((one) => one.close());
		await stopAll(...network.all);
	});

	test('administrator: the first replication of a new school is watched on its home page, from a broken line to the end', async () => {
		const { founder, left } = network;
		const [{ school }] = (await left.get('/api/v1/network')).peers;
		const line = await thin(founder.peerPort, 24 * 1024);
		const port = founder.peerPort;
		await founder.stop();
		const rows = Array.from({ length: 600 }, (_, i) => `Смирнов-${i};Иван;Олегович;2012-01-1${i % 10};7А`);
		const csv = Buffer.from(`Фамилия;Имя;Отчество;Дата рождения;Класс\n${rows.join('\n')}`);
		const load = (query) => left.request('POST', `/api/v1/imports?kind=students${query}`, csv, { 'content-type': 'text/csv' });
		const { digest } = (await load('')).json;
		assert.equal((await load(`&apply=true&digest=${digest}`)).status, 200);
		await left.put(`/api/v1/network/peers/${school.id}`, { address: `${HOST}:${line.port}` });

		const page = await browser.as(await left.login(), '/', { viewport: DESK });
		const section = page.getByRole('region', { name: 'Идёт обмен записями' });
		await page.getByRole('heading', { name: 'Что ждёт вас' }).or(page.getByRole('heading', { level: 1 })).first().waitFor();
		assert.equal(await section.count(), 0, 'nothing moves, and nothing is said to');
		await founder.start({ peer: `${founder.host}:${port}` });
		const sent = async () => Number(/отправлено: ([\d\u00a0]+)/.exec(await section.textContent())?.[1].replace(/\D/g, '') ?? 0);
		await waitFor('what was sent to be told', async () => (await section.count()) && (await sent()) > 0);
		const before = await sent();
		await waitFor('the number to grow', async () => (await sent()) > before);
		await accessible(page, 'a first replication');
		line.rate(WIDE);
		await section.waitFor({ state: 'detached' });
		await founder.agrees(left);
	});

	test('administrator: an export tells how far it has come, is stopped, and is saved under its name', async () => {
		const { left } = network;
		const line = await thin(left.httpPort, WIDE);
		const origin = `http://${HOST}:${line.port}`;
		const session = await left.login();
		const page = await browser.window(left, { origin, viewport: DESK });
		const [name, value] = session.cookie.split('=');
		await page.context().addCookies([{ name, value, url: origin }]);
		await page.at('/server');
		const button = page.getByRole('button', { name: 'CSV: Ученики' });
		await button.waitFor();
		line.rate(6 * 1024);
		await button.click();
		const bar = page.getByRole('group', { name: 'CSV: Ученики' });
		await bar.getByText(/Получено .* из /).waitFor();
		await accessible(page, 'an export on its way');
		await bar.getByRole('button', { name: 'Остановить' }).click();
		await bar.waitFor({ state: 'detached' });
		const saved = page.waitForEvent('download');
		await button.click();
		await bar.getByText(/Получено .* из /).waitFor();
		line.rate(WIDE);
		assert.equal((await saved).suggestedFilename(), 'students.csv');
		await page.context().close();
	});

	test('no page failed, and no foreign host was asked', () => assert.deepEqual(browser.strays, []));
});
