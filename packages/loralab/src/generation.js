// A text that a model writes, token by token.
import { LabError, throwIfAborted } from './errors.js';
import { LoadedAdapter } from './adapter.js';
import { TrainingRun } from './run.js';

/**
 * @typedef {object} GenerateOptions
 * @property {number} [maxTokens] 256 @property {number} [temperature] 0: always the likeliest token
 * @property {number} [topK] @property {number} [topP] @property {number} [minP] @property {number} [repetitionPenalty]
 * @property {number} [seed] @property {string[]} [stop] texts that end the answer
 * @property {number} [context] room to keep for the conversation, 2048
 * @property {AdapterChoice} [adapter] left out, what loadAdapter() set
 * @property {number} [strength] a factor on the adapter's scale, 0 to 2; 1
 * @property {AbortSignal} [signal]
 * @property {(progress: { read: number, total: number }) => void} [onPrefill] tells how much of the prompt has been read
 *
 * @typedef {LoadedAdapter | TrainingRun | null} AdapterChoice an adapter, a run (what it has learnt when the answer begins), or
 *   null: the base alone
 *
 * @typedef {object} Token
 * @property {string} text what is certain by now, maybe ""
 * @property {number} id
 * @property {string} [reason] of the last token: end_of_text, max_tokens, stop_text, context_full
 * @property {{ promptTokens: number, prefillTokens: number, prefillS: number, decodeS: number }} [stats] with the last token
 */

/** The members of a request that say what it computes with. @param {AdapterChoice | undefined} adapter @param {number} [strength] */
export function chosen(adapter, strength) {
  if (adapter === undefined || adapter === null) return {};
  if (adapter instanceof LoadedAdapter) return { adapter: adapter.number, strength };
  if (adapter instanceof TrainingRun) return { run: adapter.number, strength };
  throw new LabError({ code: 'bad_argument', message: 'the adapter is none that loadAdapter() or train() gave', field: 'adapter', remedy: 'Give what loadAdapter() or train() answered, or null for the base.' });
}

/**
 * @param {import('./protocol.js').Channel} channel @param {number} model
 * @param {{ text: string } | { ids: number[] } | { messages: object[] }} prompt @param {GenerateOptions} [options]
 * @returns {AsyncGenerator<Token, void, void>}
 */
export async function* generate(channel, model, prompt, { maxTokens = 256, context = 2048, topK, topP, minP, repetitionPenalty, temperature, seed, stop, adapter, strength, signal, onPrefill } = {}) {
  throwIfAborted(signal);
  const options = { max_tokens: maxTokens, context, top_k: topK, top_p: topP, min_p: minP, repetition_penalty: repetitionPenalty, temperature, seed, stop };
  const begun = await channel.call({ do: 'generate', model, ...prompt, ...options, ...chosen(adapter, strength) });
  try {
    let prefillS = 0;
    for (let over = false; !over;) {
      throwIfAborted(signal);
      const next = await channel.call({ do: 'next_token', generation: begun.generation });
      if (next.unread !== undefined) {
        prefillS = next.prefill_s ?? 0;
        onPrefill?.({ read: begun.prefill_tokens - next.unread, total: begun.prefill_tokens });
        continue;
      }
      over = next.over;
      const token = { text: next.text ?? '', id: next.id ?? 0 };
      yield over ? { ...token, reason: next.reason, stats: { promptTokens: begun.prompt_tokens, prefillTokens: begun.prefill_tokens, prefillS, decodeS: next.decode_s ?? 0 } } : token;
    }
  } finally {
    await channel.call({ do: 'close', generation: begun.generation }).catch(() => {});
  }
}
