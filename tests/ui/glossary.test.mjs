// One word for one thing: what the glossary forbids stands nowhere in the interface, and every word of it has both languages.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { load } from './load.mjs';

const source = (name) => fs.readFileSync(new URL(`../../admin-ui/${name}`, import.meta.url), 'utf8');
const rows = source('GLOSSARY.md').split('\n').filter((line) => /^\| (?!Russian|-)/.test(line)).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
const words = fs.readdirSync(new URL('../../admin-ui/src/i18n/', import.meta.url)).map((name) => source(`src/i18n/${name}`)).join('\n')
	/* the journal's acts are named by their requests */
	.replace(/'(GET|POST|PUT|DELETE) [^']*':/g, '').toLocaleLowerCase();

test('the glossary gives each thing a word in both languages, and none twice', () => {
	assert.ok(rows.length > 20);
	for (const [ru, en, what] of rows)
		assert.ok(ru && en && what, ru);
	for (const column of [0, 1])
		assert.equal(new Set(rows.map((row) => row[column])).size, rows.length);
});

test('the interface says none of the words that the glossary forbids', () => {
	for (const [ru, , , never] of rows)
		for (const word of never.split(',').map((one) => one.trim().toLocaleLowerCase()).filter(Boolean))
			assert.equal(new RegExp(`(?<![\\p{L}])${word}(?![\\p{L}])`, 'u').test(words), false, `«${word}» where «${ru}» is meant`);
});

test('English tells a log-in from the login that is typed, as Russian does', async () => {
	const parts = fs.readdirSync(new URL('../../admin-ui/src/i18n/', import.meta.url)).filter((name) => name.endsWith('en.ts')).map((name) => name.slice(0, -'en.ts'.length));
	assert.ok(parts.length >= 4);
	for (const part of parts) {
		const [ru, en] = await Promise.all(['ru', 'en'].map(async (lang) => Object.values(await load(`i18n/${part}${lang}`))[0]));
		const compare = (one, other, where) => {
			if (typeof other === 'string')
				assert.ok(!/login/i.test(other) || /логин/i.test(one), `${where}: «${other}» for «${one}»`);
			else
				for (const key of Object.keys(other ?? {}))
					compare(one?.[key], other[key], `${where}.${key}`);
		};
		compare(ru, en, part);
	}
});
