// The lived-in schools of the demonstration, with everybody who has a cabinet there.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Node } from './node.mjs';
import { spawnEstafeta, tempDir, waitFor } from './run.mjs';

const SCHOOLS = ['founder', 'west', 'east', 'old', 'fresh'];

/** {founder, west, east, old, fresh: Node, stop()}; `old` has thousands of entries over six years. */
export async function lived() {
	const root = path.join(tempDir(), 'schools'), out = path.join(tempDir(), 'out');
	const log = fs.openSync(out, 'w', 0o600);
	const demo = spawnEstafeta(['demo', '--dir', root], log);
	fs.closeSync(log);
	await waitFor('the demonstration', () => {
		assert.equal(demo.exitCode, null, fs.readFileSync(out, 'utf8'));
		return fs.readFileSync(out, 'utf8').includes('Ctrl-C');
	}, 120_000);
	const schools = await Promise.all(SCHOOLS.map(async (_, i) => {
		const node = new Node(path.join(root, String(i)), '');
		const ports = /^http=(\d+)\npeer=(\d+)\n/.exec(fs.readFileSync(path.join(node.dir, 'ports'), 'utf8'));
		[node.httpPort, node.peerPort] = [Number(ports[1]), Number(ports[2])];
		node.name = (await node.get('/api/v1/school')).name;
		return node;
	}));
	const stop = async () => {
		demo.kill('SIGINT');
		await demo.ended;
	};
	return Object.assign(Object.fromEntries(SCHOOLS.map((name, i) => [name, schools[i]])), { stop });
}

const has = (group, relation) => group.staff.find((one) => one.relation === relation)?.staff;

const COMPETENCES = ['cognitive.analysis', 'cognitive.information', 'regulatory.goals', 'regulatory.planning', 'communicative.cooperation', 'communicative.speech', 'personal.motivation', 'primary.instruction'];

/** A whole class rated in two years, so that pictures of it have something to show. */
async function rate(teacher, students) {
	const items = students.flatMap(({ id }, i) => COMPETENCES.flatMap((competence, k) => [0, 1].map((later) => ({
		student: id, kind: 'rating', period: 2025 + later, fields: { competence, level: Math.min(3, (i * 7 + k * 5) % 4 + (later && (i + k) % 3 === 0 ? 1 : 0)), source: 'observation' },
	}))));
	for (let at = 0; at < items.length; at += 200) {
		const { done, items: outcomes } = await teacher.post('/api/v1/entries', { items: items.slice(at, at + 200) });
		assert.equal(done, outcomes.length, JSON.stringify(outcomes.find((one) => one.code !== 'ok')));
	}
}

/** Who is who at a lived-in school, and a session of each. */
export async function cast(node) {
	const classes = (await node.get('/api/v1/classes')).items;
	const group = classes.find((one) => one.type === 'class' && has(one, 'class_teacher') && has(one, 'tutor'));
	const students = (await node.get(`/api/v1/students?class=${encodeURIComponent(group.name)}&limit=50`)).items;
	const cards = await Promise.all(students.map((one) => node.get(`/api/v1/students/${one.id}`)));
	/* whose portfolio is the fullest */
	const [student] = cards.filter((one) => one.guardians?.length).sort((a, b) => b.entries.total - a.entries.total);
	const staff = (person) => ({ ...person, position: '' });
	const teacher = await node.account(staff(has(group, 'class_teacher')), { role: 'teacher' });
	await rate(teacher, students);
	return {
		group, student, teacher,
		pupil: await node.account(student, { role: 'student' }),
		parent: await node.account(student, { role: 'parent' }),
		tutor: await node.account(staff(has(group, 'tutor')), { role: 'teacher' }),
		administrator: await node.login(),
		observer: await node.account({ name: 'Региональный наблюдатель' }),
	};
}
