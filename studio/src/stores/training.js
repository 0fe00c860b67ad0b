// The run under way: its state, its figures, its curve.
import { defineStore } from 'pinia';
import { computed, markRaw, reactive, ref, shallowRef } from 'vue';
import { ask, on } from '../engine/client.js';
import { Series } from '../utils/series.js';
import { useAdapters } from './adapters.js';
import { useCorpus } from './corpus.js';
import { useEngine } from './engine.js';
import { usePlan } from './plan.js';

/** @typedef {'idle' | 'starting' | 'running' | 'paused' | 'ending' | 'done' | 'failed'} RunState */

const figuresOfNothing = () => ({ step: 0, steps: 0, tokens: 0, loss: NaN, firstLoss: NaN, tokensPerS: NaN, etaS: NaN, trainingS: 0, valFirst: NaN, valLast: NaN });

export const useTraining = defineStore('training', () => {
  /** @type {import('vue').Ref<RunState>} */
  const state = ref('idle');
  const figures = reactive(figuresOfNothing());
  /** @type {import('vue').ShallowRef<any>} the run's id, name, settings, plan and facts */
  const run = shallowRef(null);
  const series = shallowRef(markRaw(new Series()));
  /** Counts up, at most once a frame, when there is something new to draw. */
  const drawn = ref(0);
  /** @type {import('vue').ShallowRef<{ step: number, text: string }[]>} */
  const samples = shallowRef([]);
  /** @type {import('vue').ShallowRef<import('../workers/rpc.js').Problem | null>} */
  const problem = shallowRef(null);
  let frame = 0, rate = NaN;

  function redraw() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      Object.assign(figures, latest);
      ++drawn.value;
    });
  }
  let latest = figuresOfNothing();

  on('begun', ({ info }) => {
    run.value = { ...run.value, info };
    latest.steps = info.steps;
    if (state.value === 'starting') state.value = 'running';
    redraw();
  });
  on('step', ({ record }) => {
    const { step, tokens, loss, tokens_per_s: now } = record;
    series.value.push(step, loss);
    rate = Number.isFinite(rate) ? 0.8 * rate + 0.2 * now : now;
    const perStep = tokens / step;
    latest = { ...latest, step, tokens, loss, tokensPerS: rate, firstLoss: step === 1 ? loss : latest.firstLoss,
      trainingS: latest.trainingS + (tokens - latest.tokens) / now, etaS: step < 3 ? NaN : ((latest.steps - step) * perStep) / rate };
    redraw();
  });
  on('validated', ({ step, loss }) => {
    if (loss === null || loss === undefined) return;
    series.value.validate(step, loss);
    latest = { ...latest, valLast: loss, valFirst: step === 0 ? loss : latest.valFirst };
    redraw();
  });
  on('sampled', ({ step, text }) => {
    samples.value = [...samples.value, { step, text }];
  });

  /** Trains with the plan's settings to the end. */
  async function start() {
    const plan = usePlan(), corpus = useCorpus(), adapters = useAdapters(), engine = useEngine();
    const id = `run-${Date.now().toString(36)}`;
    const settings = { ...plan.settingsOf(plan.mode) };
    run.value = { id, settings, corpus: corpus.corpus?.name, model: engine.model.title, plan: null, startedAt: Date.now() };
    series.value = markRaw(new Series());
    samples.value = [];
    problem.value = null;
    latest = { ...figuresOfNothing(), steps: settings.steps };
    rate = NaN;
    redraw();
    state.value = 'starting';
    if (plan.mode === 'adapter') adapters.beginLive();
    try {
      run.value = { ...run.value, plan: await plan.make() };
      const prompt = plan.extras.sampleEvery ? corpus.corpus?.question ?? '' : '';
      const { kept, steps, proof, adapter, model } = await ask('train', { id, mode: plan.mode, settings, sampleEvery: plan.extras.sampleEvery, prompt });
      run.value = { ...run.value, stepsDone: steps, kept, proof, adapter: adapter && markRaw(adapter), file: model && markRaw(model) };
      adapters.endLive(adapter ? { id, name: `${run.value.corpus} · ${steps}` } : null);
      state.value = kept ? 'done' : 'idle';
    } catch (error) {
      problem.value = /** @type {any} */ (error).problem ?? { code: 'io', message: String(error) };
      adapters.endLive(null);
      state.value = 'failed';
    }
  }

  async function pause() {
    await ask('pause');
    state.value = 'paused';
  }
  async function resume() {
    state.value = 'running';
    await ask('resume');
  }
  /** @param {'keep' | 'discard'} what */
  async function abort(what) {
    state.value = 'ending';
    await ask('abort', what);
  }

  const active = computed(() => ['starting', 'running', 'paused', 'ending'].includes(state.value));
  return { state, active, figures, run, series, drawn, samples, problem, start, pause, resume, abort };
});
