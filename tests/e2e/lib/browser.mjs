// Debian's Chromium as people use it: one window for each who is logged in.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { SAN, waitFor } from './run.mjs';

const EXECUTABLE = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-headless-shell'].find((p) => p && fs.existsSync(p));
const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// The last one tells pages the name and role that a screen reader hears.
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--enable-blink-features=ComputedAccessibilityInfo'];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Why browser tests are skipped here, or false. */
export const skip = SAN ? 'too slow under sanitizers' : EXECUTABLE ? false : 'no Chromium here';

export const PHONE = { width: 360, height: 740 };
export const DESK = { width: 1280, height: 800 };

export class Browser {
	constructor(chrome) {
		/* what no page may do: fail, or ask a foreign host */
		Object.assign(this, { chrome, strays: [] });
	}

	static async launch(args = []) {
		return new Browser(await chromium.launch({ executablePath: EXECUTABLE, args: [...ARGS, ...args] }));
	}
	close() {
		return this.chrome.close();
	}

	/** Closes all windows; the next test begins with none. */
	async clear() {
		await Promise.all(this.chrome.contexts().map((one) => one.close()));
	}

	/** A window for nobody yet. options: those of a browser's context, and dark, lang. */
	async window(node, { dark = false, lang = 'ru', origin = node.origin, ...options } = {}) {
		const context = await this.chrome.newContext({
			locale: lang === 'ru' ? 'ru-RU' : 'en-GB', viewport: DESK, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', ...options,
		});
		if (lang !== 'ru')
			await context.addInitScript((to) => localStorage.setItem('estafeta.lang', to), lang);
		const page = await context.newPage();
		page.setDefaultTimeout(15_000);
		page.on('pageerror', (error) => this.strays.push(`${node.name}: ${error.stack ?? error.message}`));
		page.on('request', (request) => {
			if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin))
				this.strays.push(`${node.name} asked ${request.url()}`);
		});
		return Object.assign(page, { at: (target) => page.goto(new URL(target, origin).href) });
	}

	/** A window of somebody logged in, at an address. */
	async as(session, target = '/', options = {}) {
		const page = await this.window(session.node, options);
		const [name, value] = session.cookie.split('=');
		await page.context().addCookies([{ name, value, url: session.node.origin }]);
		await page.at(target);
		return page;
	}
}

/** Nothing is being fetched or drawn any more. */
export async function settled(page) {
	await page.getByRole('heading', { level: 1 }).first().waitFor();
	await waitFor('the page to be drawn', async () => (await page.locator('.skeleton, [aria-busy=true]').count()) === 0);
	await page.evaluate(() => document.fonts.ready);
}

/** Nothing has to be scrolled sideways. */
export async function fits(page, where) {
	const wide = await page.evaluate(() => {
		const root = document.documentElement;
		if (root.scrollWidth <= root.clientWidth) return '';
		const out = [...document.querySelectorAll('main *, dialog *')].filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1 && !one.closest('[role=region]'));
		return `${root.scrollWidth} > ${root.clientWidth}: ${out.slice(0, 3).map((one) => `${one.tagName}.${one.className}`).join(', ')}`;
	});
	assert.equal(wide, '', `${where}: wider than its window`);
}

/** axe finds nothing, and nothing has to be scrolled sideways. */
export async function accessible(page, where) {
	await page.evaluate(AXE);
	/* style sheets are not fetched a second time, nor is told what is right */
	const { violations } = await page.evaluate((rules) => globalThis.axe.run(document, { runOnly: rules, resultTypes: ['violations'], preload: false }), RULES);
	assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.any[0]?.message ?? ''}`).join(' | ')}`), [], where);
	await fits(page, where);
}
