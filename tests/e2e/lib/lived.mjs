// The lived-in schools of the demonstration, with everybody who has a cabinet there.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Node } from './node.mjs';
import { spawnEstafeta, tempDir, waitFor } from './run.mjs';

const SCHOOLS = ['founder', 'west', 'east', 'old', 'fresh'];

/** {founder, west, east, old, fresh, empty: Node, stop()}; `old` has thousands of entries over six years, `empty` nobody at all. */
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
		node.host = '127.0.0.1';
		[node.httpPort, node.peerPort] = [Number(ports[1]), Number(ports[2])];
		node.name = (await node.get('/api/v1/school')).name;
		return node;
	}));
	const empty = await (await Node.create(tempDir(), 'Школа № 1, Новый Город')).start();
	const stop = async () => {
		demo.kill('SIGINT');
		await Promise.all([demo.ended, empty.stop()]);
	};
	return Object.assign(Object.fromEntries(SCHOOLS.map((name, i) => [name, schools[i]])), { empty, stop });
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

/** What anybody sees of a student and of a class: {page, site}, addresses. */
async function openUp({ student, group, pupil, parent, teacher }) {
	/* from 14 on it takes both; before, a student may not */
	for (const who of [parent, pupil])
		for (const purpose of ['personal_page', 'class_site'])
			await who.request('POST', `/api/v1/students/${student.id}/entries`, { kind: 'consent', fields: { purpose } });
	const page = await parent.put(`/api/v1/students/${student.id}/page`, { open: true }, 200);
	const site = await teacher.put(`/api/v1/classes/${group.id}/page`, { open: true }, 200);
	return { page: page.address, site: site.address };
}

/** Those whom a school has nothing to show: nobody to teach, no second step yet. */
async function strangers(node) {
	const [fresh, newcomer] = [await node.hire('Новикова', 'Нина'), await node.hire('Первых', 'Пётр')];
	const { code } = await node.paper('staff', { person: newcomer.id });
	const { session } = await node.enter('/api/v1/accounts/claims', { code, login: 'pervykh', password: 'четыре слова подряд хватит' });
	return { classless: await node.account(fresh), newcomer: session };
}

/** Who is who at a lived-in school, and a session of each; of the empty one, the administrator's. */
export async function cast({ old: node, empty }) {
	const classes = (await node.get('/api/v1/classes')).items;
	const group = classes.find((one) => one.type === 'class' && has(one, 'class_teacher') && has(one, 'tutor'));
	const students = (await node.get(`/api/v1/students?class=${encodeURIComponent(group.name)}&limit=50`)).items;
	const cards = await Promise.all(students.map((one) => node.get(`/api/v1/students/${one.id}`)));
	/* whose portfolio is the fullest */
	const [student] = cards.filter((one) => one.guardians?.length).sort((a, b) => b.entries.total - a.entries.total);
	const staff = (person) => ({ ...person, position: '' });
	const teacher = await node.account(staff(has(group, 'class_teacher')), { role: 'teacher' });
	await rate(teacher, students);
	const pupil = await node.account(student, { role: 'student' }), parent = await node.account(student, { role: 'parent' });
	return {
		group, student, teacher, pupil, parent, ...await strangers(node), founding: await empty.login(),
		entry: (await pupil.get(`/api/v1/students/${student.id}/entries?kind=achievement&limit=1`)).items[0].id,
		open: await openUp({ student, group, pupil, parent, teacher }),
		tutor: await node.account(staff(has(group, 'tutor')), { role: 'teacher' }),
		administrator: await node.login(),
		observer: await node.account({ name: 'Региональный наблюдатель' }),
	};
}
