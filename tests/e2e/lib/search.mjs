// Looks for plain text where it must not be: in a node's files and in its process's memory.
import fs from 'node:fs';
import path from 'node:path';

const CHUNK = 4 << 20;

export function filesUnder(dir) {
	return fs.readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
		const at = path.join(dir, entry.name);
		return entry.isDirectory() ? filesUnder(at) : entry.isFile() ? [at] : [];
	});
}

/** [needle, file] for each needle (Buffer or text) that stands in a file under dir. */
export function onDisk(dir, needles) {
	const found = [];
	for (const file of filesUnder(dir)) {
		const bytes = fs.readFileSync(file);
		for (const needle of needles)
			if (bytes.includes(needle))
				found.push([needle.toString(), file]);
	}
	return found;
}

function regions(pid) {
	return fs.readFileSync(`/proc/${pid}/maps`, 'utf8').trim().split('\n').map((line) => {
		const [range, mode, , , , name = ''] = line.split(/\s+/);
		const [from, to] = range.split('-').map((text) => parseInt(text, 16));
		return { from, to, mode, name };
	}).filter(({ mode, name }) => mode[0] === 'r' && !/\.mdb$|^\[v(var|sys|dso)/.test(name));
}

/** The needles that the process's memory holds; the store's mapped files are searched on disk. */
export function inMemory(pid, needles) {
	const found = new Set();
	const mem = fs.openSync(`/proc/${pid}/mem`, 'r');
	const overlap = Math.max(...needles.map((n) => Buffer.byteLength(n)));
	const chunk = Buffer.alloc(CHUNK + overlap);
	for (const { from, to } of regions(pid)) {
		for (let at = from; at < to; at += CHUNK) {
			let n;
			try {
				n = fs.readSync(mem, chunk, 0, Math.min(CHUNK + overlap, to - at), at);
			} catch {
				break; /* reserved and never touched */
			}
			const seen = chunk.subarray(0, n);
			for (const needle of needles)
				if (seen.includes(needle))
					found.add(needle);
			if (n < CHUNK)
				break;
		}
	}
	fs.closeSync(mem);
	return [...found];
}
