// ZIP archives of a few texts, written by hand so that broken ones can be too.
import zlib from 'node:zlib';

const TABLE = Array.from({ length: 256 }, (_, n) => {
	for (let k = 0; k < 8; k++)
		n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
	return n >>> 0;
});
const crc32 = (bytes) => ~bytes.reduce((c, b) => TABLE[(c ^ b) & 0xff] ^ (c >>> 8), ~0) >>> 0;

const fields = (...parts) => Buffer.concat(parts.map(([size, value]) => {
	const b = Buffer.alloc(size);
	b.writeUIntLE(value, 0, size);
	return b;
}));

/** files: {name: text or bytes} or [[name, text], ...]; options.claim: the unpacked size the directory tells. */
export function zip(files, { claim, flags = 0, method = 8 } = {}) {
	const parts = [], directory = [];
	let at = 0;
	const entries = Array.isArray(files) ? files : Object.entries(files);
	for (const [name, text] of entries) {
		const bytes = Buffer.from(text), packed = method === 8 ? zlib.deflateRawSync(bytes) : bytes, title = Buffer.from(name);
		const common = fields([2, 20], [2, flags], [2, method], [2, 0], [2, 0x21], [4, crc32(bytes)], [4, packed.length], [4, claim ?? bytes.length],
			[2, title.length], [2, 0]);
		parts.push(fields([4, 0x04034b50]), common, title, packed);
		directory.push(fields([4, 0x02014b50], [2, 20]), common, fields([2, 0], [2, 0], [2, 0], [4, 0], [4, at]), title);
		at += 30 + title.length + packed.length;
	}
	const index = Buffer.concat(directory);
	return Buffer.concat([...parts, index, fields([4, 0x06054b50], [2, 0], [2, 0], [2, entries.length], [2, entries.length], [4, index.length], [4, at], [2, 0])]);
}

/** {name: text} of an archive that was written well. */
export function unzip(bytes) {
	const files = {};
	let at = bytes.readUInt32LE(bytes.length - 6);
	while (bytes.readUInt32LE(at) === 0x02014b50) {
		const [method, packed, , name, extra, comment] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24),
			bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32)];
		const local = bytes.readUInt32LE(at + 42), from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
		const body = bytes.subarray(from, from + packed);
		files[bytes.toString('utf8', at + 46, at + 46 + name)] = (method ? zlib.inflateRawSync(body) : body).toString('utf8');
		at += 46 + name + extra + comment;
	}
	return files;
}
