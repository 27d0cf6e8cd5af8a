// Models of both formats of the package can profile themselves.
import { createRequire } from 'node:module';
import * as imported from 'slalom';

const required = createRequire(import.meta.url)('slalom');
for (const { array, nn } of [imported, required]) {
  const model = nn.sequential([nn.dense(2)]);
  const { mode, ops } = await model.profile({ x: array([[1, 2, 3]]) }, { repeats: 1 });
  console.log(`${mode} ${ops.length > 0}`);
}
