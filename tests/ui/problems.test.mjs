// Whatever goes wrong at the node is told in words of the interface: no code of the table is left to its English text.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { before, test } from 'node:test';
import { load } from './load.mjs';

const table = [...fs.readFileSync(new URL('../../proto/err.def', import.meta.url), 'utf8').matchAll(/^ERR\((\w+), "[^"]*", (\d+),/gm)];
const codes = table.filter(([, , status]) => Number(status) >= 400).map(([, name]) => name.toLowerCase());

let words;
before(async () => { words = { ru: (await load('i18n/ru')).ru.problems, en: (await load('i18n/en')).en.problems }; });

test('every error of the table has words in both languages', () => {
	assert.ok(codes.length > 80, `${codes.length} codes`);
	for (const lang of ['ru', 'en'])
		assert.deepEqual(codes.filter((code) => !words[lang][code]), [], lang);
});
test('no words for an error that is not in the table', () => {
	const own = ['offline', 'noAnswer', 'loadFailed', 'offlineTitle'];
	for (const lang of ['ru', 'en'])
		assert.deepEqual(Object.keys(words[lang]).filter((code) => !codes.includes(code) && !own.includes(code)), [], lang);
});
