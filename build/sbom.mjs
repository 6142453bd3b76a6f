// Writes an image's bill of materials as CycloneDX 1.6: the crates in its programs, the console's packages, Debian's packages.
//
// Usage: node sbom.mjs IMAGE CRATES_FOLDER PACKAGES.tsv PACKAGE_LOCK.json
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PROGRAMS = {
  api: ['slipway-api'],
  operator: ['slipway-operator'],
  migrator: ['slipway-migrate'],
  testbed: ['slipway-testbed', 'pve-testbed', 'slipway-operator'],
};

const [image, crates, packages, lock] = process.argv.slice(2);
if (!(image in PROGRAMS)) throw new Error(`${image} is none of ${Object.keys(PROGRAMS).join(', ')}`);

const rows = (file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));

function component(kind, name, version, licence) {
  const slash = name.lastIndexOf('/');
  const group = slash > 0 ? name.slice(0, slash) : undefined;
  const path = name.split('/').map(encodeURIComponent).join('/');
  const purl = `pkg:${kind}/${path}@${encodeURIComponent(version)}`;
  const licences = licence ? { licenses: [{ expression: licence.replaceAll('/', ' OR ') }] } : {};
  return { type: 'library', 'bom-ref': purl, ...(group && { group }), name: name.slice(slash + 1), version, purl, ...licences };
}

const linked = PROGRAMS[image].flatMap((program) => rows(join(crates, `${program}.tsv`)));
const rust = linked.map(([name, version, licence]) => component('cargo', name, version, licence));
const debian = rows(packages).map(([name, version]) => component('deb', `debian/${name}`, version));
const console = Object.entries(JSON.parse(readFileSync(lock, 'utf8')).packages)
  .filter(([path, { dev, optional }]) => path !== '' && !dev && !optional)
  .map(([path, { version, license }]) =>
    component('npm', path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), version, license),
  );

const all = [...rust, ...debian, ...(image === 'api' ? console : [])];
const unique = [...new Map(all.map((each) => [each.purl, each])).values()].sort((a, b) => (a.purl < b.purl ? -1 : 1));
const version = rust.find(({ name }) => name === PROGRAMS[image][0])?.version;
process.stdout.write(
  `${JSON.stringify(
    {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: { component: { type: 'container', 'bom-ref': `slipway/${image}`, name: `slipway/${image}`, version } },
      components: unique,
    },
    null,
    1,
  )}\n`,
);
