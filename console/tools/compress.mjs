// Writes `.gz` and `.br` beside every text asset, so that the server never compresses a file twice.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const [dist = 'dist'] = process.argv.slice(2);
const TEXT = /\.(js|css|svg|html)$/;
/** Below this, headers weigh more than what is saved. */
const MIN_BYTES = 1024;

const files = (await readdir(dist, { recursive: true })).filter((file) => TEXT.test(file));
await Promise.all(
  files.map(async (file) => {
    const path = join(dist, file);
    const content = await readFile(path);
    if (content.length < MIN_BYTES) return;
    const br = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } };
    await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
    await writeFile(`${path}.br`, await promisify(brotliCompress)(content, br));
  }),
);
