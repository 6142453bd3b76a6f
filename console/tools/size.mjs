// `npm run size`: what a first visit downloads, in kB (1000 bytes) after gzip -9; fails above a budget. `--json` prints bytes,
// as they are and compressed, and fails on nothing.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const json = process.argv.includes('--json');
const dist = process.argv.slice(2).find((argument) => argument !== '--json') ?? 'dist';
const manifest = JSON.parse(await readFile(join(dist, '.vite', 'manifest.json'), 'utf8'));

/** The modules that a route loads before it is complete, beyond the entry. */
const ROUTES = [
  { name: 'login', modules: ['src/pages/login/LoginPage.tsx'], budget: 135 },
  { name: 'server list', modules: ['src/app/Frame.tsx', 'src/pages/servers/ServersPage.tsx'], budget: 200 },
  { name: 'server', modules: ['src/app/Frame.tsx', 'src/pages/server/ServerPage.tsx'], budget: 260 },
  { name: 'create', modules: ['src/app/Frame.tsx', 'src/pages/create/CreatePage.tsx'], budget: 260 },
];
const CSS_BUDGET = 45;

/** The files of these modules and of everything they import statically. */
function filesOf(modules) {
  const seen = new Set();
  const visit = (key) => {
    const chunk = manifest[key];
    if (!chunk) throw new Error(`the manifest knows no ${key}`);
    if (seen.has(chunk.file)) return;
    seen.add(chunk.file);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const module of ['index.html', ...modules]) visit(module);
  return [...seen];
}

/** Bytes of all of them. */
async function measure(name, budget, files) {
  const total = { name, budget: budget * 1000, files: files.length, raw: 0, gz: 0, br: 0 };
  for (const file of files) {
    const content = await readFile(join(dist, file));
    total.raw += content.length;
    total.gz += gzipSync(content, { level: 9 }).length;
    if (json) total.br += brotliCompressSync(content).length;
  }
  return total;
}

const css = Object.values(manifest).flatMap((chunk) => (chunk.file.endsWith('.css') ? [chunk.file] : (chunk.css ?? [])));
const measured = await Promise.all([
  ...ROUTES.map(({ name, modules, budget }) => measure(`${name} js`, budget, filesOf(modules))),
  measure('whole app css', CSS_BUDGET, [...new Set(css)]),
]);
if (json) {
  console.log(JSON.stringify(measured));
} else {
  for (const { name, budget, files, gz } of measured) {
    const over = gz > budget ? '  OVER BUDGET' : '';
    console.log(`${name.padEnd(16)} ${(gz / 1000).toFixed(1).padStart(6)} kB gz of ${budget / 1000}, ${files} files${over}`);
  }
  if (measured.some(({ gz, budget }) => gz > budget)) process.exitCode = 1;
}
