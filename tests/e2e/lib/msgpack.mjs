// A strict reader of the msgpack that records use: unsigned and negative integers, text, binary,
// arrays, maps, nil. Anything else, or any byte too many, is refused.
export function decode(bytes) {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const utf8 = new TextDecoder('utf-8', { fatal: true });
	let at = 0;
	const take = (n) => {
		if (at + n > bytes.length)
			throw new Error('the bytes end too early');
		at += n;
		return bytes.subarray(at - n, at);
	};
	const uint = (n) => {
		take(n);
		return n === 1 ? view.getUint8(at - 1) : n === 2 ? view.getUint16(at - 2) : n === 4 ? view.getUint32(at - 4)
			: view.getBigUint64(at - 8);
	};
	const text = (n) => utf8.decode(take(n));
	const array = (n) => Array.from({ length: n }, value);
	const map = (n) => {
		const out = new Map();
		for (let i = 0; i < n; i++) {
			const key = value();
			if (typeof key !== 'string' || out.has(key))
				throw new Error('keys are unique texts');
			out.set(key, value());
		}
		return out;
	};
	function value() {
		const b = uint(1);
		if (b < 0x80)
			return b;
		if (b < 0x90)
			return map(b & 15);
		if (b < 0xa0)
			return array(b & 15);
		if (b < 0xc0)
			return text(b & 31);
		if (b >= 0xe0)
			return b - 256;
		switch (b) {
		case 0xc0: return null;
		case 0xc4: return take(uint(1));
		case 0xc5: return take(uint(2));
		case 0xc6: return take(uint(4));
		case 0xcc: return uint(1);
		case 0xcd: return uint(2);
		case 0xce: return uint(4);
		case 0xcf: return uint(8);
		case 0xd9: return text(uint(1));
		case 0xda: return text(uint(2));
		case 0xdc: return array(uint(2));
		case 0xde: return map(uint(2));
		default: throw new Error(`byte ${b.toString(16)} has no place here`);
		}
	}
	const out = value();
	if (at !== bytes.length)
		throw new Error('bytes follow the end');
	return out;
}
