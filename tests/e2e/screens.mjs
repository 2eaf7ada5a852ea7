// node screens.mjs OUT [PARTS-OF-NAMES...]: all four pictures of every screen, light and dark, telephone and desk.
import fs from 'node:fs';
import path from 'node:path';
import { Browser, DESK, PHONE, settled } from './lib/browser.mjs';
import { cast, lived } from './lib/lived.mjs';
import { SCREENS, show } from './lib/screens.mjs';

const [out, ...parts] = process.argv.slice(2);
fs.mkdirSync(out, { recursive: true });
const schools = await lived();
const browser = await Browser.launch();
const people = await cast(schools);
for (const screen of SCREENS.filter((one) => !parts.length || parts.some((part) => one.name.includes(part))))
	for (const [size, viewport] of [['360', PHONE], ['1280', DESK]])
		for (const dark of [false, true]) {
			const page = await show(browser, schools.old, people, screen, { dark, viewport });
			try {
				await settled(page);
				await screen.open?.(page);
				await settled(page);
			} catch (error) {
				console.error(`${screen.name}: ${error.message.split('\n')[0]}`);
			}
			await page.screenshot({ path: path.join(out, `${screen.name}-${size}-${dark ? 'dark' : 'light'}.png`), fullPage: true });
			await page.context().close();
		}
console.log(browser.strays.join('\n'));
await browser.close();
await schools.stop();
