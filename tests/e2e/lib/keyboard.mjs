// Somebody without a mouse: everything is come to by Tab, where one stands is seen, and is never lost.
import assert from 'node:assert/strict';
import { waitFor } from './run.mjs';

const FARTHEST = 300;

/** What has the focus, by the name and role that a screen reader is told. */
const standing = (page) => page.evaluate(() => {
	const one = document.activeElement;
	/* a page just loaded has the focus nowhere, and that is no loss */
	const fresh = !globalThis.walked;
	globalThis.walked = true;
	if (!one || one === document.body)
		return { nowhere: true, fresh };
	return { name: one.computedName, role: one.computedRole, value: one.selectedOptions?.[0]?.text ?? one.value };
});

/** Whether its place is shown, and in sight: not wholly under something that stands still. */
const seen = (page) => page.evaluate(async () => {
	await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
	const one = document.activeElement;
	/* of a file's input only its button is seen */
	const shown = one.getBoundingClientRect().width > 2 ? one : one.labels?.[0] ?? one.parentElement;
	const box = shown.getBoundingClientRect();
	const marked = [one, one.nextElementSibling].some((it) => it && getComputedStyle(it).outlineStyle !== 'none');
	/* a note goes by itself, what it lies over is seen then */
	const top = (x, y) => document.elementsFromPoint(box.left + box.width * x, box.top + box.height * y).find((it) => shown.closest('.toasts') || !it.closest('.toasts'));
	const inSight = [0.02, 0.5, 0.98].some((x) => [0.05, 0.5, 0.95].some((y) => shown.contains(top(x, y) ?? null)));
	return { marked, inSight };
});

const fits = (wanted, name) => (wanted instanceof RegExp ? wanted.test(name) : name === wanted || name === `${wanted}, необязательно`);

/** The keys of one window. */
export class Keys {
	constructor(page) {
		this.page = page;
	}

	press(...keys) {
		return keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve());
	}

	/** Whatever was done before, the focus is somewhere. */
	async here(before) {
		let now;
		try {
			await waitFor('the focus to be somewhere', async () => {
				now = await standing(this.page);
				return !now.nowhere || now.fresh;
			}, 5000);
		} catch {
			assert.fail(`the focus was lost before ${before}`);
		}
		return now;
	}

	/** The focus is, or soon comes, where it should be. */
	async on(name, why) {
		let now;
		await waitFor(why, async () => {
			now = await this.here(name);
			return fits(name, now.name);
		}, 5000).catch((error) => assert.fail(`${error.message}: on ${now?.name} instead of ${name}`));
	}

	/** Goes on by Tab until the focus is on the control of that name (and role). */
	async to(name, { back = false, role } = {}) {
		const met = [];
		await waitFor(`nothing to be under way before ${name}`, async () => (await this.page.locator('.skeleton, [aria-busy=true]').count()) === 0);
		for (let now = await this.here(name), i = 0; i < FARTHEST; i++) {
			if (!now.nowhere && fits(name, now.name) && (!role || role === now.role)) {
				assert.deepEqual(await seen(this.page), { marked: true, inSight: true }, `the focus on ${name}`);
				return now;
			}
			await this.press(back ? 'Shift+Tab' : 'Tab');
			now = await standing(this.page);
			met.push(now.name);
		}
		return assert.fail(`no way to ${name}; met: ${[...new Set(met)].join(' | ')}`);
	}

	/** A link or button is come to and pressed. */
	async push(name, options) {
		await this.to(name, options);
		await this.press('Enter');
	}

	async tick(name, options) {
		await this.to(name, options);
		await this.press('Space');
	}

	/** What stood in the field is typed over. */
	async write(name, text, options) {
		await this.to(name, options);
		await this.press('Control+A');
		await this.page.keyboard.type(text);
	}

	/** Down the list to one that is so called. */
	async choose(name, option, options) {
		let now = await this.to(name, options);
		await this.press('Home');
		for (let i = 0; i < 60; i++) {
			now = await standing(this.page);
			if (fits(option, now.value))
				return;
			await this.press('ArrowDown');
		}
		assert.fail(`${name} offers no ${option}`);
	}

	/** A day is typed in the order that the browser asks for: month first or day first. */
	async day(name, iso, options) {
		const [year, month, day] = iso.split('-');
		for (const order of [`${month}${day}${year}`, `${day}${month}${year}`]) {
			await this.to(name, options);
			await this.page.keyboard.type(order);
			if ((await standing(this.page)).value === iso)
				return;
			/* the parts of a day are stops of their own */
			await this.press('Shift+Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab');
		}
		assert.fail(`${name} did not take ${iso}`);
	}
}
