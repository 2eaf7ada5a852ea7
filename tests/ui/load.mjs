// Modules of the interface outside a browser: bundled as they are and imported.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from '../../admin-ui/node_modules/esbuild/lib/main.js';

const src = new URL('../../admin-ui/src/', import.meta.url).pathname;

/** All that these modules export, sharing what they share; names as under admin-ui/src. */
export async function load(...names) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'estafeta-ui-'));
	/* the clock of the interface ticks for ever */
	globalThis.setInterval = () => 0;
	globalThis.document ??= { documentElement: {} };
	globalThis.localStorage ??= { getItem: () => null, setItem: () => {} };
	try {
		await build({
			stdin: { contents: names.map((one) => `export * from './${one}';`).join('\n'), resolveDir: src, loader: 'ts' },
			bundle: true, format: 'esm', platform: 'node', outfile: path.join(dir, 'all.mjs'), logLevel: 'error',
		});
		return await import(pathToFileURL(path.join(dir, 'all.mjs')).href);
	} finally {
		fs.rmSync(dir, { recursive: true, force: true });
	}
}
