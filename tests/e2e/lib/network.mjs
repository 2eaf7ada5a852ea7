// The cascade that most tests run on: a founder, two satellites, one school below each.
import { Node } from './node.mjs';
import { tempDir } from './run.mjs';

const SCHOOLS = {
	founder: { name: 'Гимназия № 56, Ижевск', region: '18', district: 'Приволжский' },
	left: { name: 'Школа № 101, Воронеж', region: '36', district: 'Центральный', parent: 'founder', depth: 1 },
	right: { name: 'Школа № 619, Санкт-Петербург', region: '78', district: 'Северо-Западный', parent: 'founder', depth: 1 },
	old: { name: 'Лицей № 7, Россошь', region: '36', district: 'Центральный', parent: 'left' },
	fresh: { name: 'Школа № 27, Кронштадт', region: '78', district: 'Северо-Западный', parent: 'right' },
};

/** Makes, starts and joins the schools named (a parent before its children); all by default. */
export async function cascade(...names) {
	const wanted = names.length ? names : Object.keys(SCHOOLS);
	const dir = tempDir();
	const net = { dir, all: [] };
	for (const name of wanted) {
		const { parent, depth = 0, ...school } = SCHOOLS[name];
		const node = await Node.create(dir, school.name, { ...school, dir: name });
		await node.start();
		if (parent && net[parent])
			await net[parent].admit(node, { powers: depth ? ['relay', 'admit'] : ['relay'], depth });
		net[name] = node;
		net.all.push(node);
	}
	net.links = wanted.filter((n) => net[SCHOOLS[n].parent]).map((n) => [net[SCHOOLS[n].parent], net[n]]);
	for (const [a, b] of net.links)
		await a.agrees(b);
	return net;
}

/** Everybody agrees with everybody. */
export async function settle(net) {
	for (const [a, b] of net.links)
		if (a.process && b.process)
			await a.agrees(b);
}

/** A student with a few confirmed entries. */
export async function someone(node, family, entries = 3) {
	const student = await node.enrol(family, 'Алина', { patronymic: 'Олеговна', birth_date: '2012-03-14', class: '8Б' });
	for (let i = 0; i < entries; i++) {
		const entry = await node.achieve(student.id, `Кубок школы ${i + 1}`);
		await node.judge(student.id, entry.id, 'confirm');
	}
	return student;
}
