// Looks for plain text where it must not be: in a node's files and in its process's memory.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { SAN } from './run.mjs';

const CHUNK = 4 << 20;
const PAGE = Number(execFileSync('getconf', ['PAGESIZE']));
const PRESENT_OR_SWAPPED = 0xc0; /* bits 63 and 62 of a page's entry */

/* AddressSanitizer's shadow is terabytes of address space. It holds a state for every eight bytes,
   never a byte of the program's own; nothing else in a node is nearly so large. */
const SHADOW = 2 ** 40;

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
		const [range, mode, , , inode, name = ''] = line.split(/\s+/);
		const [from, to] = range.split('-').map((text) => parseInt(text, 16));
		return { from, to, mode, name, anonymous: mode[3] === 'p' && inode === '0' };
	}).filter(({ from, to, mode, name }) => mode[0] === 'r' && !/\.mdb$|^\[v(var|sys|dso)/.test(name) && !(SAN && to - from >= SHADOW));
}

/** The parts of private memory that were ever touched, in RAM or in swap; the rest was never written. */
function touched(pagemap, { from, to }) {
	const parts = [];
	const entries = Buffer.alloc(64 << 10);
	for (let at = from; at < to;) {
		const pages = fs.readSync(pagemap, entries, 0, Math.min(entries.length, (to - at) / PAGE * 8), at / PAGE * 8) / 8;
		if (!pages)
			break; /* unmapped since */
		for (let i = 0; i < pages; i++, at += PAGE) {
			if (!(entries[i * 8 + 7] & PRESENT_OR_SWAPPED))
				continue;
			if (parts.at(-1)?.to === at)
				parts.at(-1).to += PAGE;
			else
				parts.push({ from: at, to: at + PAGE });
		}
	}
	return parts;
}

/** The needles that the process's memory holds; the store's mapped files are searched on disk. */
export function inMemory(pid, needles) {
	const found = new Set();
	const mem = fs.openSync(`/proc/${pid}/mem`, 'r');
	const pagemap = fs.openSync(`/proc/${pid}/pagemap`, 'r');
	const overlap = Math.max(...needles.map((n) => Buffer.byteLength(n)));
	const chunk = Buffer.alloc(CHUNK + overlap);
	for (const { from, to } of regions(pid).flatMap((r) => r.anonymous ? touched(pagemap, r) : r)) {
		for (let at = from; at < to; at += CHUNK) {
			let n;
			try {
				n = fs.readSync(mem, chunk, 0, Math.min(CHUNK + overlap, to - at), at);
			} catch {
				break; /* unmapped since, or past the end of a mapped file */
			}
			const seen = chunk.subarray(0, n);
			for (const needle of needles)
				if (seen.includes(needle))
					found.add(needle);
			if (n < CHUNK)
				break;
		}
	}
	fs.closeSync(pagemap);
	fs.closeSync(mem);
	return [...found];
}
