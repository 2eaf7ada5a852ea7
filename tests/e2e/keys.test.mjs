// The school's own keys: lost with the server, and changed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cascade, settle, someone } from './lib/network.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { estafeta, must } from './lib/run.mjs';

describe('the server is gone: backup and recovery sheet make the school\'s node anew', () => {
	let net, student, entries;
	before(async () => {
		net = await cascade('founder', 'left');
		student = await someone(net.left, 'Уцелевшая');
		await net.left.agrees(net.founder);
		entries = await net.left.entries(student.id);
		await net.left.must('backup', path.join(net.dir, 'backup'));
		fs.copyFileSync(path.join(net.left.dir, 'recovery-sheet.txt'), path.join(net.dir, 'sheet'));
	});
	after(() => net && stopAll(...net.all));

	test('another school\'s sheet, no sheet, a directory in use: nothing is made', async () => {
		const anew = path.join(net.dir, 'anew');
		const restore = (dir, sheet) => estafeta('restore', path.join(net.dir, 'backup'), '--dir', dir, '--sheet', sheet);
		assert.equal((await restore(anew, path.join(net.founder.dir, 'recovery-sheet.txt'))).code, 65);
		assert.equal((await restore(anew, path.join(net.dir, 'backup', 'data.mdb'))).code, 65);
		assert.equal((await restore(anew, path.join(net.dir, 'nothing'))).code, 66);
		assert.ok(!fs.existsSync(path.join(anew, 'node.key')));
		fs.mkdirSync(path.join(net.dir, 'full'));
		fs.writeFileSync(path.join(net.dir, 'full', 'letter.txt'), 'Дорогая бабушка');
		assert.equal((await restore(path.join(net.dir, 'full'), path.join(net.dir, 'sheet'))).code, 73);
		assert.deepEqual(fs.readdirSync(path.join(net.dir, 'full')), ['letter.txt']);
	});

	test('the same school, its students readable, in agreement with its parent', async () => {
		const id = await net.left.id();
		await net.left.kill();
		fs.rmSync(net.left.dir, { recursive: true });
		await must('restore', path.join(net.dir, 'backup'), '--dir', net.left.dir, '--sheet', path.join(net.dir, 'sheet'));
		await net.left.must('fsck');
		await net.left.start();
		assert.equal((await net.left.get('/api/v1/school')).id, id);
		assert.deepEqual(await net.left.entries(student.id), entries);
		await net.left.agrees(net.founder);
		await net.left.achieve(student.id, 'И снова в строю');
		await net.left.agrees(net.founder);
	});

	test('restoring anew broke off before the keys were opened: once more brings them too', async () => {
		await net.left.stop();
		const other = await Node.create(net.dir, 'Пустая школа', { dir: 'empty' });
		fs.rmSync(path.join(net.left.dir, 'keys'), { recursive: true });
		fs.cpSync(path.join(other.dir, 'keys'), path.join(net.left.dir, 'keys'), { recursive: true });
		assert.match(await must('restore', path.join(net.dir, 'backup'), '--dir', net.left.dir, '--sheet', path.join(net.dir, 'sheet')), /Keys of 1 students/);
		await net.left.start();
		assert.equal((await net.left.entries(student.id)).length, entries.length);
		await net.left.agrees(net.founder);
		assert.equal((await net.left.entries(student.id)).length, entries.length + 1);
	});

	test('keys/ alone is lost: recover opens it with the sheet', async () => {
		await net.left.stop();
		fs.rmSync(path.join(net.left.dir, 'keys'), { recursive: true });
		assert.equal((await net.left.cli('recover', '--sheet', path.join(net.founder.dir, 'recovery-sheet.txt'))).code, 77);
		assert.match(await net.left.must('recover', '--sheet', path.join(net.dir, 'sheet')), /Keys of 1 students/);
		await net.left.start();
		assert.equal((await net.left.entries(student.id)).length, entries.length + 1);
	});
});

describe('a school changes its keys', () => {
	let net, student;
	before(async () => {
		net = await cascade('founder', 'left', 'old');
		student = await someone(net.old, 'Ключевая');
		await settle(net);
	});
	after(() => net && stopAll(...net.all));

	test('not while it runs', async () => {
		assert.equal((await net.left.cli('rotate')).code, 75);
	});

	test('neighbours above and below find it under the old network key, and learn the new one', async () => {
		await net.left.stop();
		await net.left.must('rotate');
		await net.left.must('rotate');
		await net.left.must('fsck');
		await net.left.start();
		await settle(net);
		await net.old.achieve(student.id, 'После смены ключей');
		await settle(net);
		await net.old.stop();
		await net.old.start(); /* calls under the key it has learnt */
		await settle(net);
		for (const node of net.all)
			assert.equal((await node.get('/api/v1/network')).schools.find((s) => s.name === net.left.name).status, 'member');
	});

	test('a crash between the two steps is settled at the next start, either way', async () => {
		const at = (name) => path.join(net.old.dir, name);
		await net.old.stop();
		fs.copyFileSync(at('node.key'), path.join(net.dir, 'before'));
		await net.old.must('rotate');
		fs.renameSync(at('node.key'), at('node.key.next')); /* the event is in the store, the file not yet in its place */
		fs.copyFileSync(path.join(net.dir, 'before'), at('node.key'));
		await net.old.start();
		assert.ok(!fs.existsSync(at('node.key.next')));
		await net.old.achieve(student.id, 'Дальше новым ключом');
		await settle(net);
		await net.old.stop();
		fs.copyFileSync(at('node.key'), at('node.key.next')); /* it never came to the event */
		await net.old.start();
		assert.ok(!fs.existsSync(at('node.key.next')));
		await settle(net);
		await net.old.stop();
		fs.copyFileSync(path.join(net.dir, 'before'), at('node.key'));
		const r = await net.old.cli('run');
		assert.equal(r.code, 65);
		assert.match(r.stderr, /before the school's keys were changed/);
	});
});
