/** What a probe sees when a run begins. */

import { type FitOptions, fit, type Model, type Probe, type ProbeRequest } from '../../src/index.js';

export async function firstLook(
  model: Model,
  data: Parameters<typeof fit>[1],
  options: FitOptions,
  request?: ProbeRequest,
): Promise<Probe> {
  const seen: (Probe | undefined)[] = [];
  await fit(model, data, { steps: 1, ...options, callbacks: [{ runBegin: async (run) => void seen.push(await run.probe(request)) }] });
  return seen[0]!;
}
