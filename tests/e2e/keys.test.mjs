// The school's own keys: lost with the server, and changed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cascade, settle, someone } from './lib/network.mjs';
import { Node, stopAll } from './lib/node.mjs';
import { estafeta, must } from './lib/run.mjs';

const sheet = (node) => path.join(node.dir, 'recovery-sheet.txt');
const rotate = (node) => node.must('rotate', '--sheet', sheet(node));

describe('the server is gone: backup and recovery sheet make the school\'s node anew', () => {
	let net, student, entries;
	before(async () => {
		net = await cascade('founder', 'left');
		student = await someone(net.left, 'Уцелевшая');
		await net.left.agrees(net.founder);
		entries = await net.left.entries(student.id);
		await net.left.must('backup', path.join(net.dir, 'backup'));
		fs.copyFileSync(sheet(net.left), path.join(net.dir, 'sheet'));
	});
	after(() => net && stopAll(...net.all));

	test('another school\'s sheet, no sheet, a directory in use: nothing is made', async () => {
		const anew = path.join(net.dir, 'anew');
		const restore = (dir, key) => estafeta('restore', path.join(net.dir, 'backup'), '--dir', dir, '--sheet', key);
		assert.equal((await restore(anew, sheet(net.founder))).code, 65);
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
		await net.left.agrees(net.founder);
		assert.equal((await net.left.entries(student.id)).length, entries.length + 1);
	});

	test('keys/ alone is lost: recover opens it with the sheet', async () => {
		await net.left.stop();
		fs.rmSync(path.join(net.left.dir, 'keys'), { recursive: true });
		assert.equal((await net.left.cli('recover', '--sheet', sheet(net.founder))).code, 77);
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

	test('not without the recovery sheet, nor with another school\'s: nothing changes', async () => {
		await net.left.stop();
		const held = () => ['node.key', 'store/data.mdb'].map((name) => fs.readFileSync(path.join(net.left.dir, name)));
		const before = held();
		for (const [code, ...args] of [[65], [66, '--sheet', path.join(net.dir, 'nothing')], [77, '--sheet', sheet(net.founder)],
			[65, '--sheet', path.join(net.left.dir, 'estafeta.conf')]])
			assert.equal((await net.left.cli('rotate', ...args)).code, code);
		assert.ok(!fs.existsSync(path.join(net.left.dir, 'node.key.next')));
		assert.deepEqual(held(), before);
	});

	test('neighbours above and below find it under the old network key, and learn the new one', async () => {
		await rotate(net.left);
		await rotate(net.left);
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
		await rotate(net.old);
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
		assert.match(r.stderr, /before the school's keys were changed; estafeta rotate mends that/);
	});

	test('a node.key from before the change is brought up to it with the sheet', async () => {
		assert.equal((await net.old.cli('rotate', '--sheet', sheet(net.left))).code, 77);
		await rotate(net.old);
		await net.old.must('fsck');
		await net.old.start();
		await settle(net);
		await net.old.achieve(student.id, 'Ключ найден');
		await settle(net);
	});

	test('so it is where the restored records are newer than node.key', async () => {
		await net.old.must('backup', path.join(net.dir, 'newer'));
		await net.old.stop();
		fs.copyFileSync(path.join(net.dir, 'before'), path.join(net.old.dir, 'node.key'));
		const restored = await net.old.cli('restore', path.join(net.dir, 'newer'));
		assert.equal(restored.code, 0, restored.stderr);
		assert.match(restored.stderr, /run estafeta rotate, with the recovery sheet/);
		const r = await net.old.cli('rotate', '--sheet', sheet(net.old)); /* what others hold must come first */
		assert.equal(r.code, 75, r.stderr);
		assert.match(r.stderr, /latest key again/);
		await net.old.start();
		await settle(net);
		await net.old.stop();
		await rotate(net.old);
		await net.old.start();
		await settle(net);
	});
});

describe('the server is gone, and the only backup is from before the keys were changed', () => {
	let net, student;
	before(async () => {
		net = await cascade('founder', 'left');
		student = await someone(net.left, 'Давняя');
		await net.left.agrees(net.founder);
		await net.left.must('backup', path.join(net.dir, 'backup'));
		fs.copyFileSync(sheet(net.left), path.join(net.dir, 'sheet'));
		await net.left.stop();
		await rotate(net.left);
		await net.left.start();
		await net.left.achieve(student.id, 'Уже новым ключом');
		await net.left.agrees(net.founder);
	});
	after(() => net && stopAll(...net.all));

	test('a neighbour\'s bundle and the sheet bring it back', async () => {
		const file = path.join(net.dir, 'school.bundle'), key = ['--sheet', path.join(net.dir, 'sheet')];
		const entries = await net.left.entries(student.id);
		await net.left.kill();
		fs.rmSync(net.left.dir, { recursive: true });
		await must('restore', path.join(net.dir, 'backup'), '--dir', net.left.dir, ...key);
		await net.founder.must('bundle', net.left.name, file);
		await net.left.start();
		await net.left.must('ingest', file);
		await net.left.stop();
		assert.match((await net.left.cli('run')).stderr, /estafeta rotate mends that/);
		const r = await net.left.cli('rotate', ...key); /* what others hold must come first */
		assert.equal(r.code, 75, r.stderr);
		assert.match(r.stderr, /latest key again/);
		await net.left.start();
		await net.left.agrees(net.founder);
		assert.equal((await net.left.entries(student.id)).length, entries.length);
		await net.left.stop();
		await net.left.must('rotate', ...key);
		await net.left.start();
		await net.left.achieve(student.id, 'И снова в строю');
		await net.left.agrees(net.founder);
	});
});
