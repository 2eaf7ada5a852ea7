// Every screen of every role in a lived-in school: axe finds nothing on the telephone in light and on the desk in dark, nothing has to be
// scrolled sideways down to 320 px (which is also 200 % zoom of a small window), one heading, a title, a way past the menu.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accessible, Browser, DESK, fits, PHONE, settled, skip } from './lib/browser.mjs';
import { cast, lived } from './lib/lived.mjs';
import { SCREENS, show } from './lib/screens.mjs';

const NARROWEST = { width: 320, height: 640 };

describe('screens', { skip }, () => {
	let schools, people, browser;
	before(async () => {
		schools = await lived();
		[people, browser] = await Promise.all([cast(schools), Browser.launch()]);
	});
	after(async () => {
		await browser?.close();
		await schools?.stop();
	});

	async function check(screen, options, where) {
		const page = await show(browser, schools.old, people, screen, options);
		await settled(page);
		if (screen.open) {
			await screen.open(page);
			await settled(page);
			/* what was opened may have scrolled something under a bar that stands still */
			await page.evaluate(() => scrollTo(0, 0));
		}
		await accessible(page, where);
		assert.equal(await page.locator('h1').count(), 1, `${where}: one heading`);
		assert.match(await page.title(), /· Эстафета$/, where);
		if (options.viewport === PHONE) {
			await page.setViewportSize(NARROWEST);
			await fits(page, `${where}, 320 px`);
		}
		await page.context().close();
	}

	for (const screen of SCREENS)
		test(screen.name, () => Promise.all([
			check(screen, { viewport: PHONE }, `${screen.name}, telephone, light`),
			check(screen, { viewport: DESK, dark: true }, `${screen.name}, desk, dark`),
		]));

	test('no screen failed, and no foreign host was asked', () => assert.deepEqual(browser.strays, []));
});
