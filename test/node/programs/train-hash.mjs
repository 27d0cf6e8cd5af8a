import { createHash } from 'node:crypto';
import { model, start } from './model.mjs';

await start({ epochs: 3 });
const hash = createHash('sha256');
for (const weights of Object.values(model.state())) hash.update(weights.data);
console.log(hash.digest('hex'));
