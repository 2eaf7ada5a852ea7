// How much comes over the wire, and how soon it answers: on a thin line, on a slow processor, with a whole school in the list.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Browser, DESK, settled, skip } from './lib/browser.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { HOST, tempDir, waitFor } from './lib/run.mjs';

const STUDENTS = 1600;
const KB = 1024;
const GOALS = { totalKb: 150, beforePaintKb: 60, paintMs: 2500, answerMs: 100, slowPercent: 5 };
// Of each frame: 3600 px in a second, a quick hand on the wheel.
const STEP_PX = 110;
// Two frames of sixty in a second, and what a clock is rounded by.
const SLOW_MS = 33.5;
const THIN = { offline: false, latency: 400, downloadThroughput: 400_000 / 8, uploadThroughput: 400_000 / 8 };

/** Counts whatever goes to browsers, the worker's requests too: {port, bytes()}. */
function wire(nodePort) {
	let bytes = 0;
	const sockets = new Set();
	const server = net.createServer((client) => {
		const up = net.connect(nodePort, HOST);
		up.on('data', (part) => (bytes += part.length));
		client.pipe(up).pipe(client);
		for (const one of [client, up]) {
			sockets.add(one);
			one.on('error', () => { client.destroy(); up.destroy(); }).on('close', () => sockets.delete(one));
		}
	});
	return new Promise((resolve) => server.listen(0, HOST, () => resolve({
		port: server.address().port,
		bytes: () => bytes,
		close: () => { sockets.forEach((one) => one.destroy()); server.close(); },
	})));
}

/** Of each frame in a trace the milliseconds that the page itself worked, whatever else the machine did meanwhile. */
function workOfFrames(trace) {
	const events = JSON.parse(trace).traceEvents;
	const begins = events.filter((e) => e.name === 'FireAnimationFrame').sort((a, b) => a.ts - b.ts);
	const work = begins.map(() => 0);
	let frame = 0, end = 0;
	for (const e of events.filter((e) => e.ph === 'X' && e.tdur !== undefined && e.pid === begins[0].pid && e.tid === begins[0].tid).sort((a, b) => a.ts - b.ts)) {
		/* what runs within another is counted with it */
		if (e.ts < end)
			continue;
		end = e.ts + e.dur;
		while (begins[frame + 1]?.ts <= e.ts)
			frame++;
		work[frame] += e.tdur / 1000;
	}
	return work;
}

const percent = (list, over) => Math.round((1000 * list.filter((one) => one > over).length) / list.length) / 10;
const p75 = (values) => [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.75) - 1];

