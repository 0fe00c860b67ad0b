// What the page's main thread does in one go, from the browser's own trace.

/** Tasks longer than this make a page stutter. */
export const LONGEST_MS = 50;

/**
 * Begins to record; what is returned ends it and gives the page's tasks in milliseconds, the longest first.
 *
 * A task's time is what it computed, not how long the clock ran: where other programs or the engine's own threads take a
 * core away from the page, the clock runs on although the page does nothing. That time no page can do anything about, and
 * it would make the test fail by what else the machine does. `waited` is the clock's time, as PerformanceObserver's
 * 'longtask' tells it.
 * @param {import('playwright-core').Page} page
 */
export async function recordTasks(page) {
  const client = await page.context().newCDPSession(page);
  /** @type {any[]} */
  const events = [];
  client.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  await client.send('Tracing.start', { transferMode: 'ReportEvents', categories: 'disabled-by-default-devtools.timeline,__metadata' });
  return async () => {
    const complete = new Promise((resolve) => { client.once('Tracing.tracingComplete', resolve); });
    await client.send('Tracing.end');
    await complete;
    const threadOf = (/** @type {any} */ { pid, tid }) => `${pid} ${tid}`;
    const mains = new Set(events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(threadOf));
    const tasks = events.filter((event) => event.name === 'RunTask' && mains.has(threadOf(event)));
    return tasks.map(({ dur, tdur }) => ({ computed: (tdur ?? dur) / 1000, waited: dur / 1000 })).sort((a, b) => b.computed - a.computed);
  };
}
