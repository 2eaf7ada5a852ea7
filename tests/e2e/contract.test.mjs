// node/openapi.yaml against the server it describes; answers are held against it wherever a test sees one (lib/contract.mjs).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { heldExamples, operations } from './lib/contract.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { tempDir } from './lib/run.mjs';

describe('the contract', () => {
	let node;
	before(async () => {
		node = await (await Node.create(tempDir(), 'Школа')).start();
	});
	after(() => stopAll(node));

	test('describes every route that is served, and no other', async () => {
		const served = (await node.get('/api/v1/routes')).items.map(({ method, pattern }) => `${method} ${pattern}`);
		assert.deepEqual(operations().sort(), served.sort());
	});

	test('shows an example of every body, and each is what it says', () => {
		assert.deepEqual(heldExamples(), []);
	});
});
