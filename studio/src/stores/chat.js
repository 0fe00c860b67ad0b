// The conversation: prompts, answers of the base and of the adapter, one at a time.
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { ask, on } from '../engine/client.js';
import { useAdapters } from './adapters.js';

/**
 * @typedef {'base' | 'lora'} Side
 * @typedef {{ id: number, side: Side, adapter: string, step: number | null, text: string, state: 'waiting' | 'writing' | 'done' | 'stopped' | 'failed',
 *   reason?: string, tokensPerS?: number, problem?: import('../workers/rpc.js').Problem }} Answer
 * @typedef {{ prompt: string, answers: Answer[] }} Turn
 */

export const useChat = defineStore('chat', () => {
  /** @type {import('vue').Ref<Turn[]>} */
  const turns = ref([]);
  /** @type {import('vue').Ref<'base' | 'lora' | 'both'>} */
  const side = ref('base');
  const options = ref({ maxTokens: 200, temperature: 0 });
  const busy = ref(false);
  let last = 0, stopped = false;

  const open = (/** @type {number} */ id) => turns.value.at(-1)?.answers.find((answer) => answer.id === id);
  on('answering', ({ id, step }) => {
    const answer = open(id);
    if (answer) Object.assign(answer, { state: 'writing', step });
  });
  on('token', ({ id, text }) => {
    const answer = open(id);
    if (answer) answer.text += text;
  });

  /** Each side remembers its own answers. @param {Side} which */
  function messages(which) {
    return turns.value.flatMap(({ prompt, answers }, index) => {
      if (index === turns.value.length - 1) return [{ role: 'user', content: prompt }];
      const said = answers.find((answer) => answer.side === which && answer.text) ?? answers.find((answer) => answer.text);
      return [{ role: 'user', content: prompt }, ...(said ? [{ role: 'assistant', content: said.text }] : [])];
    });
  }

  /** @param {Turn} turn @param {Side} which */
  async function answerAs(turn, which) {
    const adapters = useAdapters();
    const id = ++last;
    const request = { id, messages: messages(which), adapter: which === 'lora' ? adapters.chosen : null, strength: adapters.strength, options: { ...options.value } };
    turn.answers.push({ id, side: which, adapter: which === 'lora' ? adapters.current?.name ?? '' : '', step: null, text: '', state: 'waiting' });
    const answer = turn.answers[turn.answers.length - 1];
    try {
      const { reason, stats } = await ask('chat', request);
      const tokens = stats.tokens ?? answer.text.length / 4;
      Object.assign(answer, { state: 'done', reason, tokensPerS: stats.decodeS > 0 ? tokens / stats.decodeS : NaN });
    } catch (error) {
      const { problem } = /** @type {any} */ (error);
      if (problem?.code === 'interrupted') answer.state = 'stopped';
      else Object.assign(answer, { state: 'failed', problem });
    }
  }

  /** @param {string} prompt */
  async function send(prompt) {
    turns.value.push({ prompt, answers: [] });
    const turn = turns.value[turns.value.length - 1];
    busy.value = true;
    stopped = false;
    const sides = side.value === 'both' ? /** @type {Side[]} */ (['base', 'lora']) : [side.value];
    for (const which of sides) if (!stopped) await answerAs(turn, which);
    busy.value = false;
  }

  function stop() {
    stopped = true;
    return ask('stop');
  }
  const clear = () => { turns.value = []; };
  const empty = computed(() => turns.value.length === 0);
  return { turns, side, options, busy, empty, send, stop, clear };
});
