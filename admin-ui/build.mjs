// node build.mjs OUTDIR ASSETS_C
// Types from the contract, a type check, the bundle into OUTDIR/site, and the same
// files as C arrays in ASSETS_C. Nothing is fetched.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync, createWriteStream } from 'node:fs';
import { dirname, extname, join, resolve, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import openapiTS, { astToString } from 'openapi-typescript';
import { png } from './icons.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const [outArg, assetsArg] = process.argv.slice(2);
if (!outArg || !assetsArg) {
  console.error('usage: node build.mjs OUTDIR ASSETS_C');
  process.exit(64);
}
const out = resolve(outArg);
const site = join(out, 'site');

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

async function types() {
  const ast = await openapiTS(pathToFileURL(join(here, '../node/openapi.yaml')), { silent: true });
  writeFileSync(join(out, 'api-schema.d.ts'), astToString(ast));
  // The schema's place follows OUTDIR, so the paths of tsconfig.json do too.
  const config = join(out, 'tsconfig.json');
  writeFileSync(config, JSON.stringify({
    extends: join(here, 'tsconfig.json'),
    compilerOptions: { noEmit: true, paths: { 'api-schema': [join(out, 'api-schema.d.ts')] } },
    include: [join(here, 'src')],
  }));
  const tsc = join(here, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', config], { stdio: 'inherit' });
}

// What is fetched later shares this and that with the first page, and esbuild makes a file for every combination: a dozen
// crumbs, each with a head of its own. Every later part is made to lean on the whole first page, which is then one file.
const oneFirstPage = {
  name: 'one first page',
  setup(b) {
    const later = new Set();
    b.onResolve({ filter: /^\.{1,2}\// }, async ({ path, kind, resolveDir, importer, pluginData }) => {
      if (kind !== 'dynamic-import' || pluginData === 'asked') return;
      const found = await b.resolve(path, { kind, resolveDir, importer, pluginData: 'asked' });
      if (found.path.endsWith('.tsx') || found.path.includes('/bundles/')) later.add(found.path);
      return found;
    });
    b.onLoad({ filter: /\.tsx?$/ }, ({ path }) => (later.has(path)
      ? { contents: `${readFileSync(path, 'utf8')}\nimport ${JSON.stringify(join(here, 'src/app.tsx'))};\n`, loader: path.endsWith('x') ? 'tsx' : 'ts' } : undefined));
  },
};

async function bundle() {
  rmSync(site, { recursive: true, force: true });
  mkdirSync(join(site, 'assets'), { recursive: true });
  const result = await build({
    absWorkingDir: here,
    entryPoints: { app: 'src/main.tsx' },
    outdir: site,
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    target: ['chrome88', 'firefox98', 'safari15.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    entryNames: 'assets/[name]-[hash]',
    chunkNames: 'assets/[name]-[hash]',
    assetNames: 'assets/[name]-[hash]',
    publicPath: '/',
    loader: { '.woff2': 'file', '.woff': 'empty' },
    metafile: true,
    plugins: [oneFirstPage],
    logLevel: 'warning',
  });
  const entry = Object.entries(result.metafile.outputs).find(([, o]) => o.entryPoint === 'src/main.tsx');
  const href = (p) => '/' + relative(site, resolve(here, p));
  // What the entry imports is asked for with it, not after it has been read.
  const early = entry[1].imports.filter((i) => i.kind === 'import-statement')
    .map((i) => `<link rel="modulepreload" href="${href(i.path)}">`).join('\n');
  const page = readFileSync(join(here, 'src/static/index.html'), 'utf8')
    .replace('%STYLE%', href(entry[1].cssBundle))
    .replace('%SCRIPT%', href(entry[0]))
    .replace('%EARLY%', early);
  writeFileSync(join(site, 'index.html'), page);
  const version = createHash('sha256').update(page).digest('hex').slice(0, 12);
  // What every first page fetches anyway: without it nothing is drawn when there is no link.
  const fonts = Object.keys(result.metafile.outputs).filter((p) => /golos-text-cyrillic-\d+-normal/.test(p));
  const first = [entry[0], entry[1].cssBundle, ...entry[1].imports.filter((i) => i.kind === 'import-statement').map((i) => i.path), ...fonts].map(href);
  const sw = readFileSync(join(here, 'src/static/sw.js'), 'utf8').replace('%VERSION%', version).replace("'%FIRST%'", JSON.stringify(first));
  writeFileSync(join(site, 'sw.js'), sw);
  for (const name of ['icon.svg', 'app.webmanifest', 'print.css'])
    writeFileSync(join(site, name), readFileSync(join(here, 'src/static', name)));
  const icon = readFileSync(join(here, 'src/static/icon.svg'), 'utf8');
  for (const [name, size, full] of [['icon-192', 192], ['icon-512', 512], ['icon-maskable', 512, true], ['icon-apple', 180, true]])
    writeFileSync(join(site, `${name}.png`), png(icon, size, { full }));
}

function files(dir) {
  return readdirSync(dir, { withFileTypes: true })
    .flatMap((e) => (e.isDirectory() ? files(join(dir, e.name)) : [join(dir, e.name)]))
    .sort();
}

function assets(path) {
  mkdirSync(dirname(path), { recursive: true });
  const c = createWriteStream(path);
  c.write('/* Made by admin-ui/build.mjs: the interface, ready to send. */\n#include "node/assets.h"\n\n');
  const rows = [];
  files(site).forEach((file, i) => {
    const url = '/' + relative(site, file);
    const raw = readFileSync(file);
    const small = gzipSync(raw, { level: 9 });
    const gzip = small.length < raw.length * 0.95;
    const data = gzip ? small : raw;
    const etag = createHash('sha256').update(data).digest('hex').slice(0, 16);
    const lines = [];
    for (let at = 0; at < data.length; at += 24) lines.push('\t' + [...data.subarray(at, at + 24)].join(',') + ',');
    c.write(`static const unsigned char asset_${i}[] = {\n${lines.join('\n')}\n};\n\n`);
    rows.push(`\t{"${url}", "${TYPES[extname(file)]}", "\\"${etag}\\"", asset_${i}, sizeof(asset_${i}), ` +
      `${gzip}, ${url.startsWith('/assets/')}},`);
  });
  c.end(`const struct asset assets[] = {\n${rows.join('\n')}\n};\n\n` +
    'const size_t assets_count = sizeof(assets) / sizeof(assets[0]);\n');
}

mkdirSync(out, { recursive: true });
await types();
await bundle();
assets(resolve(assetsArg));
