// The run under way: its state, its curve, and what becomes of it.
import { defineStore } from 'pinia';
import { computed, markRaw, reactive, ref, shallowRef, toRaw } from 'vue';
import { ask, on } from '../engine/client.js';
import { Figures } from '../utils/figures.js';
import { shortened } from '../utils/names.js';
import { Series } from '../utils/series.js';
import { useAdapters } from './adapters.js';
import { useCorpus } from './corpus.js';
import { useEngine } from './engine.js';
import { usePlan } from './plan.js';
import { useRuns } from './runs.js';

/** What was kept lies in memory beside the run until it is read: parameters and two moments in float32. @param {any} plan of the run so far */
const withKept = (plan) => (plan && !plan.resumed ? { ...plan, resumed: true, peak_bytes: plan.peak_bytes + 12 * plan.parameters } : plan);

/** @typedef {'idle' | 'starting' | 'running' | 'paused' | 'ending' | 'done' | 'failed'} RunState */

export const useTraining = defineStore('training', () => {
  /** @type {import('vue').Ref<RunState>} */
  const state = ref('idle');
  let latest = new Figures();
  const figures = reactive({ ...latest });
  /** @type {import('vue').ShallowRef<any>} the run's record (see data/keep.js), and the trained model of a full run as `file` */
  const run = shallowRef(null);
  const series = shallowRef(markRaw(new Series()));
  /** Counts up, at most once a frame, when there is something new to draw. */
  const drawn = ref(0);
  /** @type {import('vue').ShallowRef<{ step: number, text: string }[]>} */
  const samples = shallowRef([]);
  /** @type {import('vue').Ref<{ step: number } | null>} */
  const checkpoint = ref(null);
  /** Of a full run: was the trained model downloaded? */
  const saved = ref(false);
  /** @type {import('vue').ShallowRef<any>} a problem of the engine, or of the page itself, as ProblemNote shows it */
  const problem = shallowRef(null);
  let frame = 0;

  function redraw() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      Object.assign(figures, latest);
      ++drawn.value;
    });
  }

  on('begun', ({ info }) => {
    run.value = { ...run.value, info };
    // Where the newest checkpoint was damaged, the run goes on from the one before it.
    series.value = markRaw(series.value.upTo(info.steps_done));
    latest.steps = info.steps;
    latest.evalEvery = info.val_rows > 0 ? info.settings.eval_every : NaN;
    if (state.value === 'starting') state.value = 'running';
    redraw();
  });
  on('step', ({ record }) => {
    series.value.push(record.step, record.loss);
    latest.stepped(record);
    redraw();
  });
  on('validated', ({ step, loss }) => {
    if (loss === null || loss === undefined) return;
    series.value.validate(step, loss);
    latest.validated(step, loss);
    redraw();
  });
  on('sampled', ({ step, text }) => { samples.value = [...samples.value, { step, text }]; });
  on('checkpointed', ({ step }) => {
    checkpoint.value = { step };
    if (state.value !== 'ending') keep('open');
  });
  on('stuck', () => {
    problem.value = { own: 'storage' };
    state.value = 'paused';
  });

  /** @param {'open' | 'done' | 'aborted'} as */
  function keep(as) {
    const { file, ...record } = toRaw(run.value);
    return useRuns().keep({ ...record, state: as, samples: toRaw(samples.value), series: series.value.toPlain(), figures: { ...latest } });
  }

  /** @param {object} record @param {{ series?: Series, figures?: Figures, samples?: any[] }} [before] */
  function prepare(record, before = {}) {
    run.value = record;
    series.value = markRaw(before.series ?? new Series());
    samples.value = before.samples ?? [];
    latest = before.figures ?? new Figures();
    problem.value = null;
    checkpoint.value = null;
    saved.value = false;
    redraw();
    state.value = 'starting';
    useRuns().ours = run.value.id;
    if (run.value.mode === 'adapter') useAdapters().beginLive();
  }

  /** Trains with the plan's settings to the end. */
  async function start() {
    const plan = usePlan(), corpus = useCorpus(), engine = useEngine();
    const { mode, settings, extras } = plan, { title, source } = engine.model;
    prepare({ id: `run-${Date.now().toString(36)}`, mode, settings: { ...settings }, extras: { ...extras }, prompt: corpus.corpus?.question ?? '', corpus: corpus.corpus?.name, model: title, source, plan: null, startedAt: Date.now() });
    await toEnd(async () => { run.value = { ...run.value, plan: await plan.make() }; });
  }

  /** Goes on with a run that was cut off; its model and corpus are loaded. @param {import('./runs.js').KeptRun} cut */
  async function goOn({ kept, curve, name, ...record }) {
    prepare({ ...record, plan: withKept(record.plan) }, { series: curve, figures: Figures.of(record.figures), samples: record.samples.filter(({ step }) => step <= (kept?.step ?? 0)) });
    if (kept?.step) checkpoint.value = { step: kept.step };
    await toEnd(async () => {}, true);
  }

  /** @param {() => Promise<void>} first @param {boolean} [resumed] */
  async function toEnd(first, resumed = false) {
    const adapters = useAdapters();
    try {
      await first();
      const { id, mode, settings, extras, prompt, corpus } = run.value;
      await keep('open');
      const { kept, aborted, proof, peakBytes, adapted, file } = await ask('train', { id, mode, settings, ...extras, prompt: extras.sampleEvery ? prompt : '', resumed });
      run.value = { ...run.value, proof, peakBytes };
      useRuns().ours = null;
      if (kept) await keep(aborted ? 'aborted' : 'done');
      else await useRuns().remove(id);
      run.value = { ...run.value, file: file && markRaw(file) };
      if (adapted) checkpoint.value = { step: latest.step };
      adapters.endLive(adapted ? { id, name: `${shortened(corpus)} · ${latest.step}` } : null);
      state.value = kept ? 'done' : 'idle';
      if (!kept) run.value = null;
    } catch (error) {
      problem.value = /** @type {any} */ (error).problem ?? { code: 'io', message: String(error) };
      adapters.endLive(null);
      state.value = 'failed';
      useRuns().ours = null;
      await useRuns().begin();
    }
  }

  async function pause() {
    await ask('pause');
    state.value = 'paused';
  }
  async function resume() {
    state.value = 'running';
    problem.value = null;
    await ask('resume');
  }
  /** @param {'keep' | 'discard'} what */
  async function abort(what) {
    state.value = 'ending';
    await ask('abort', what);
  }

  const active = computed(() => ['starting', 'running', 'paused', 'ending'].includes(state.value));
  /** Would closing the page lose anything? */
  const unsaved = computed(() => active.value || Boolean(run.value?.file && !saved.value));
  return { state, active, unsaved, saved, figures, run, series, drawn, samples, checkpoint, problem, start, goOn, pause, resume, abort };
});
