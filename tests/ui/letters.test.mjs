// A form takes as many letters as the node does.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { before, test } from 'node:test';
import { load } from './load.mjs';

const YAML = createRequire(new URL('../e2e/package.json', import.meta.url))('yaml');
const api = YAML.parse(fs.readFileSync(new URL('../../node/openapi.yaml', import.meta.url), 'utf8'));
const { NewStudent, NewGuardian, NewStaff } = api.components.schemas;

let letters;
before(async () => { ({ LETTERS: letters } = await load('lib/letters')); });

test('the lengths of the forms are those of the contract', () => {
	for (const { properties } of [NewStudent, NewGuardian, NewStaff])
		for (const part of ['family', 'given', 'patronymic'])
			assert.equal(properties[part].maxLength, letters.person, part);
	assert.equal(NewStaff.properties.position.maxLength, letters.position);
	assert.equal(NewStudent.properties.class.maxLength, letters.class);
	const group = Object.values(api.components.requestBodies).map((one) => one.content['application/json']?.schema).find((one) => one?.properties?.members);
	assert.equal(group.properties.name.maxLength, letters.group);
});