describe('speed', { skip }, () => {
	let node, browser, admin;
	/* whose first page, and what is to be read on it */
	const homes = { 'the log-in page': { seen: 'Впервые здесь' } };
	before(async () => {
		node = await (await Node.create(tempDir(), 'Большая школа')).start();
		const families = ['Смирнов', 'Иванов', 'Кузнецов', 'Соколов', 'Попов', 'Лебедев', 'Козлов', 'Новиков', 'Морозов', 'Петров'];
		const names = ['Артём', 'Максим', 'Иван', 'Лев', 'Марк', 'Егор', 'Тимур', 'Глеб'];
		const rows = Array.from({ length: STUDENTS }, (_, i) =>
			`${families[i % 10]};${names[i % 8]};Олегович;${2008 + (i % 10)}-0${1 + (i % 9)}-1${i % 10};${1 + (i % 11)}${'АБВГДЕ'[Math.floor(i / 11) % 6]}`);
		const csv = Buffer.from(`Фамилия;Имя;Отчество;Дата рождения;Класс\n${rows.map((row, i) => row.replace(';', `ский-${i};`)).join('\n')}`);
		const load = (query) => node.request('POST', `/api/v1/imports?kind=students${query}`, csv, { 'content-type': 'text/csv' });
		const { digest } = (await load('')).json;
		assert.equal((await load(`&apply=true&digest=${digest}`)).status, 200);
		const student = await node.enrol('Читателев', 'Пётр', { class: '7А', guardians: [{ family: 'Читателева', given: 'Мария' }] });
		for (let i = 0; i < 12; i++)
			await node.achieve(student.id, `Достижение ${i}`);
		admin = await node.login();
		homes['a student\'s home'] = { session: await node.account(student, { role: 'student' }), seen: 'Что нового' };
		homes['a parent\'s home'] = { session: await node.account(student, { role: 'parent' }), seen: 'Что нового' };
		homes['a teacher\'s home'] = { session: await node.classTeacher('7А'), seen: 'Что нового' };
		homes['an administrator\'s home'] = { session: admin, seen: 'Школа в числах' };
		browser = await Browser.launch();
	});
	after(async () => {
		await browser?.close();
		await stopAll(node);
	});

	/** The first load of '/' on a thin line and a slow processor. */
	async function firstLoad(who) {
		const { session, seen } = homes[who];
		const line = await wire(node.httpPort);
		const origin = `http://${HOST}:${line.port}`;
		const page = await browser.window(node, { origin });
		if (session) {
			const [name, value] = session.cookie.split('=');
			await page.context().addCookies([{ name, value, url: origin }]);
		}
		const cdp = await page.context().newCDPSession(page);
		await cdp.send('Network.enable');
		await cdp.send('Network.emulateNetworkConditions', THIN);
		await cdp.send('Emulation.setCPUThrottlingRate', { rate: 6 });
		const pieces = [];
		let clock, total = 0;
		cdp.on('Network.requestWillBeSent', ({ wallTime, timestamp }) => (clock ??= wallTime - timestamp));
		cdp.on('Network.dataReceived', ({ timestamp, encodedDataLength }) => pieces.push({ timestamp, bytes: encodedDataLength }));
		cdp.on('Network.loadingFinished', ({ encodedDataLength }) => (total += encodedDataLength));
		await page.at('/');
		await settled(page);
		await page.getByText(seen).first().waitFor();
		/* the worker keeps its first files too: it asks for them over the same line */
		await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
		const { paint, origin: began } = await page.evaluate(() => ({
			paint: performance.getEntriesByName('first-contentful-paint')[0].startTime, origin: performance.timeOrigin,
		}));
		const painted = (began + paint) / 1000 - clock;
		const before = pieces.filter((one) => one.timestamp <= painted).reduce((sum, one) => sum + one.bytes, 0);
		const figures = {
			page: who, pageKb: Math.round(total / KB), wireKb: Math.round(line.bytes() / KB), beforePaintKb: Math.round(before / KB), paintMs: Math.round(paint),
		};
		console.log(JSON.stringify(figures));
		await page.context().close();
		line.close();
		return figures;
	}

	for (const who of ['the log-in page', 'a student\'s home', 'a parent\'s home', 'a teacher\'s home', 'an administrator\'s home'])
		test(`${who} comes light, and something is seen soon`, async () => {
			const { pageKb, wireKb, beforePaintKb, paintMs } = await firstLoad(who);
			assert.ok(pageKb > 20, 'nothing was measured');
			assert.ok(Math.max(pageKb, wireKb) <= GOALS.totalKb, `${pageKb} KB, ${wireKb} KB with the worker`);
			assert.ok(beforePaintKb <= GOALS.beforePaintKb, `${beforePaintKb} KB before the first paint`);
			assert.ok(paintMs <= GOALS.paintMs, `first paint after ${paintMs} ms`);
		});

	describe('with a whole school in the list', () => {
		let page;
		const whole = async () => {
			const more = page.getByRole('button', { name: 'Показать ещё' });
			const tall = () => page.evaluate(() => document.documentElement.scrollHeight);
			for (let before = await tall(); await more.count(); before = await tall()) {
				await more.click();
				await waitFor('more rows', async () => (await tall()) > before);
			}
			await page.evaluate(() => {
				globalThis.answers = new Map();
				new PerformanceObserver((list) => {
					for (const one of list.getEntries())
						if (one.interactionId)
							globalThis.answers.set(one.interactionId, Math.max(one.duration, globalThis.answers.get(one.interactionId) ?? 0));
				}).observe({ type: 'event', durationThreshold: 16, buffered: false });
			});
		};
		before(async () => {
			page = await browser.as(admin, '/students', { viewport: DESK });
			await settled(page);
			await whole();
			const cdp = await page.context().newCDPSession(page);
			await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 });
		});
		after(() => page?.context().close());

		/** What else the machine does gets in the way of one measure or another: two of three reach the goal, or it is not reached. */
		async function twice(measure, good) {
			const seen = [];
			const count = (is) => seen.filter((one) => good(one) === is).length;
			while (count(true) < 2 && count(false) < 2) {
				seen.push(await measure());
				console.log(JSON.stringify(seen.at(-1)));
			}
			assert.ok(count(true) === 2, JSON.stringify(seen));
			return seen.at(-1);
		}

		test('the list scrolls, its lower half and its upper, without a hitch', async () => {
			let half = 0;
			const { height } = await twice(async () => {
				half = (half + 1) % 2;
				await browser.chrome.startTracing(page, { categories: ['devtools.timeline'] });
				const { gaps, height: tall } = await page.evaluate(([step, from]) => new Promise((done) => {
					const root = document.documentElement, gaps = [];
					let last = 0;
					scrollTo(0, root.scrollHeight * from / 2);
					const tick = (time) => {
						if (last) gaps.push(time - last);
						last = time;
						if (scrollY + innerHeight >= root.scrollHeight * (from + 1) / 2 - 1) return done({ gaps, height: root.scrollHeight });
						scrollBy(0, step);
						requestAnimationFrame(tick);
					};
					requestAnimationFrame(tick);
				}), [STEP_PX, half]);
				const work = workOfFrames(await browser.chrome.stopTracing());
				return { act: 'scroll', frames: gaps.length, slowPercent: percent(gaps, SLOW_MS), workedPercent: percent(work, SLOW_MS), height: tall };
				/* by the clock; or, where the machine is shared with others, by the time that the page itself took */
			}, ({ frames, slowPercent, workedPercent }) => frames > 200 && Math.min(slowPercent, workedPercent) <= GOALS.slowPercent);
			assert.ok(height > STUDENTS * 40, `${height} px`);
			assert.equal(await page.locator('tbody tr').count(), STUDENTS + 1);
		});

		test('whatever one does is answered at once', async () => {
			const acts = {
				'dialog opened, closed': async () => {
					await page.evaluate(() => scrollTo(0, 0));
					const { x, y, width, height } = await page.locator('.page-head .button.primary').boundingBox();
					/* asked in passing: a locator that looks again and again would itself take the page's time */
					const open = (is) => waitFor('the dialog', () => page.evaluate((so) => (document.querySelector('dialog[open]') !== null) === so, is));
					for (let i = 0; i < 8; i++) {
						await page.mouse.click(x + width / 2, y + height / 2);
						await open(true);
						await page.keyboard.press('Escape');
						await open(false);
					}
					return 16;
				},
				'keys in the search': async () => {
					const box = page.getByLabel('Найти ученика'), text = 'смирновский-1';
					await box.focus();
					await page.keyboard.type(text, { delay: 60 });
					await page.getByText('Смирновский-10 ').first().waitFor();
					await box.press('Control+A');
					await box.press('Delete');
					return text.length + 2;
				},
				'filters set': async () => {
					for (let i = 0; i < 8; i++) {
						await (i % 2 ? page.getByLabel('Класс', { exact: true }) : page.getByLabel('Только с записями на проверке')).focus();
						await page.keyboard.press(i % 2 ? 'ArrowDown' : 'Space');
					}
					return 8;
				},
			};
			await twice(async () => {
				await page.at('/students');
				await settled(page);
				await whole();
				const all = [], figures = {};
				for (const [name, act] of Object.entries(acts)) {
					await page.evaluate(() => globalThis.answers.clear());
					const done = await act();
					await page.evaluate(() => new Promise((next) => requestAnimationFrame(() => setTimeout(next, 200))));
					const seen = await page.evaluate(() => [...globalThis.answers.values()]);
					assert.ok(seen.length > 0, `no answer to ${name} was measured`);
					/* what came within one frame is not told: it counts as that */
					const these = [...seen, ...Array(Math.max(0, done - seen.length)).fill(16)];
					figures[name] = Math.round(p75(these));
					all.push(...these);
				}
				return { acts: all.length, p75Ms: Math.round(p75(all)), worstMs: Math.round(Math.max(...all)), p75MsOf: figures };
			}, ({ p75Ms }) => p75Ms <= GOALS.answerMs);
		});
	});

	test('no page failed, and no foreign host was asked', () => assert.deepEqual(browser.strays, []));
});
