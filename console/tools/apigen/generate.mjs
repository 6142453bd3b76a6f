// Turns `api/openapi.json` into the types of `src/api/generated/schema.ts`; with `--check` only says whether they are fresh.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const source = new URL('../../../api/openapi.json', import.meta.url);
const target = new URL('../../src/api/generated/schema.ts', import.meta.url);

const ast = await openapiTS(source, { alphabetize: true, defaultNonNullable: false });
const text = `// Generated from api/openapi.json by \`npm run generate\`. Do not edit.\n\n${astToString(ast)}`;

if (process.argv.includes('--check')) {
  const committed = await readFile(target, 'utf8').catch(() => '');
  if (committed !== text) {
    console.error('src/api/generated/schema.ts is stale: run `npm run generate` and commit it.');
    process.exit(1);
  }
  console.log('src/api/generated/schema.ts is fresh.');
} else {
  await writeFile(target, text);
  console.log(`wrote ${fileURLToPath(target)}`);
}
